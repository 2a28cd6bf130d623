"""The same short story in every host: what a person does, and what must then be so.

Each returns how it ended. The rate that the page shows, the one that was accepted and the one that the
optimizer holds are compared as numbers, not nearly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.hosts.page import same_rate
from tests.hosts.result import WORKS, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hosts.page import WidgetPage

#: What somebody types. The widget is shown by the last line; hosts that show it otherwise put their own.
PARTS = "import story\nfrom lrwidget import LRWidget\nmodel, optimizer, criterion, loader = story.parts()"
WIDGET = "w = LRWidget(model, optimizer, criterion, loader)\nstory.watch(w, optimizer)"
SLOW_WIDGET = (
    "w = LRWidget(model, optimizer, criterion, loader, callback=story.slowly)\nstory.watch(w, optimizer)"
)
RUN = "w.run()\nstory.tell(ran=True)"
WAIT = """\
import time
began = time.monotonic()
try:
    story.tell(waited=await w.accepted())
except Exception as error:
    story.tell(refused=str(error), seconds=time.monotonic() - began)
    raise"""
READ = "story.tell(read=w.accepted_lr)"
#: Seconds after which a cell that cannot hear the page has said so.
AT_ONCE = 3


class DisagreementError(AssertionError):
    """The page shows one rate, and something else holds another."""


def sweep(widget: WidgetPage) -> None:
    """Press Run, and wait until page and kernel are through."""
    widget.press("Run")
    widget.wait("the sweep's start", lambda: widget.told().get("state") not in {"idle", None})
    widget.wait("the sweep's end", lambda: widget.told().get("state") == "finished", 120)
    widget.wait("points on the page", lambda: widget.points() > 10)
    widget.wait("one rate in field, marker and kernel", widget.settled)


def drag_and_accept(widget: WidgetPage, pixels: int) -> float:
    """Drag the marker, see the field follow, press Accept; return the rate that all agree on."""
    before = widget.shown()
    widget.drag(pixels)
    widget.wait(
        "the field to follow the marker", lambda: None not in widget.shown() and widget.shown() != before
    )
    shown, marked = widget.shown()  # at once, as a person who is quick
    if shown != marked:
        raise DisagreementError(f"the field shows {shown}, the marker {marked}")
    widget.press("Accept")
    seconds = widget.told()["looked"]
    widget.wait("Accept to be heard", lambda: widget.told().get("state") == "accepted")
    # What is told is read one value after the other, while they change: so the telling after that one counts.
    widget.wait("the kernel to tell", lambda: widget.told()["looked"] > seconds + 1)
    return agreed(widget, shown)


def agreed(widget: WidgetPage, shown: float | None) -> float:
    """Return the rate, if all hold it that are to hold it, and the page still shows it."""
    told = widget.told()
    now = widget.shown()
    if shown is None or not same_rate(shown, told["accepted"], told["optimizer"], *now):
        raise DisagreementError(
            f"the page showed {shown} and now shows {now[0]} and {now[1]}; "
            f"accepted is {told['accepted']}, the optimizer holds {told['optimizer']}"
        )
    return shown


def free(widget: WidgetPage) -> Result:
    """Run, drag, accept, while no cell runs."""
    widget.wait_shown()
    sweep(widget)
    drag_and_accept(widget, 60)
    return WORKS


def reloaded(widget: WidgetPage) -> Result:
    """After :func:`free` and a reload: the same rate is shown, and another can be accepted."""
    accepted = widget.told()["accepted"]
    widget.wait_shown()
    widget.wait("the accepted rate on the page", lambda: same_rate(accepted, *widget.shown()))
    widget.wait("points on the page", lambda: widget.points() > 10)
    drag_and_accept(widget, -40)
    return WORKS


def blocked(widget: WidgetPage, interrupt: Callable[[], None]) -> Result:
    """A cell blocks in ``run()``: press Stop, or do what the widget says instead."""
    widget.wait("the widget on the page", lambda: widget.text() != "", 120)
    widget.wait(
        "points while the cell runs, or a word why not", lambda: widget.points() > 3 or _deaf_words(widget)
    )
    said = ""
    stop = widget.button("Stop")
    if stop.is_visible() and stop.is_enabled() and not _deaf_words(widget):
        widget.press("Stop")
    if not widget.sees(lambda: widget.told().get("stop_reason") == "stopped", 6):
        said = _deaf_words(widget)
        if not said:
            return Result("fails", f"Stop stops nothing, and nothing says so: {widget.text()[:300]!r}")
        interrupt()
        widget.wait(
            "the interrupt to end the sweep", lambda: widget.told().get("stop_reason") == "interrupted"
        )
    widget.wait("Run to be offered again", lambda: widget.button("Run").is_visible())
    if widget.told()["lr"] is not None:  # stopped too early, a sweep suggests nothing, and there is no marker
        widget.wait("one rate in field, marker and kernel", widget.settled)
        drag_and_accept(widget, 40)
    return Result("says", said) if said else WORKS


def waited(widget: WidgetPage, read_rate: Callable[[], None] | None = None) -> Result:
    """A cell waits for Accept; where it cannot, it says at once what to do, and the next cell has the rate.

    ``read_rate`` runs that cell, where it does not run by itself.
    """
    widget.wait_shown()
    refused = widget.sees(lambda: "refused" in widget.told(), 3)
    if not refused:
        widget.press("Run")
        widget.wait(
            "the sweep's end or a word about it",
            lambda: widget.told().get("state") == "finished" or "refused" in widget.told(),
            60,
        )
        refused = "refused" in widget.told()
    if refused and widget.told().get("state") in {"idle", "running"}:
        if widget.told().get("state") == "idle":
            widget.press("Run")
        widget.wait("the sweep's end", lambda: widget.told().get("state") == "finished", 120)
    widget.wait("one rate in field, marker and kernel", widget.settled)
    rate = drag_and_accept(widget, 60)
    if not refused:
        widget.wait(
            "the waiting cell to go on", lambda: "waited" in widget.told() or "refused" in widget.told()
        )
        told = widget.told()
        if "waited" in told:
            if not same_rate(rate, told["waited"]):
                raise DisagreementError(f"accepted() returned {told['waited']}, the page shows {rate}")
            return WORKS
    if read_rate is not None:
        read_rate()
        widget.wait("the next cell", lambda: same_rate(rate, widget.told().get("read")))
    return said_at_once(widget.told())


def said_at_once(told: dict[str, Any]) -> Result:
    """Return what a cell said that could not wait."""
    if told["seconds"] > AT_ONCE:
        return Result("fails", f"it took {told['seconds']:.0f} s to say: {told['refused']}")
    return Result("says", str(told["refused"]))


def ran_before(widget: WidgetPage) -> Result:
    """The sweep ran before there was a page: the whole of it is shown, and a rate can be accepted."""
    widget.wait_shown()
    widget.wait("points on the page", lambda: widget.points() > 10)
    widget.wait("one rate in field, marker and kernel", widget.settled)
    drag_and_accept(widget, 40)
    return Result("works", "it sweeps before the page appears")


def read_again(widget: WidgetPage) -> Result:
    """A cell that reads the accepted rate runs again by itself."""
    widget.wait_shown()
    sweep(widget)
    for pixels in (60, -40):
        drag_and_accept(widget, pixels)
        widget.wait("the cell that reads the rate to run again", lambda: _is_read(widget))
    return Result("works", "a cell that reads `w.accepted_lr` runs again")


def _deaf_words(widget: WidgetPage) -> str:
    """Return what the widget says about a cell that keeps its buttons from being heard."""
    lines = (line.strip() for line in widget.text().splitlines())
    return " ".join(line for line in lines if "cell" in line.lower())


def _is_read(widget: WidgetPage) -> bool:
    told = widget.told()
    return same_rate(told["accepted"], told.get("read"))
