"""The live plot's side in the kernel, played without a page."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import pytest

from lrwidget.plot.live import LivePlot

HELLO = {"page": "a page", "said": [{"n": 1, "what": "hello"}]}
PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def say(plot: LivePlot, content: Any) -> None:
    """Send the plot a message, as a page does."""
    data = {"method": "custom", "content": content}
    plot.comm.handle_msg({"content": {"data": data}, "buffers": [], "header": {}})


def test_the_same_picture_asked_for_again_arrives_again() -> None:
    plot = LivePlot(1e-7, 10.0)
    for _ in range(2):
        plot.picture = None
        plot.request_picture()
        say(plot, {"picture": PNG, "of": plot._wanted_picture})
        assert plot.picture == b"\x89PNG\r\n\x1a\n"
    plot.close()


def test_what_is_no_picture_is_not_taken_for_one() -> None:
    plot = LivePlot(1e-7, 10.0)
    plot.request_picture()
    for picture in ("javascript:alert(1)", PNG[:-8], None, 5):
        say(plot, {"picture": picture, "of": 1})
        assert plot.picture is None
    plot.close()


def test_a_picture_of_what_is_no_longer_there_comes_too_late() -> None:
    plot = LivePlot(1e-7, 10.0)
    say(plot, {"picture": PNG, "of": 0})
    assert plot.picture is None, "nobody has asked for it"
    plot.request_picture()
    plot.begin(1e-7, 10.0)
    say(plot, {"picture": PNG, "of": 1})
    assert plot.picture is None, "it shows the sweep before"
    plot.request_picture()
    say(plot, {"picture": PNG, "of": 1})
    assert plot.picture is None
    say(plot, {"picture": PNG, "of": 2})
    assert plot.picture is not None
    plot.close()


def test_plotly_follows_a_display_or_a_page_whichever_comes_first() -> None:
    for send in (LivePlot.send_plotly, lambda plot: say(plot, HELLO)):
        plot = LivePlot(1e-7, 10.0)
        assert plot.get_state("_plotly_js") == {"_plotly_js": b""}  # the controls do not wait for it
        send(plot)
        assert gzip.decompress(plot.get_state("_plotly_js")["_plotly_js"]).startswith(b"/**")
        plot.close()


class Answers:
    """What a plot sends, as messages of its own."""

    def __init__(self, plot: LivePlot) -> None:
        self.plot, self.sent = plot, []
        plot.send = lambda content, buffers=None: self.sent.append(content)  # type: ignore[method-assign]

    @property
    def upto(self) -> list[int]:
        return [each["upto"] for each in self.sent if "upto" in each]


def rate(number: int, lr: float) -> dict[str, Any]:
    return {"n": number, "what": "lr", "value": lr}


def test_what_a_page_repeats_is_done_once_and_in_order() -> None:
    plot = LivePlot(1e-7, 10.0)
    answers, done = Answers(plot), []
    plot.observe(lambda change: done.append(change["new"]), "lr")
    plot.on_press(lambda said: done.append((said.value, said.lr)))
    press = {"n": 2, "what": "press", "value": "accept", "lr": 0.1}
    say(plot, {"page": "a", "said": [rate(1, 0.1), press]})
    say(plot, {"page": "a", "said": [rate(1, 0.1)]})  # was on its way by another shell
    say(plot, {"page": "a", "said": [rate(1, 0.1), press, rate(4, 0.2)]})
    say(plot, {"page": "a", "said": [rate(3, 0.3)]})  # outdated, before it could arrive
    assert done == [0.1, ("accept", 0.1), 0.2]
    assert answers.upto == [2, 2, 4, 4]
    say(plot, {"page": "b", "said": [rate(1, 0.5)]})
    assert done[-1] == 0.5, "each page counts for itself"
    plot.close()


def test_a_call_is_answered_by_any_page_that_says_anything() -> None:
    plot = LivePlot(1e-7, 10.0)
    answers = Answers(plot)
    assert plot.unanswered == 0
    plot.call()
    assert answers.sent == [{"call": True}]
    assert plot.unanswered > 0
    assert not plot.connected
    say(plot, {"page": "a", "said": []})
    assert plot.unanswered == 0
    assert plot.connected
    plot.close()


@pytest.mark.parametrize(
    "said",
    [
        5,
        [5],
        [{"n": "1", "what": "lr", "value": 0.1}],
        [{"n": None}],
        [rate(1, "fast"), rate(2, [])],  # type: ignore[arg-type]
        [{"n": 1, "what": "bounds", "value": [0.1, "x"]}],
        [{"n": 2**60, "what": "lr", "value": 0.1}],
    ],
)
def test_what_no_page_of_ours_says_changes_nothing(said: Any) -> None:
    plot = LivePlot(1e-7, 10.0)
    before = plot.get_state()
    say(plot, {"page": "a", "said": said})
    say(plot, {"page": ["a"], "said": [rate(1, 0.1)]})
    say(plot, {"page": "a" * 100, "said": [rate(1, 0.1)]})
    assert plot.get_state() == before
    plot.close()


def test_of_very_many_pages_the_newest_are_remembered() -> None:
    plot = LivePlot(1e-7, 10.0)
    seen: list[float] = []
    plot.observe(lambda change: seen.append(change["new"]), "lr")
    for number in range(1000):
        say(plot, {"page": str(number), "said": [rate(1, 0.1 + number)]})
    assert len(plot._pages._taken) < 100
    say(plot, {"page": "999", "said": [rate(1, 0.1)]})
    assert len(seen) == 1000
    plot.close()
