"""What a user may hand to any argument by mistake, and what an error about it has to be."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import os
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from numbers import Real
from typing import Any

import numpy as np
import torch
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from lrwidget._text import one_line
from lrwidget.errors import LRWidgetError

# The same examples every time: a failure here is news, not luck. BAD_EXAMPLES=20000 hunts for more.
CHEAP = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=int(os.environ.get("BAD_EXAMPLES", "50")),
    phases=(Phase.explicit, Phase.generate),  # shrinking a list of a hundred points takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

#: Texts that something on the way to the screen could take for more than text.
MARKUP = [
    "<script>window.__pwned = 1</script>",
    "<img src=x onerror='window.__pwned = 1'>",
    "<b>bold</b>",
    "<a href='javascript:window.__pwned=1'>link</a>",
    "%{x} %{customdata}",
    "$x^2$",
    "&lt;b&gt; &amp;amp; &quot;",
    "\x00\x07\x1b[31mred\x7f",
    "\u202ebackwards\u202c\u200f",
    "two\nlines\r\nand\u2028more",
    "half \ud800 a pair",
    "x" * 10_000,
]


class Broken:
    """An object that answers every question with an error."""

    def _fail(self, *_: object) -> Any:
        raise RuntimeError("broken on purpose")

    __repr__ = __str__ = __len__ = __iter__ = __next__ = __getitem__ = __contains__ = _fail
    __float__ = __int__ = __index__ = __bool__ = __hash__ = __eq__ = __ne__ = __fspath__ = _fail
    __lt__ = __le__ = __gt__ = __ge__ = __add__ = __radd__ = __mul__ = __rmul__ = __neg__ = _fail

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(type(self).__name__)  # for hypothesis, which could not tell of a failure otherwise


class BrokenNumber(Broken):
    """One that claims to be a number."""


Real.register(BrokenNumber)


class Mute(float):
    """A sound number that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("broken on purpose")

    _repr_pretty_ = Broken._repr_pretty_


def _itself() -> list[Any]:
    loop: list[Any] = []
    loop.append({"again": loop})
    return loop


#: Each as a function, for some can be used only once.
THINGS: list[Callable[[], Any]] = [
    *(
        lambda value=value: value
        for value in [
            None, True, False, Ellipsis, NotImplemented, 0, -1, 1, 3, 10**30, 10**400, -(10**400), 10**5000,
            0.0, -0.0, -1.0, 0.1, 2.5, 5e-324, 1e308, -1e308, math.nan, math.inf, -math.inf, 1j,
            "", "0.1", "1", "nan", "exp", "steepest", "loss", "metric", b"", b"1", bytearray(b"1"), *MARKUP,
            [], (), {}, set(), [0.1], [1e-4, 1e-2], (1e-2, 1e-4), [1e-4, 1e-3, 1e-2], ["1", "2"],
            [True, False], [None, None], [[1.0], [2.0]], [math.nan] * 3, [10**400] * 3, {"lr": 1}, {1: 2},
            range(1, 4),
            Decimal("0.1"), Decimal("NaN"), Fraction(1, 3), Fraction(10**400), Fraction(1, 10**400),
            dt.datetime(2020, 1, 1), object(), int, float, len, math, Mute(0.5),
        ]
    ),
    *(
        lambda value=value: value
        for value in [
            np.float32(0.1), np.float64("nan"), np.int64(3), np.uint8(3), np.bool_(True), np.str_("0.1"),
            np.longdouble("1e4000"), np.timedelta64(3, "s"), np.datetime64("2020-01-01"), np.array(0.1),
            np.array([]), np.array([0.1]), np.array([1e-4, 1e-2]), np.array([1e-4, 1e-3, 1e-2]),
            np.array([1j]),
            np.array([True, False]), np.array(["1", "2"]), np.array([None, 1.0]), np.zeros((2, 2)),
            np.array(["2020"], dtype="M8[Y]"), np.ma.masked_array([1e-4, 1e-3, 1e-2], [0, 1, 0]),
            np.array([(1.0, 2)], dtype=[("a", "f8"), ("b", "i4")]),
        ]
    ),
    lambda: torch.tensor(0.1),
    lambda: torch.tensor([1e-4, 1e-3, 1e-2], requires_grad=True),
    lambda: torch.tensor([1e-4, 1e-2], dtype=torch.bfloat16),
    lambda: torch.zeros(2, 2),
    lambda: torch.tensor(True),
    lambda: torch.tensor(1.0, device="meta"),
    lambda: [torch.tensor(1e-4), torch.tensor(1e-3, requires_grad=True), torch.tensor(1e-2)],
    lambda: torch.nn.Linear(1, 1),
    lambda: torch.float32,
    Broken,
    BrokenNumber,
    lambda: [Broken()] * 3,
    lambda: [Mute(1e-4), Mute(1e-3), Mute(1e-2)],
    lambda: {"lr": Broken()},
    lambda: iter([1e-4, 1e-3, 1e-2]),
    lambda: itertools.count(1),
    lambda: (rate for rate in [1e-3, 1e-2]),
    lambda: "a".join(["x"] * 100_000),
    lambda: list(range(100_000)),
    _itself,
]  # fmt: skip

#: Anything at all.
anything = st.one_of(
    st.sampled_from(THINGS).map(lambda make: make()),
    st.sampled_from(THINGS).map(lambda make: make()),
    st.floats(),
    st.integers(-5, 5),
    st.text(max_size=8),
    st.lists(st.floats() | st.integers(-3, 3) | st.booleans() | st.none(), max_size=6),
)


def assert_useful(error: BaseException, *names: str) -> None:
    """Hold an error to what every error of ours promises: ours, on one readable line, naming the argument."""
    assert isinstance(error, LRWidgetError), repr(type(error))
    text = str(error)
    assert text == one_line(text, 5000), ascii(text)
    assert 10 < len(text) < 1000, f"{len(text)} characters"
    assert any(name in text for name in names), f"{text!r} names none of {names}"
