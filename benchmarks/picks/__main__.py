"""Measure what picks are worth, and write it into docs/picks.md.

Run ``python -m benchmarks.picks`` (or ``make picks``): about an hour and a half of one core. What is finished
is kept in ``.artifacts/picks``, so stop it and go on as you like.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.picks import plan
from benchmarks.picks.results import Results
from benchmarks.picks.tasks import TASKS

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / ".artifacts" / "picks" / "results.jsonl"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", default="", help="tasks whose name contains this")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--stages", nargs="+", choices=plan.STAGES, default=plan.STAGES)
    parser.add_argument("--out", type=Path, default=RESULTS, help="what is in it is not measured again")
    parser.add_argument("--quick", action="store_true", help="a look: a fifth of the steps, one seed")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # of other people's optimizers
    tasks = [task for task in TASKS if given.only in task.name]
    seeds, share = (given.seeds[:1], 0.2) if given.quick else (given.seeds, 1.0)
    results = Results(given.out.with_stem("quick") if given.quick else given.out)
    plan.run(tasks, seeds, given.stages, results, share)


if __name__ == "__main__":
    main()
