from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrwidget.curves.axis import axis, decade
from lrwidget.errors import SettingsError
from lrwidget.history import explicit, rates


def test_exponential_rates_hit_both_ends_as_pytorch_lr_finder_does(quadratic):
    assert rates(1e-4, 1.0, 5) == pytest.approx((1e-4, 1e-3, 1e-2, 0.1, 1.0), rel=1e-14)
    expected = [
        0.001,
        0.002125494567,
        0.004517727155,
        0.009602404523,
        0.02040985864,
        0.04338104366,
        0.09220617261,
        0.1959837189,
        0.4165623298,
        0.8854009689,
        1.881914949,
        4.0,
    ]
    assert rates(1e-3, 4.0, 12) == pytest.approx(expected, rel=3e-10)
    assert rates(1e-3, 4.0, 12) == pytest.approx(tuple(quadratic.lr), rel=1e-14)


def test_linear_rates_have_equal_steps():
    assert rates(1.0, 3.0, 5, "linear") == (1.0, 1.5, 2.0, 2.5, 3.0)


@given(
    start=st.floats(1e-12, 1.0),
    factor=st.floats(1.001, 1e12),
    count=st.integers(2, 300),
    mode=st.sampled_from(["exp", "linear"]),
)
def test_rates_increase_strictly_from_exactly_start_to_exactly_end(start, factor, count, mode):
    end = start * factor
    result = rates(start, end, count, mode)
    assert len(result) == count
    assert (result[0], result[-1]) == (start, end)
    assert all(a < b for a, b in pairwise(result))
    assert all(type(rate) is float for rate in result)


def test_a_range_too_narrow_for_its_rates_is_refused():
    with pytest.raises(SettingsError, match=r"too close for 100 different rates\. Widen the range"):
        rates(1.0, 1.0 + 1e-15, 100)
    with pytest.raises(SettingsError, match="too large to compute"):
        rates(1e-300, 1e300, 100)
    with pytest.raises(SettingsError, match='step_mode must be "exp" or "linear"; got \'cos\''):
        rates(1e-3, 1.0, 10, "cos")


def test_an_explicit_schedule_is_kept_as_plain_floats():
    result = explicit(np.array([1e-3, 1e-2], dtype=np.float64))
    assert result == (1e-3, 1e-2)
    assert all(type(rate) is float for rate in result)


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        ([1e-3], "at least 2 rates; got 1"),
        ([1e-3, 1e-3], r"must increase; got lr_schedule\[0\]=0.001, lr_schedule\[1\]=0.001"),
        ([1e-3, float("nan")], r"lr_schedule\[1\] must be finite and positive; got nan"),
        ([0.0, 1.0], r"lr_schedule\[0\] must be finite and positive; got 0.0"),
        (["a", 1.0], "must be a list of rates"),
        (5, "must be a list of rates"),
    ],
)
def test_a_schedule_that_cannot_work_is_named(schedule, text):
    with pytest.raises(SettingsError, match=text):
        explicit(schedule)


def test_the_axis_is_in_decades_but_for_linear_sweeps():
    assert axis([1e-3, 10.0], "exp").tolist() == [-3.0, 1.0]
    assert axis([1e-3, 10.0], "list").tolist() == [-3.0, 1.0]
    assert axis([1e-3, 10.0], "linear").tolist() == [1e-3, 10.0]
    assert decade(1e-7, 10.0, "exp") == 1.0
    assert decade(1.0, 9.0, "linear") == 1.0
