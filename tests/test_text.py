"""Numbers as people read them."""

import math

import pytest

from lrwidget._text import format_duration, format_rate


@pytest.mark.parametrize(
    ("lr", "text"),
    [
        (0.0423, "0.0423"),
        (4.2e-05, "4.2e-5"),
        (1e-07, "1e-7"),
        (0.0, "0"),
        (10.0, "10"),
        (1.0, "1"),
        (0.001, "0.001"),
        (0.00099951, "0.001"),
        (0.000999, "9.99e-4"),
        (123.456, "123"),
        (9999.0, "1e4"),
        (9990.0, "9990"),
        (12345.0, "1.23e4"),
        (0.30000000000000004, "0.3"),
        (math.inf, "inf"),
    ],
)
def test_a_rate_has_three_digits_and_no_more_zeros_than_it_needs(lr: float, text: str) -> None:
    assert format_rate(lr) == text


def test_two_digits() -> None:
    assert format_rate(0.04236, digits=2) == "0.042"
    assert format_rate(3.76e-6, digits=2) == "3.8e-6"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.7, "1 h 00 min"),
        (7800, "2 h 10 min"),
    ],
)
def test_a_duration_is_said_as_people_say_it(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
