"""The status line: a polite live region, which ordinary widgets do not offer, and a thin progress bar."""

from __future__ import annotations

from importlib.resources import files

import anywidget
import traitlets

__all__ = ["StatusLine"]

_static = files("lrwidget.widget") / "static"


class StatusLine(anywidget.AnyWidget):
    """One line of text, more lines below it, a tone, and how far the work is.

    Attributes
    ----------
    text : str
        What happens now. Shown as text, never as markup.
    details : list of str
        More lines.
    tone : {"quiet", "good", "warning", "error"}
        Colour of the line's edge.
    fraction : float or None
        Progress in [0, 1]; None hides the bar.
    """

    _esm = (_static / "status.js").read_text(encoding="utf-8")
    _css = (_static / "panel.css").read_text(encoding="utf-8")

    text = traitlets.Unicode("").tag(sync=True)
    details = traitlets.List(trait=traitlets.Unicode()).tag(sync=True)
    tone = traitlets.Unicode("quiet").tag(sync=True)
    fraction = traitlets.Float(None, allow_none=True).tag(sync=True)
