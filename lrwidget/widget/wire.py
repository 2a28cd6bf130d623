"""What pages say: each command taken once, in order, one at a time; and answered.

A page numbers what it says and repeats all that has not been answered in each message; see ``front/wire.js``.
Messages may come late, twice, and by several threads: those that wait for a cell on the main shell, and
those that overtake them on a subshell. What has a number that was taken before is not new. Commands of all
pages are obeyed one after the other, by whichever thread came first while there is something to do; nobody
waits for it, and no lock is held meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Refused", "Said", "Wire"]

#: Pages that are remembered: the newest ones. A page lives from one load to the next.
_PAGES: Final = 64
#: Answers that are kept of each page, in case they were lost.
_ANSWERS: Final = 64
_LONGEST_NAME: Final = 64
_LARGEST_NUMBER: Final = 2**53


class Refused(Exception):  # noqa: N818 - no error of the program: an answer
    """A command that was not obeyed, and why."""


@dataclass(frozen=True)
class Said:
    """One command of a page. Nothing in it can be relied on: a page may send anything.

    Attributes
    ----------
    page : str
        Which page.
    number : int
        The command's number there.
    name : str
        What is to be done.
    args, seen : dict
        With what; and what the page showed then: see ``front/types.d.ts``.
    """

    page: str
    number: int
    name: str
    args: dict[str, Any]
    seen: dict[str, Any]


@dataclass
class _Heard:
    """How far one page has been heard, and answered."""

    taken: int = 0
    done: int = 0
    answers: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_ANSWERS))


class Wire:
    """Hears all pages of one widget. Safe to use from several threads.

    Parameters
    ----------
    obey : callable
        Does what was said, and returns what is to be answered besides, or raises :class:`Refused`.
    send : callable
        Sends a message to all pages.
    """

    def __init__(self, obey: Callable[[Said], object], send: Callable[[dict[str, Any]], None]) -> None:
        self._obey = obey
        self._send = send
        self._lock = threading.Lock()
        self._pages: dict[str, _Heard] = {}
        self._waiting: deque[Said] = deque()
        self._obeying = False
        self._called = self._heard = -float("inf")

    # -- whether anybody is there ------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether a page has been heard, ever."""
        return self._heard > -float("inf")

    def call(self) -> None:
        """Ask all pages for a sign; what they have said and this kernel has not heard comes with it."""
        self._called = time.monotonic()
        self._send({"kind": "call"})

    @property
    def unanswered(self) -> float:
        """Seconds since :meth:`call`, in which no page was heard; 0 when one was, or none was called."""
        return 0.0 if self._heard >= self._called else time.monotonic() - self._called

    # -- what they say -----------------------------------------------------------------------------

    def hear(self, content: object) -> bool:
        """Obey what is new in a message, and answer it; False when no page of ours would send it."""
        page = self._take(content)
        if page is None:
            return False
        if not self._obey_all():
            self._answer(page)  # nothing new, or another thread is at it
        return True

    def _take(self, content: object) -> str | None:
        """Put what is new in a message behind what waits; return the page's name."""
        if not isinstance(content, dict):
            return None
        page, said = content.get("page"), content.get("said")
        if not isinstance(page, str) or len(page) > _LONGEST_NAME or not isinstance(said, list):
            return None
        with self._lock:
            self._heard = time.monotonic()
            heard = self._pages.pop(page, None) or _Heard()
            for each in said:
                number = each.get("n") if isinstance(each, dict) else None
                if isinstance(number, int) and heard.taken < number < _LARGEST_NUMBER:
                    heard.taken = number
                    parts = (each.get("args"), each.get("seen"))
                    args, seen = (part if isinstance(part, dict) else {} for part in parts)
                    self._waiting.append(Said(page, number, str(each.get("name")), args, seen))
            self._pages[page] = heard  # at the end: the ones in front have been silent for longest
            while len(self._pages) > _PAGES:
                del self._pages[next(iter(self._pages))]
        return page

    def _obey_all(self) -> bool:
        """Do all that waits, unless another thread is at it; return whether there was anything."""
        did = False
        while True:
            with self._lock:
                if self._obeying or not self._waiting:
                    return did
                self._obeying = True
                said = self._waiting.popleft()
            did = True
            # What ends the program, or interrupts it here, is not heard again: the page must not wait for it.
            answer: dict[str, Any] = {"n": said.number, "done": False, "why": "It was interrupted."}
            try:
                answer = self._answer_to(said)
            finally:
                with self._lock:
                    self._obeying = False
                    heard = self._pages.get(said.page)
                    if heard is not None:
                        heard.done = said.number
                        heard.answers.append(answer)
            self._answer(said.page)

    def _answer_to(self, said: Said) -> dict[str, Any]:
        answer: dict[str, Any] = {"n": said.number, "done": True, "why": None}
        try:
            value = self._obey(said)
        except Refused as refused:
            return answer | {"done": False, "why": str(refused)}
        return answer if value is None else answer | {"value": value}

    def _answer(self, page: str) -> None:
        """Say how far a page has been obeyed, with the answers that it may have missed."""
        with self._lock:
            heard = self._pages.get(page)
            if heard is None:
                return
            message = {"kind": "answer", "page": page, "upto": heard.done, "answers": list(heard.answers)}
        self._send(message)
