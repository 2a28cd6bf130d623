"""Whatever is given where a history is made or asked: an error that names it, or a right answer."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lrwidget._validate import shown
from lrwidget.errors import LRWidgetError, SettingsError
from lrwidget.history import History, Settings, make_settings
from lrwidget.picks import Pick, compare, suggest
from tests.bad_values import CHEAP, MARKUP, Broken, anything, assert_useful

LR = np.logspace(-6, 0, 40)
LOSS = 3 - 1 / (1 + np.exp(-(np.log10(LR) + 3) * 2.2))
WHOLE = History(LR, LOSS, Settings(start_lr=1e-6, end_lr=1.0, num_iter=40), "completed", "now", 1.0)
MEASURED = History(LR, LOSS, metric=-LOSS, metric_name="accuracy")
FIELDS = [name for name in vars(WHOLE) if name in History.__dataclass_fields__]
ALSO = {"metric": ["metric"], "metric_name": ["metric"], "end_lr": ["lr"], "num_iter": ["lr", "step_mode"]}


def is_rate(lr: object) -> bool:
    return lr is None or (isinstance(lr, float) and 0 < lr < math.inf)


def outcome(call: Any, *names: str) -> Any:
    """Return what a call gives; where it refuses, hold the error to its promises and return None."""
    try:
        return call()
    except LRWidgetError as error:
        assert_useful(error, *names)
        return None


@CHEAP
@given(st.sampled_from(FIELDS), anything)
def test_a_history_is_made_or_names_what_is_wrong(field: str, value: Any) -> None:
    fields = {name: getattr(WHOLE, name) for name in FIELDS} | {field: value}
    made = outcome(lambda: History(**fields), field, "metric", "lr")
    if made is not None:
        assert len(made.lr) == len(made.loss)
        assert made.loss.dtype == made.lr.dtype == np.float64
        assert isinstance(repr(made), str)
        assert made == History(*made.__reduce__()[1])


@CHEAP
@given(st.sampled_from(sorted(Settings.__dataclass_fields__)), anything)
def test_settings_are_made_or_name_what_is_wrong(field: str, value: Any) -> None:
    made = outcome(lambda: Settings(**{field: value}), field, "start_lr", "lr_schedule", "step_mode")
    if made is not None:
        assert 0 < made.start_lr < made.end_lr < math.inf
        assert 2 <= made.num_iter <= 1_000_000
        assert type(made.num_iter) is type(made.accumulation_steps) is int
        own = outcome(lambda: made.rates, "rates", "range")  # too close, or too wide
        assert own is None or (len(own) == made.num_iter and own[0] == made.start_lr)


@CHEAP
@given(anything)
def test_rates_of_ones_own_are_numbers_or_refused(value: Any) -> None:
    made = outcome(lambda: make_settings(lr_schedule=value), "lr_schedule")
    if made is not None and value is not None:
        assert all(type(rate) is float for rate in made.rates)
        assert list(made.rates) == sorted(made.rates)


@CHEAP
@given(
    st.sampled_from(["lr", "loss", "rule", "step_mode", "bandwidth", "end_lr", "num_iter"]),
    anything,
    st.sampled_from(["exp", "linear"]),
)
def test_a_pick_is_made_or_the_argument_named(argument: str, value: Any, mode: str) -> None:
    asked: dict[str, Any] = {"lr": LR, "loss": LOSS, "step_mode": mode} | {argument: value}
    pick = outcome(lambda: suggest(**asked), argument, "lr")
    assert pick is None or is_rate(pick.lr)
    asked.pop("rule", None)
    picks = outcome(lambda: compare(**asked), argument, "lr")
    assert picks is None or all(is_rate(pick.lr) for pick in picks)


ASK = {
    "bandwidth": lambda history, value: [
        history.suggest(bandwidth=value),
        history.bounds(value),
        history.compare(value),
        history.smoothed(value),
        history.curve(value),
        history.figure(bandwidth=value),
    ],
    "at": lambda history, value: history.curve(at=value),
    "rule": lambda history, value: history.suggest(value),
    "on": lambda history, value: [
        history.suggest(on=value),
        history.bounds(on=value),
        history.compare(on=value),
    ],
    "pick": lambda history, value: history.figure(pick=value),
    "lr": lambda history, value: history.figure(lr=value),
    "bounds": lambda history, value: history.figure(bounds=value),
    "theme": lambda history, value: history.figure(theme=value),
}


@CHEAP
@given(st.sampled_from(sorted(ASK)), anything, st.sampled_from([WHOLE, MEASURED]))
def test_a_question_is_answered_or_the_argument_named(argument: str, value: Any, history: History) -> None:
    before = history.loss.tobytes(), history.lr.tobytes()
    outcome(lambda: ASK[argument](history, value), argument)
    assert before == (history.loss.tobytes(), history.lr.tobytes())


class Finder:
    """What Lightning's finder has on it, as given."""

    lr_min, lr_max, num_training, mode = 1e-6, 1.0, 50, "exponential"

    def __init__(self, **fields: Any) -> None:
        self.results = {"lr": LR, "loss": LOSS}
        vars(self).update(fields)


IMPORT = {
    "history": History.from_torch_lr_finder,
    "smooth_f": lambda value: History.from_torch_lr_finder({"lr": LR, "loss": LOSS}, value),
    "recorder": History.from_fastai,
    "num_it": lambda value: History.from_fastai((LR, LOSS), value),
    "results": History.from_lightning,
    "lr": lambda value: History.from_torch_lr_finder({"lr": value, "loss": LOSS}),
    "loss": lambda value: History.from_fastai((LR, value)),
    "num_training": lambda value: History.from_lightning(Finder(num_training=value)),
    "lr_max": lambda value: History.from_lightning(Finder(lr_max=value)),
    "mode": lambda value: History.from_lightning(Finder(mode=value)),
}


@CHEAP
@given(st.sampled_from(sorted(IMPORT)), anything)
@example("lr_max", 1e308)
def test_what_others_recorded_is_read_or_refused(what: str, value: Any) -> None:
    names = what, "history", "recorder", "results", "end_lr", "lr_schedule"
    made = outcome(lambda: IMPORT[what](value), *names)
    assert made is None or len(made) == len(made.loss) >= 2


rates = st.floats(5e-324, 1e308, allow_nan=False)
losses = st.floats() | st.sampled_from([1e308, -1e308, 5e-324, 0.0, 1.0])


@CHEAP
@given(
    st.lists(st.tuples(rates, losses, losses), max_size=60, unique_by=lambda point: point[0]),
    st.sampled_from(["exp", "linear"]),
    st.sampled_from([0.0, 1e-300, 0.3, 50.0, 1e308]),
)
@example([(5e-324, 1.0, 0.0), (1e16, 1e308, 0.0), (1e279, -1e27, 0.0), (1e308, 1e308, 0.0)], "exp", 0.0)
@example([(10.0**k, -k * 5e-324, 0.0) for k in range(9)], "exp", 0.0)
@example([(9.9e-324, 0.0, 0.0), (1.0, 1.0, 0.0)], "linear", 0.3)
def test_any_numbers_have_a_picture_and_picks(
    points: list[tuple[float, float, float]], mode: str, bandwidth: float
) -> None:
    lr, loss, metric = zip(*sorted(points), strict=True) if points else ((), (), ())
    ends = {"start_lr": lr[0], "end_lr": lr[-1]} if len(lr) > 1 else {}
    history = History(
        lr, loss, Settings(num_iter=max(len(lr), 2), step_mode=mode, **ends), metric=metric, metric_name="m"
    )
    for pick in (*history.compare(bandwidth), history.suggest(bandwidth=bandwidth, on="metric")):
        assert is_rate(pick.lr), pick
    bounds = history.bounds(bandwidth)
    assert is_rate(bounds.base_lr)
    assert is_rate(bounds.max_lr)
    layout = history.figure(bandwidth=bandwidth).layout
    for axis in (layout.xaxis, layout.yaxis, layout.yaxis2, layout.yaxis3):
        low, high = axis.range
        assert -math.inf < low < high < math.inf, axis.range


@pytest.mark.parametrize("text", MARKUP)
def test_a_text_of_any_kind_is_kept_as_it_is(text: str, tmp_path: Path) -> None:
    history = History([1e-3, 1e-2], [1.0, 2.0], metric=[1.0, 2.0], metric_name=text, receipt={text: [text]})
    history.save(tmp_path / "sweep.json")
    assert History.load(tmp_path / "sweep.json") == history
    assert history.suggest(on="metric").on == text


def test_an_error_shows_what_came_shortly_and_whatever_it_is() -> None:
    assert shown("a") == "'a'"
    assert shown(Broken()) == "a Broken"
    assert shown([Broken()]) == "a list"
    assert shown("a\nb\x1b\u202e") == r"'a\nb\x1b\u202e'"
    assert len(shown("x" * 10_000)) <= 80
    assert len(shown(list(range(10**6)))) <= 80
    assert shown(10**5000) == "a int"


def test_a_receipt_that_holds_itself_is_refused() -> None:
    loop: dict[str, Any] = {}
    loop["again"] = loop
    with pytest.raises(SettingsError, match="nested more than 64 deep, or holds itself"):
        History([1.0], [1.0], receipt=loop)


def test_a_mask_hides_a_loss() -> None:
    loss = np.ma.masked_array([3.0, 2.0, 1.0], [False, True, False])
    np.testing.assert_array_equal(History([1.0, 2.0, 3.0], loss).loss, [3.0, np.nan, 1.0])


def test_a_pick_of_ones_own_is_marked_and_its_name_is_no_part_of_the_picture() -> None:
    figure = WHOLE.figure(pick=Pick("<b>mine</b>", 1e-3, ""))
    assert [list(trace.x) for trace in figure.select_traces({"name": "suggestion"})] == [[1e-3]] * 2
    assert not [note for note in figure.layout.annotations if "mine" in note.text]
