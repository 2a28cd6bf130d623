"""Texts that are not ours, as plotly shall write them: as they are.

plotly reads tags and entities in every title, label and hover text, ``%{...}`` in hover texts, and ``$...$``
wherever the page has MathJax. It knows numeric entities and a few named ones, ``&quot;`` not among them:
:func:`html.escape` would leave marks of its own on the picture.
"""

from __future__ import annotations

from typing import Final

from lrwidget._text import one_line

__all__ = ["as_text"]

_SIGNS: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;", "%": "&#37;"})


def as_text(text: str, longest: int = 30) -> str:
    """Return what plotly shows as ``text`` itself, on one line of at most so many characters.

    >>> as_text("<b>5 %</b>")
    '&lt;b&gt;5 &#37;&lt;/b&gt;'
    """
    return one_line(text, longest).translate(_SIGNS)
