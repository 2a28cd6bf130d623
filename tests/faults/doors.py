"""The ways to sweep, and what comes out of each: one table of doors."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass
from io import StringIO
from typing import Any

from lrwidget import History, LRWidget, RangeTest
from tests.faults.faults import DROP, hand
from tests.faults.setups import World
from tests.faults.taps import tap
from tests.widget import pages


@dataclass(frozen=True)
class Left:
    """How a sweep was left: what came out of it, and why it stopped."""

    error: BaseException | None
    stop_reason: str | None
    state: str = ""


class Headless:
    """A range test without a widget."""

    def __init__(self, world: World, go: Callable[[RangeTest], object]) -> None:
        self._world, self._go = world, go
        self._test: RangeTest | None = world.range_test()
        hand.holds(self._test)

    def sweep(self) -> Left:
        """Sweep once, whatever comes out."""
        error, dropped = _caught(self._go, self._test)
        hand.join()
        reason = None if dropped is DROP or self._test is None else self._test.stop_reason
        if reason is None:  # a plain loop that was left: what nobody holds any more is given back at once
            self._test = None
        return Left(error, reason)

    def again(self) -> History:
        """Sweep once more, undisturbed."""
        return self._world.range_test().run()

    def leave(self) -> None:
        """Let go of everything."""
        self._test = None


class Page:
    """A widget, told to sweep from Python."""

    def __init__(self, world: World, go: Callable[[LRWidget], object]) -> None:
        self._world, self._go = world, go
        self._widget = world.widget()
        pages.Page(self._widget)  # without one nothing is sent
        send = self._widget.send_state
        self._widget.send_state = lambda *keys, **named: (tap("publishing"), send(*keys, **named))[1]
        hand.holds(self._widget)

    def sweep(self) -> Left:
        """Sweep once, whatever comes out."""
        with redirect_stderr(StringIO()):  # a line of text, where there is no page
            error, _ = _caught(self._go, self._widget)
        hand.join()
        widget = self._widget
        return Left(error or widget.error, widget.stop_reason, widget.state)

    def again(self) -> History:
        """Sweep once more, undisturbed, with the same widget unless it was closed."""
        if self._widget._control.state.closed:
            self._widget = self._world.widget()
        with redirect_stderr(StringIO()):
            return self._widget.run()

    def leave(self) -> None:
        """Close the view."""
        self._widget.close()


def _caught(go: Callable[[Any], object], what: Any) -> tuple[BaseException | None, object]:
    try:
        return None, go(what)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is looked at
        return error.with_traceback(None), None


def _within(test: RangeTest) -> None:
    with test:
        for _ in test:
            tap("between steps")


def _iterated(test: RangeTest) -> object:
    for _ in test:
        if tap("between steps") is DROP:
            return DROP
    return None


def _started(widget: LRWidget) -> None:
    for step in (widget.start, widget.wait, widget.wait):
        with suppress(KeyboardInterrupt):  # what reaches this thread does not reach the sweep
            step()


DOORS: dict[str, Callable[[World], Headless | Page]] = {
    "with": lambda world: Headless(world, _within),
    "for": lambda world: Headless(world, _iterated),
    "run": lambda world: Headless(world, RangeTest.run),
    "widget.start": lambda world: Page(world, _started),
    "widget.run": lambda world: Page(world, LRWidget.run),
}
