"""Where this process runs: in a notebook's kernel, a terminal or a script; and what each is shown."""

from __future__ import annotations

import base64
import html
import sys
from typing import TYPE_CHECKING, Any, TextIO
from uuid import uuid4

from IPython.core.getipython import get_ipython
from IPython.display import display, update_display

from lrwidget._text import format_duration
from lrwidget.widget.holding import Place, place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Fallback", "TextProgress", "hear_while_cells_run", "in_kernel", "takes_input"]

_BAR = 30


def in_kernel() -> bool:
    """Return whether a Jupyter kernel runs this code, so that displayed widgets reach a page."""
    return hasattr(get_ipython(), "kernel")


def takes_input() -> bool:
    """Return whether whoever runs the present cell says that a person could be asked for something.

    Pages do; nbclient, and with it nbconvert and papermill, say that nobody could.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return False
    content = kernel.get_parent().get("content") or {}
    return bool(content.get("allow_stdin", True))


def hear_while_cells_run(widgets: Iterable[Any]) -> None:
    """Have messages of the page to these widgets handled where the page sends them.

    JupyterLab sends them to a subshell, a thread that is free while a cell runs. But ipykernel 7.4 hands
    them to whichever shell wrote last to the widget, and when that was the running cell, they wait
    until it ends: a Stop button would stop nothing. Nothing to do on kernels without that habit.
    """
    for widget in widgets:
        if hasattr(widget.comm, "_reply_subshell_for"):
            widget.comm._reply_subshell_for = _where_it_was_sent  # noqa: SLF001 - there is no public way


def _where_it_was_sent(_data: object, subshell_id: str | None) -> str | None:
    return subshell_id


class TextProgress:
    """A progress bar of plain text, for scripts and terminals.

    A terminal sees one line that is written over; a file sees the last state only.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._terminal = self._stream.isatty()
        self._longest = 0

    def update(self, step: int, total: int, seconds_left: float | None) -> None:
        """Show how far the sweep is."""
        if not self._terminal:
            return
        full = _BAR * step // max(total, 1)
        left = f" {format_duration(seconds_left)} left" if seconds_left is not None else ""
        self._write(f"|{'█' * full}{' ' * (_BAR - full)}| {step}/{total}{left}", end="")

    def finish(self, text: str) -> None:
        """Replace the bar by one line of text."""
        self._write(text, end="\n")

    def _write(self, line: str, end: str) -> None:
        start = "\r" if self._terminal else ""
        self._stream.write(f"{start}{line.ljust(self._longest)}{end}")
        self._stream.flush()
        self._longest = len(line) if not end else 0


class Fallback:
    """A second output below the widget, seen only where no widget is.

    A saved notebook holds it as plain HTML: a picture and a summary. Wherever the widget is alive,
    its own style sheet hides it, so updating it never makes the live figure flicker.
    """

    def __init__(
        self, show: Callable[..., Any] = display, update: Callable[..., Any] = update_display
    ) -> None:
        self._show = show
        self._update = update
        self._places: list[tuple[Place, str]] = []

    def display(self, bundle: dict[str, Any] | None, text: str) -> None:
        """Display a widget's ``bundle`` and the fallback's place below it.

        In a terminal, or where there is no bundle because the widget is closed, only ``text``.
        """
        if bundle is None or not in_kernel():
            self._show({"text/plain": text}, raw=True)
            return
        self._show({**bundle, "text/plain": text}, raw=True)
        name, here = f"lrwidget-{uuid4()}", place()
        self._show(_as_html(None, text), raw=True, display_id=name)
        self._places = [known for known in self._places if not here.replaces(known[0])]
        self._places.append((here, name))

    def update(self, picture: bytes | None, text: str) -> None:
        """Fill every displayed fallback with a PNG ``picture`` and a summary."""
        for _, name in self._places:
            self._update(_as_html(picture, text), raw=True, display_id=name)

    @property
    def displayed(self) -> bool:
        """Whether the widget was displayed in this kernel."""
        return bool(self._places)


def _as_html(picture: bytes | None, text: str) -> dict[str, str]:
    said = html.escape(text)
    image = ""
    if picture is not None:
        source = base64.b64encode(picture).decode("ascii")
        image = f'<img alt="{said}" width="860" src="data:image/png;base64,{source}">'
    return {"text/html": f'<div class="lrwidget-static">{image}<p>{said}</p></div>', "text/plain": text}
