"""What docs/reading-curves.md says of its curves is so: of those that are kept, and of new ones."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks import shapes
from benchmarks.shape_sweeps import SHAPES, fast_bias
from lrwidget import History, Pick

#: Those whose sweeps take less than a second.
QUICK = (
    "textbook",
    "flat",
    "noisy",
    "two-valleys",
    "no-blow-up",
    "from-the-start",
    "warm-start",
    "fine-tuning",
)

Curves = dict[str, History]


def picked(history: History, on: str = "loss") -> Pick:
    pick = history.suggest(on=on)
    assert pick.lr is not None, pick.reason
    return pick


def rate(history: History, on: str = "loss") -> float:
    return float(picked(history, on).lr or math.nan)


def level_at_first(history: History) -> float:
    """How much of its descent a smoothed loss has done a tenth of the way, from 0 to 1."""
    smooth = history.smoothed()[np.isfinite(history.smoothed())]
    tenth = smooth[len(smooth) // 10]
    return float((smooth[0] - tenth) / (smooth[0] - smooth.min()))


def valleys(history: History) -> int:
    """How many places there are from where the curve rises on both sides, by a twentieth of its descent."""
    smooth = history.smoothed()[np.isfinite(history.smoothed())]
    rise = 0.05 * (smooth[0] - smooth.min())
    count, lowest, highest, falls = 0, smooth[0], smooth[0], True
    for value in smooth:
        lowest, highest = min(lowest, value), max(highest, value)
        if falls and value > lowest + rise and lowest < smooth[0] - rise:
            count, falls, highest = count + 1, False, value
        elif not falls and value < highest - rise:
            falls, lowest = True, value
    return count


def textbook(curves: Curves) -> None:
    curve = curves["textbook"]
    pick = picked(curve)
    assert abs(level_at_first(curve)) < 0.01
    assert pick.floor is not None
    assert pick.edge is not None
    assert rate(curve) < pick.floor < pick.edge
    assert math.isclose(rate(curve), curve.lr[np.argmin(curve.change[curve.lr < pick.floor])], rel_tol=0.3)
    assert curve.stop_reason == "diverged"


def flat(curves: Curves) -> None:
    assert curves["flat"].suggest().lr is None
    assert rate(curves["flat-mended"]) > 0.03


def noisy(curves: Curves) -> None:
    assert curves["noisy"].suggest().lr is None
    assert 1e-3 < rate(curves["noisy-mended"]) < 1e-2
    assert 1e-4 < rate(curves["noisy-300"]) < 1e-2


def two_valleys(curves: Curves) -> None:
    both, others, bias = (curves[f"two-valleys{which}"] for which in ("", "-others", "-bias"))
    assert valleys(both) == 2
    assert valleys(others) == 1
    assert valleys(bias) == 1
    floor = picked(both).floor
    assert floor is not None
    assert floor < 5e-3  # of the first valley, and not of the second one
    assert rate(bias) > 20 * rate(others)


def no_blow_up(curves: Curves) -> None:
    short, whole = curves["no-blow-up"], curves["no-blow-up-mended"]
    assert picked(short).edge is None
    assert rate(short) == pytest.approx(short.lr[-1], rel=0.2)
    assert picked(whole).edge is not None
    assert rate(whole) > 3 * rate(short)


def from_the_start(curves: Curves) -> None:
    assert level_at_first(curves["from-the-start"]) > 0.1
    assert abs(level_at_first(curves["from-the-start-mended"])) < 0.01
    assert rate(curves["from-the-start"]) < rate(curves["from-the-start-mended"])


def batch_norm(curves: Curves) -> None:
    assert level_at_first(curves["batch-norm"]) > 0.1
    assert abs(level_at_first(curves["batch-norm-mended"])) < 0.01
    assert rate(curves["batch-norm"]) < 1e-3 * rate(curves["batch-norm-mended"])


def warm_start(curves: Curves) -> None:
    fresh, warm = curves["warm-start-fresh"], curves["warm-start"]
    falls = [curve.loss[0] - np.nanmin(curve.smoothed()) for curve in (fresh, warm)]
    assert falls[1] < 0.1 * falls[0]
    assert rate(warm) < 0.3 * rate(fresh)
    assert warm.lr[-1] < fresh.lr[-1]


def fine_tuning(curves: Curves) -> None:
    one, slower = (picked(curves[f"fine-tuning{which}"]) for which in ("", "-slower"))
    assert one.floor is not None
    assert slower.floor is not None
    assert slower.floor > 1.5 * one.floor
    assert (slower.lr or 0) > 1.5 * (one.lr or 0)


def gan(curves: Curves) -> None:
    curve = curves["gan"]
    assert curve.metric_name == "closeness"
    assert curve.metric is not None
    assert curve.metric.max() > curve.metric[0] + 0.2
    picked(curve, "metric")


def reinforcement(curves: Curves) -> None:
    by_loss = [rate(curve) for curve in curves.values()]
    by_metric = [rate(curve, "metric") for curve in curves.values()]
    assert max(by_loss) > 100 * min(by_loss)
    assert max(by_metric) < 2 * min(by_metric)


CLAIMS: dict[str, Callable[[Curves], None]] = {
    claim.__name__.replace("_", "-"): claim
    for claim in (
        textbook, flat, noisy, two_valleys, no_blow_up, from_the_start, batch_norm, warm_start, fine_tuning,
        gan, reinforcement,
    )
}  # fmt: skip


def test_a_group_held_at_a_rate_at_which_it_learns_hides_what_the_other_does() -> None:
    curve = fast_bias(group_schedules=lambda plan: [plan.rates, [0.2] * plan.num_iter])
    assert level_at_first(curve) > 0.3


@pytest.mark.parametrize("shape", SHAPES)
def test_what_the_page_says_of_a_kept_curve_is_so(shape: str) -> None:
    CLAIMS[shape]({one.name: shapes.kept(one) for one in SHAPES[shape]})


@pytest.mark.parametrize("shape", QUICK)
def test_and_so_it_is_of_a_new_one(shape: str) -> None:
    CLAIMS[shape]({one.name: one.sweep() for one in SHAPES[shape]})


@pytest.mark.parametrize("shape", SHAPES)
def test_the_page_shows_what_todays_rules_say(shape: str) -> None:
    page = shapes.PAGE.read_text(encoding="utf-8")
    shown = page.split(f"<!-- {shape}: begin -->")[1].split(f"<!-- {shape}: end -->")[0].strip()
    assert shown == shapes.table(SHAPES[shape]), "run: .venv/bin/python -m benchmarks.shapes --kept"


def test_every_picture_is_shown_in_both_themes_and_has_words() -> None:
    page = shapes.PAGE.read_text(encoding="utf-8")
    for shape in SHAPES:
        for theme in ("light", "dark"):
            assert f"images/curve-{shape}-{theme}.png" in page
            assert (shapes.PAGE.parent / "images" / f"curve-{shape}-{theme}.png").stat().st_size < 50_000
    assert len(re.findall(r'<img alt="[^"]{20,}"', page)) == len(SHAPES)
    assert not re.findall(r'alt="[^"]*"[^>]*alt=', page)


def test_the_command_sweeps_keeps_draws_and_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "docs" / "reading-curves.md"
    (page.parent / "images").mkdir(parents=True)
    page.write_text("Before.\n<!-- flat: begin -->old<!-- flat: end -->\nAfter.\n", encoding="utf-8")
    monkeypatch.setattr(shapes, "PAGE", page)
    monkeypatch.setattr(shapes, "FOLDER", tmp_path / "kept")
    shapes.main(["--only", "flat"])
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["flat-mended.json", "flat.json"]
    assert len(list((page.parent / "images").iterdir())) == 2
    told = page.read_text(encoding="utf-8")
    assert "old" not in told
    assert told.startswith("Before.")
    assert told.endswith("After.\n")
    first = (tmp_path / "kept" / "flat.json").stat().st_mtime_ns
    shapes.main(["--only", "flat", "--kept"])
    assert (tmp_path / "kept" / "flat.json").stat().st_mtime_ns == first
    assert page.read_text(encoding="utf-8") == told
