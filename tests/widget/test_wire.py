"""What pages say: taken once, in order, one at a time, answered; whatever the network does with it."""

from __future__ import annotations

import random
import threading
import time
from typing import Any

import pytest

from lrwidget.widget.wire import Refused, Said, Wire


class Kernel:
    """Obeys whatever is said, and remembers it."""

    def __init__(self, slow: float = 0.0) -> None:
        self.done: list[Any] = []
        self.sent: list[dict[str, Any]] = []
        self.at_work = 0
        self._slow = slow
        self.wire = Wire(self.obey, self.sent.append)

    def obey(self, said: Said) -> object:
        self.at_work += 1
        assert self.at_work == 1, "two commands at once"
        time.sleep(self._slow)
        self.done.append((said.page, said.args.get("value")))
        self.at_work -= 1
        if said.name == "refuse":
            raise Refused("no")
        return said.args.get("answer")

    def upto(self, page: str) -> list[int]:
        return [each["upto"] for each in self.sent if each.get("page") == page]


def said(number: Any, value: Any = None, name: str = "do", **args: Any) -> dict[str, Any]:
    return {"n": number, "name": name, "args": {"value": value, **args}, "seen": {}}


def message(*what: Any, page: str = "a") -> dict[str, Any]:
    return {"page": page, "said": list(what)}


def test_what_a_page_repeats_is_done_once_and_in_order() -> None:
    kernel = Kernel()
    kernel.wire.hear(message(said(1, 0.1), said(2, "accept")))
    kernel.wire.hear(message(said(1, 0.1)))  # was on its way by another shell
    kernel.wire.hear(message(said(1, 0.1), said(2, "accept"), said(4, 0.2)))
    kernel.wire.hear(message(said(3, 0.3)))  # outdated, before it could arrive
    assert [value for _, value in kernel.done] == [0.1, "accept", 0.2]
    assert kernel.upto("a")[-1] == 4
    kernel.wire.hear(message(said(1, 0.5), page="b"))
    assert kernel.done[-1] == ("b", 0.5), "each page counts for itself"


def test_an_answer_says_what_came_of_each_and_is_repeated() -> None:
    kernel = Kernel()
    kernel.wire.hear(message(said(1), said(2, name="refuse"), said(3, answer={"text": "..."})))
    before = kernel.sent[-1]
    assert before["answers"] == [
        {"n": 1, "done": True, "why": None},
        {"n": 2, "done": False, "why": "no"},
        {"n": 3, "done": True, "why": None, "value": {"text": "..."}},
    ]
    kernel.wire.hear(message(said(1), said(2, name="refuse")))  # the answer was lost
    assert kernel.sent[-1] == before
    assert len(kernel.done) == 3


@pytest.mark.parametrize("seed", range(20))
def test_messages_delayed_doubled_and_reordered_by_several_threads(seed: int) -> None:
    draw = random.Random(seed)
    kernel = Kernel(slow=2e-4)
    messages = []
    for page in "abc":
        # Nothing is answered yet, so each message has all that was said before.
        messages += [message(*(said(n, n) for n in range(1, last + 1)), page=page) for last in range(1, 13)]
    messages += draw.choices(messages, k=10)
    draw.shuffle(messages)
    threads = [
        threading.Thread(target=lambda part=part: [kernel.wire.hear(each) for each in part])
        for part in (messages[0::3], messages[1::3], messages[2::3])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for page in "abc":
        numbers = [value for name, value in kernel.done if name == page]
        assert numbers == list(range(1, 13)), "once each, in order"
        assert kernel.upto(page)[-1] == max(kernel.upto(page)) == 12


def test_a_command_that_takes_its_time_keeps_nobody_waiting() -> None:
    kernel = Kernel(slow=0.3)
    slow = threading.Thread(target=kernel.wire.hear, args=(message(said(1)),))
    slow.start()
    time.sleep(0.05)
    began = time.monotonic()
    kernel.wire.hear(message(said(1), said(2)))
    assert time.monotonic() - began < 0.2
    assert kernel.wire.connected
    slow.join()
    assert len(kernel.done) == 2, "the first thread does what came meanwhile"
    assert kernel.upto("a")[-1] == 2


def test_an_interrupt_in_a_command_is_an_answer_too() -> None:
    sent: list[dict[str, Any]] = []

    def obey(each: Said) -> object:
        if each.number == 1:
            raise KeyboardInterrupt
        return None

    wire = Wire(obey, sent.append)
    with pytest.raises(KeyboardInterrupt):
        wire.hear(message(said(1)))
    wire.hear(message(said(1)))
    assert sent[-1]["upto"] == 1
    assert sent[-1]["answers"][0]["done"] is False
    wire.hear(message(said(2)))
    assert sent[-1]["upto"] == 2


def test_a_call_is_answered_by_any_page_that_says_anything() -> None:
    kernel = Kernel()
    assert kernel.wire.unanswered == 0
    kernel.wire.call()
    assert kernel.sent == [{"kind": "call"}]
    assert kernel.wire.unanswered > 0
    assert not kernel.wire.connected
    kernel.wire.hear(message())
    assert kernel.wire.unanswered == 0
    assert kernel.wire.connected


@pytest.mark.parametrize(
    "content",
    [
        5,
        {},
        {"page": "a"},
        {"page": "a", "said": 5},
        {"page": ["a"], "said": [said(1)]},
        {"page": "a" * 100, "said": [said(1)]},
        message(5),
        message(said("1")),
        message({"n": None}),
        message(said(2**60)),
        message(said(0), said(-1)),
        message(said(1.5)),
    ],
)
def test_what_no_page_of_ours_says_is_nothing(content: Any) -> None:
    kernel = Kernel()
    kernel.wire.hear(content)
    assert kernel.done == []


def test_of_very_many_pages_the_newest_are_remembered() -> None:
    kernel = Kernel()
    for number in range(1000):
        kernel.wire.hear(message(said(1), page=str(number)))
    assert len(kernel.wire._pages) < 100
    kernel.wire.hear(message(said(1), page="999"))
    assert len(kernel.done) == 1000
