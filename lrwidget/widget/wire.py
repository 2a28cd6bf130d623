"""What pages say, each thing taken once and in order.

A page numbers what it says and repeats whatever has not been answered, all of it in each message; see
``static/wire.js``. Messages may come late, twice, and by several threads: those that wait for a cell on the
main shell, and those that overtake them on a subshell. What has a number that was taken before is not new.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Pages", "Said"]

#: Pages that are remembered: the newest ones. A page lives from one load to the next.
_PAGES: Final = 64
_LONGEST_NAME: Final = 64
_LARGEST_NUMBER: Final = 2**53


@dataclass(frozen=True)
class Said:
    """One thing that a page said. Nothing in it can be relied on: a page may send anything.

    Attributes
    ----------
    what : str
        "hello", "lr", "bounds" or "press".
    value : object
        The rate, both bounds, or the name of what was pressed.
    lr : object
        The rate at which the page's marker stood, at a press.
    label : str
        What stood on the button, at a press.
    """

    what: str
    value: Any
    lr: Any
    label: str


class Pages:
    """How far each page has been heard. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[str, int] = {}

    def new(self, content: object) -> tuple[dict[str, Any], list[Said]] | None:
        """Return the answer to a message, and what is new in it; None when no page would send it."""
        if not isinstance(content, dict):
            return None
        page, said = content.get("page"), content.get("said")
        if not isinstance(page, str) or len(page) > _LONGEST_NAME or not isinstance(said, list):
            return None
        new: list[Said] = []
        with self._lock:
            upto = self._taken.pop(page, 0)
            for each in said:
                number = each.get("n") if isinstance(each, dict) else None
                if isinstance(number, int) and upto < number < _LARGEST_NUMBER:
                    upto = number
                    seen = (each.get("value"), each.get("lr"), str(each.get("label")))
                    new.append(Said(str(each.get("what")), *seen))
            self._taken[page] = upto  # at the end: the ones in front have been silent for longest
            while len(self._taken) > _PAGES:
                del self._taken[next(iter(self._taken))]
        return {"page": page, "upto": upto}, new
