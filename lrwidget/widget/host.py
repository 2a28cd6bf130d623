"""Where this process runs: in a notebook's kernel, a terminal or a script; and what its kernel can do."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

from IPython.core.getipython import get_ipython

__all__ = [
    "cells_hold_back_messages",
    "hear_while_cells_run",
    "in_kernel",
    "runs_reactively",
    "takes_input",
]

_FIRST_WITH_SUBSHELLS: Final = 7


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


def cells_hold_back_messages() -> bool:
    """Return whether this kernel handles no message of a page while a cell runs or waits: ipykernel before 7.

    Of later ones it is not known: it depends on the page too, and shows only when a message comes.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None or not type(kernel).__module__.startswith("ipykernel"):
        return False
    major = version("ipykernel").partition(".")[0]
    return major.isdecimal() and int(major) < _FIRST_WITH_SUBSHELLS


def runs_reactively(widget: Any) -> bool:
    """Return whether a widget lives in marimo, which runs cells again when a page changes a widget they read.

    It hears of changes that the page itself makes to the widget's model, and of no others. And it handles no
    message of a page while a cell runs or waits.
    """
    return getattr(widget.comm, "kernel", None) == "marimo"


def hear_while_cells_run(widget: Any) -> None:
    """Have messages of the page to a widget handled where the page sends them.

    JupyterLab sends them to a subshell, a thread that is free while a cell runs. But ipykernel 7.4 hands
    them to whichever shell wrote last to the widget, and when that was the running cell, they wait
    until it ends: a Stop button would stop nothing. Nothing to do on kernels without that habit.
    """
    if hasattr(widget.comm, "_reply_subshell_for"):
        widget.comm._reply_subshell_for = _where_it_was_sent  # noqa: SLF001 - there is no public way


def _where_it_was_sent(_data: object, subshell_id: str | None) -> str | None:
    return subshell_id
