"""What may differ after a sweep, and what has to have been said of it."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from lrwidget.errors import LRWidgetWarning
from tests.oracle.oracle import Difference, Oracle

__all__ = ["Said", "drawn", "judge", "listening", "swept", "warned"]

_DRAWN = "lrwidget.tests.a_batch_is_drawn"
# What the oracle calls an object's inside, and every step is called.
_NO_NAMES = {"class", "position", "size", "state", "place", "value", "step", "after"}
_listeners: list[list[str]] = []
_hooked: list[bool] = []


def drawn() -> None:
    """Tell whoever listens that a sample is drawn. Leaves nothing that could be found and given back."""
    sys.audit(_DRAWN)


def _hear(event: str, _: Any) -> None:
    if event == _DRAWN:
        for said in _listeners:
            said.append(_DRAWN)


@dataclass
class Said:
    """What happened in a sweep, in order: texts of the package's warnings, and that samples were drawn."""

    events: list[str] = field(default_factory=list)

    @property
    def warnings(self) -> list[str]:
        return [event for event in self.events if event != _DRAWN]

    @property
    def in_time(self) -> list[str]:
        """Warnings given before the first sample was drawn; all of them where none was seen."""
        first = self.events.index(_DRAWN) if _DRAWN in self.events else len(self.events)
        return self.events[:first]


@contextmanager
def listening() -> Iterator[Said]:
    """Record the package's warnings, and when samples are drawn; other warnings stay what they are."""
    if not _hooked:  # such hooks cannot be taken out
        sys.addaudithook(_hear)
        _hooked.append(True)
    said = Said()
    _listeners.append(said.events)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", LRWidgetWarning)
            show = warnings.showwarning

            def record(message: Any, category: type[Warning], *rest: Any, **more: Any) -> None:
                if issubclass(category, LRWidgetWarning):
                    said.events.append(str(message))
                else:
                    show(message, category, *rest, **more)

            warnings.showwarning = record
            yield said
    finally:
        _listeners[:] = [one for one in _listeners if one is not said.events]


def warned(text: str, name: str) -> bool:
    """Whether a text names something, as a word."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def judge(oracle: Oracle, history: Any, said: Said, *, must_keep: bool = True) -> list[Difference]:
    """Return the differences; fail on those that may not be.

    Notes stay, and the receipt names their list. Where an object may be one that cannot be given back
    (``must_keep=False``), the receipt names it, and so does one warning from before the first batch.
    """
    found = oracle.differences()
    receipt = dict(history.receipt)
    kept_notes, not_kept = list(receipt.get("notes", ())), list(receipt.get("not_kept", ()))
    wrong = []
    for difference in found:
        names = [name for name in difference.names[1:] if name not in _NO_NAMES] or difference.names
        if difference.is_note:
            if not any(warned(text, name) for text in kept_notes for name in names):
                wrong.append(f"{difference} (notes that the receipt does not name: {kept_notes})")
        elif must_keep:
            wrong.append(str(difference))
        elif not any(warned(text, name) for text in not_kept for name in names):
            wrong.append(f"{difference} (and the receipt does not name it: {not_kept})")
        elif sum(any(warned(text, name) for name in names) for text in said.in_time) != 1:
            wrong.append(f"{difference} (and no warning named it in time: {said.events})")
    if wrong:
        more = f"\n... and {len(wrong) - 12} more" if len(wrong) > 12 else ""
        pytest.fail("not as before:\n" + "\n".join(wrong[:12]) + more, pytrace=False)
    return found


def swept(oracle: Oracle, run: Callable[[], Any], **rules: Any) -> Any:
    """Run a sweep, judge what is left of it, and return its history."""
    with listening() as said:
        history = run()
    judge(oracle, history, said, **rules)
    return history
