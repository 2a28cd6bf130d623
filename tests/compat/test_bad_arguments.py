"""Whatever is given to the drop-in finder: an error that names it, or a sweep; and all is as it was."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrwidget import LRFinder
from lrwidget.compat.plot import draw
from lrwidget.errors import LRWidgetError, StateError
from tests.bad_values import CHEAP, anything, assert_useful
from tests.engine.states import assert_same_state, full_state

FALLING = {"lr": [10.0**-k for k in range(30, 0, -1)], "loss": [1.0 / k for k in range(1, 31)]}
# The texts are pytorch-lr-finder's, which do not always give the argument's name.
ALSO = {"start_lr": ["new_lrs", "param group"], "step_mode": ["expected one of"], "cache_dir": ["cache_dir"]}


@CHEAP
@given(
    st.sampled_from(["start_lr", "end_lr", "num_iter", "step_mode", "smooth_f", "diverge_th", "device"])
    | st.sampled_from(["cache_dir", "accumulation_steps"]),
    anything,
)
def test_a_finder_sweeps_or_names_the_argument_and_nothing_is_touched(argument: str, value: Any) -> None:
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    batches = DataLoader(TensorDataset(torch.randn(5, 3), torch.randn(5, 1)), batch_size=5)
    of_finder = {argument: value} if argument in ("device", "cache_dir") else {}
    of_test = {} if of_finder else {argument: value}
    before = full_state(model, optimizer)
    try:
        finder = LRFinder(model, optimizer, nn.MSELoss(), **of_finder)
        finder.range_test(batches, **({"num_iter": 3, "end_lr": 1.0} | of_test))
        finder.reset()
    except LRWidgetError as error:
        assert_useful(error, argument, *ALSO.get(argument, ()))
    assert_same_state(before["model."], full_state(model, optimizer)["model."])


@CHEAP
@given(st.sampled_from(["skip_start", "skip_end", "show_lr"]), anything)
def test_a_picture_is_drawn_or_the_argument_named(argument: str, value: Any) -> None:
    figure = Figure()
    try:
        draw(FALLING, ax=figure.add_subplot(), **{argument: value})
    except StateError:
        assert value + 7 > 30 - 5
    except LRWidgetError as error:
        assert_useful(error, argument)
