"""The lower panel's axis: linear near zero, logarithmic beyond, true values on the ticks."""

import numpy as np
import pytest

from lrwidget.plot.symlog import quiet_threshold, symlog, symlog_ticks


def test_is_linear_near_zero_and_logarithmic_beyond() -> None:
    assert symlog([0.001, -0.001], 1.0) == pytest.approx([0.001, -0.001], rel=1e-5)
    tenfold = symlog(1000, 1.0) - symlog(100, 1.0)
    assert tenfold == pytest.approx(np.log(10), rel=1e-3)
    assert symlog(-7.0, 0.1) == -symlog(7.0, 0.1)


def test_the_threshold_is_the_noise_of_the_quiet_part() -> None:
    slopes = np.r_[np.tile([0.02, -0.02], 10), -1.0, -2.0, -1.0]
    assert quiet_threshold(slopes, quiet=20) == pytest.approx(0.04)


@pytest.mark.parametrize("quiet", [0.0, 1e9])
def test_neither_silence_nor_noise_takes_the_whole_panel(quiet: float) -> None:
    slopes = np.r_[np.full(20, quiet), -2.0]
    assert 2.0 / 1000 <= quiet_threshold(slopes, 20) <= 2.0 / 10


@pytest.mark.parametrize("slopes", [[], [np.nan, np.inf], [0.0, 0.0]])
def test_without_slopes_there_is_still_a_threshold(slopes: list[float]) -> None:
    assert quiet_threshold(slopes, 5) == 1.0


def test_ticks_say_true_values_and_stand_where_they_are_drawn() -> None:
    ticks = symlog_ticks(-25.0, 300.0, 0.5)
    assert ticks.labels == ("−10", "−1", "0", "+1", "+10", "+100")
    true = [-10, -1, 0, 1, 10, 100]
    assert ticks.positions == pytest.approx(symlog(true, 0.5))


def test_ticks_are_few_however_many_decades_there_are() -> None:
    ticks = symlog_ticks(-1e6, 1e9, 1e-6)
    assert len(ticks.labels) <= 7
    assert "0" in ticks.labels


def test_a_small_range_has_its_zero() -> None:
    assert symlog_ticks(-0.1, 0.1, 1.0).labels == ("0",)


def test_small_changes_are_written_as_small_rates_are() -> None:
    assert symlog_ticks(-3e-6, 0, 1e-7).labels == ("−1e-6", "0")
    assert symlog_ticks(0, 2e10, 5e9).labels == ("0", "+1e10")


def test_a_side_that_no_power_of_ten_fits_into_has_a_mark_all_the_same() -> None:
    assert symlog_ticks(-9.0, 0.5, 0.9).labels == ("−5", "0")
    assert symlog_ticks(-0.035, 0.0, 0.0105).labels == ("−0.02", "0")
    assert symlog_ticks(-0.5, 0.5, 0.4).labels == ("0",), "nothing but noise"
