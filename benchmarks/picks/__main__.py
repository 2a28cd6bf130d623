"""Measure what picks are worth, and write it into docs/picks.md.

Run ``make picks``, or ``python -m benchmarks.picks``: about half an hour of one core for each of two seeds.
What is finished is kept in ``.artifacts/picks``, so stop it and go on as you like.
"""

from __future__ import annotations

import argparse
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.evaluation import with_tables
from benchmarks.picks import pictures, plan
from benchmarks.picks.report import tables
from benchmarks.picks.results import Results
from benchmarks.picks.tasks import TASKS

ROOT = Path(__file__).resolve().parents[2]
MEASURED = ROOT / ".artifacts" / "picks" / "results.jsonl"
KEPT = ROOT / "benchmarks" / "results" / "picks.jsonl"
PAGE = ROOT / "docs" / "picks.md"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", default="", help="tasks whose name contains this")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--stages", nargs="+", choices=plan.STAGES, default=plan.STAGES)
    parser.add_argument("--out", type=Path, default=MEASURED, help="what is in it is not measured again")
    parser.add_argument(
        "--quick", action="store_true", help="a look: a fifth of the steps, one seed, no page"
    )
    parser.add_argument("--report", action="store_true", help="measure nothing; write the page anew")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # of other people's optimizers
    out = given.out.with_stem("quick") if given.quick else given.out
    if not given.report:
        tasks = [task for task in TASKS if given.only in task.name]
        seeds, share = (given.seeds[:1], 0.2) if given.quick else (given.seeds, 1.0)
        plan.run(tasks, seeds, given.stages, Results(out), share)
    if given.quick:
        print(*tables(Results(out)).values(), sep="\n\n")
        return
    if out.exists():
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(out, KEPT)
    write_page(Results(KEPT))


def write_page(results: Results) -> None:
    """Put tables and pictures of results into the documentation."""
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), tables(results)), encoding="utf-8")
    pictures.draw(results, PAGE.parent / "images")


if __name__ == "__main__":
    main()
