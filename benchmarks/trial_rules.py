"""How trials are judged, ended and extended: what each choice is worth, replayed on trainings kept whole.

The models of :mod:`benchmarks.evaluation_tasks`, fresh and after 100 steps, each trained 300 steps at 9 rates
half a decade apart. Trials are the first 100 steps of these; the truth is the mean loss of the last 30. Every
rule is replayed on the same trainings, with the middle rate where ``steepest`` picks on 4 fixed batches. One
training more is at the lowest point of a parabola through log-loss, of the best rate and its two neighbours.

``python -m benchmarks.trial_rules`` goes on where it stopped (an hour of a core for 2 seeds; ``--small``
leaves out the models that take long, ``--seeds`` says how many) and prints what ``docs/evaluation.md`` has.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.evaluation import State, prepared, train_on
from benchmarks.evaluation_tasks import TASKS, Task
from benchmarks.text import markdown
from lrwidget import RangeTest
from lrwidget.curves.behind import LeftBehind
from lrwidget.curves.stop import first_stop
from lrwidget.engine.trials.series import in_turn

KEPT = Path(__file__).resolve().parent.parent / ".artifacts" / "trial_rules.jsonl"
STEPS, LAST, TRIED = 300, 30, 100
SLOW = ("ResNet18", "UNet", "GIN", "GPT")
Row = dict[str, Any]


# -- trainings -----------------------------------------------------------------------------------------------


def trained(task: Task, before: int, seed: int, steps: int = STEPS) -> Row:
    """Return the losses of a task at every rate, on kept batches at the trials' end, and the sweep's pick."""
    state = prepared(task, before, seed)
    torch.manual_seed(3)
    low, high = task.lowest * 1e-2, min(task.lowest * 1e6, 1e3)
    test = RangeTest(
        *(state.model, state.optimizer, task.criterion, state.train),
        start_lr=low,
        end_lr=high,
        num_iter=100,
        fixed_batches=4,
    )
    row: Row = {"key": [task.name, before, seed], "rates": task.rates, "pick": test.run().suggest().lr}
    torch.manual_seed(2)
    batches = {"fixed": list(itertools.islice(_endless(state.train), 4)), "validation": list(state.val)}
    row |= {"losses": [], "fixed": [], "validation": []}
    for lr in task.rates:
        at_end = dict.fromkeys(batches, math.inf)

        def look(model: torch.nn.Module, at_end: dict[str, float] = at_end) -> None:
            at_end |= {name: _mean(model, task, several) for name, several in batches.items()}

        row["losses"].append(_losses(state, lr, steps, look))
        for name, value in at_end.items():
            row[name].append(value)
    lowest = parabola(row)
    row["refined"] = None if lowest is None else _losses(state, lowest, steps)
    return row


def _losses(
    state: State, lr: float, steps: int, look: Callable[[torch.nn.Module], None] | None = None
) -> list[float]:
    """Train a copy at a rate; ``look`` at the model when a trial would end."""
    task, model = state.task, copy.deepcopy(state.model)
    optimizer = task.optimizer(model.parameters())
    optimizer.load_state_dict(copy.deepcopy(state.optimizer.state_dict()))
    for group in optimizer.param_groups:
        group["lr"] = lr
    torch.manual_seed(1)
    losses: list[float] = []
    for batch in itertools.islice(_endless(state.train), steps):
        losses.append(train_on(batch, model, optimizer, task.criterion))
        if not math.isfinite(losses[-1]):
            break
        if len(losses) == min(TRIED, steps) and look is not None:
            look(model)
    return losses


def _mean(model: torch.nn.Module, task: Task, batches: Sequence[Any]) -> float:
    with torch.no_grad():
        return float(np.mean([task.criterion(model(x), y).item() for x, y in batches]))


def _endless(loader: Any) -> Iterator[Any]:
    while True:
        yield from loader


# -- rules, replayed -----------------------------------------------------------------------------------------


def worth(row: Row) -> np.ndarray[Any, Any]:
    """Return for each rate 0 = the best of all, 1 = as bad as untrained."""
    ends = np.array(
        [float(np.mean(one[-LAST:])) if _is_whole(one, row) else math.inf for one in row["losses"]]
    )
    start, best = float(np.mean(row["losses"][0][: LAST // 3])), ends.min()
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(ends), np.clip((ends - best) / max(start - best, 1e-12), 0, 1), 1.0)


def _is_whole(losses: Sequence[float], row: Row) -> bool:
    return math.isfinite(losses[-1]) and len(losses) == max(map(len, row["losses"]))


def by_last(share: float) -> Callable[[Row, int], float]:
    """Return what judges a trial by the mean of its last training losses."""

    def score(row: Row, number: int) -> float:
        tried = row["losses"][number][:TRIED]
        if first_stop(tried) is not None:
            return math.inf
        return float(np.mean(tried[-max(1, math.ceil(share * len(tried))) :]))

    return score


def by_kept(name: str) -> Callable[[Row, int], float]:
    """Return what judges a trial by its loss on kept batches."""

    def score(row: Row, number: int) -> float:
        return math.inf if first_stop(row["losses"][number][:TRIED]) else float(row[name][number])

    return score


def winner(row: Row, middle: int, score: Callable[[Row, int], float], extend: int) -> int:
    """Return the best of three rates around one, and of those beyond while the best is at an end."""
    tried = [middle - 1, middle, middle + 1]
    for left in range(extend, -1, -1):
        best = min(tried, key=lambda number: score(row, number))
        beyond = {tried[0]: tried[0] - 1, tried[-1]: tried[-1] + 1}.get(best)
        if not left or beyond is None or not 0 <= beyond < len(row["rates"]):
            break
        tried = sorted([*tried, beyond])
    return best


def parabola(row: Row) -> float | None:
    """Return the rate of the lowest point of a parabola through the best trial and its neighbours."""
    score = by_last(0.2)
    scores = [score(row, number) for number in range(len(row["rates"]))]
    best = int(np.argmin(scores))
    near = np.array(scores[max(best - 1, 0) : best + 2])
    if near.size < 3 or not (np.isfinite(near).all() and (near > 0).all()):
        return None
    left, here, right = np.log(near)
    bend = left - 2 * here + right
    offset = 0.5 * (left - right) / bend if bend > 0 else 0.0
    return float(row["rates"][best] * 10 ** (0.5 * np.clip(offset, -0.5, 0.5)))


def refined(rows: Sequence[Row]) -> str:
    """Return what the parabola's rate is worth, beside the best that was tried."""
    worths = []
    for row in rows:
        if row.get("refined"):
            joined = row | {"losses": [*row["losses"], row["refined"]]}
            best = int(np.argmin([by_last(0.2)(row, number) for number in range(len(row["rates"]))]))
            both = worth(joined)
            worths.append((both[best], both[-1]))
    if not worths:
        return "No parabola was followed."
    tried, lowest = np.mean(worths, axis=0)
    return (
        f"Of {len(worths)} trainings the best rate tried is worth {tried:.3f}, the lowest point of a "
        f"parabola through it and its neighbours {lowest:.3f}."
    )


def middle_of(row: Row) -> int:
    """Return the place of the rate that is nearest to the sweep's pick, with one on either side."""
    gaps = np.abs(np.log10(row["rates"]) - math.log10(row["pick"]))
    return int(np.clip(np.argmin(gaps), 1, len(row["rates"]) - 2))


def endings(rows: Sequence[Row]) -> tuple[float, int, dict[str, int]]:
    """Return the share of steps spared by ending trials, how many were, and how many would have won."""
    judges = {"training": by_last(0.2), "fixed": by_kept("fixed"), "validation": by_kept("validation")}
    steps = whole = ended = 0
    wrong = dict.fromkeys(judges, 0)
    for row in rows:
        for middle in range(1, len(row["rates"]) - 1):
            best: int | None = None
            for turn in in_turn(3):
                number = middle - 1 + turn
                tried = row["losses"][number][:TRIED]
                stop = first_stop(tried)
                tried = tried if stop is None else tried[: stop[0] + 1]
                leader = None if best is None else np.array(row["losses"][best][:TRIED])
                rule = LeftBehind(leader, TRIED)
                end = next((n for n, loss in enumerate(tried, 1) if rule.update(loss)), None)
                whole += len(tried)
                steps += end or len(tried)
                if end is not None and best is not None:
                    ended += 1
                    for name, score in judges.items():
                        wrong[name] += score(row, number) < score(row, best)
                elif math.isfinite(judges["training"](row, number)) and (
                    best is None or judges["training"](row, number) < judges["training"](row, best)
                ):
                    best = number
    return 1 - steps / max(whole, 1), ended, wrong


def tables(rows: Sequence[Row]) -> str:
    """Return what every choice is worth, as Markdown."""
    rows = [row for row in rows if row["pick"] is not None]
    judges = {
        **{f"last {100 * share:.0f} % of the training losses": by_last(share) for share in (0.05, 0.2, 0.5)},
        "4 fixed batches at the end": by_kept("fixed"),
        "validation batches at the end": by_kept("validation"),
    }
    found = [
        [
            "no trial: the rate nearest to the pick",
            f"{np.mean([worth(r)[middle_of(r)] for r in rows]):.3f}",
            "",
            "",
        ]
    ]
    for name, score in judges.items():
        means = [
            np.mean([worth(r)[winner(r, middle_of(r), score, extend)] for r in rows]) for extend in range(3)
        ]
        found.append([name, *(f"{mean:.3f}" for mean in means)])
    spared, ended, wrong = endings(rows)
    told = ", ".join(f"{count} by {name} losses" for name, count in wrong.items())
    return "\n".join(
        [
            markdown(["judged by", "3 rates", "up to 4", "up to 5"], found),
            "",
            f"{len(rows)} trainings. Ending trials spares {100 * spared:.0f} % of their steps; of {ended} "
            f"that were ended, these would have come out below the leader: {told}.",
            refined(rows),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--small", action="store_true", help="leave out the models that take long")
    options = parser.parse_args()
    torch.set_num_threads(1)
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in KEPT.read_text().splitlines()] if KEPT.exists() else []
    done = {tuple(row["key"]) for row in rows}
    for seed, before, task in itertools.product(range(options.seeds), (0, 100), TASKS):
        if (task.name, before, seed) in done or (options.small and task.name.startswith(SLOW)):
            continue
        rows.append(trained(task, before, seed))
        with KEPT.open("a") as file:
            file.write(json.dumps(rows[-1]) + "\n")
        print(*rows[-1]["key"], flush=True)
    print(tables(rows))


if __name__ == "__main__":
    main()
