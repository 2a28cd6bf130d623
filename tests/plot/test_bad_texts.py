"""Names that plotly could take for more than text."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrwidget.history import History
from lrwidget.plot.blank import blank
from lrwidget.plot.markup import as_text
from tests.bad_values import CHEAP, MARKUP

# What plotly 7 itself turns back into characters: numeric entities, and these.
KNOWN = {"mu", "amp", "lt", "gt", "nbsp", "times", "plusmn", "deg"}


@CHEAP
@given(st.sampled_from(MARKUP) | st.text(alphabet="&<>$%{}lt;gtamp#36x", max_size=12) | st.text())
def test_a_text_is_only_text_and_reads_as_it_was(text: str) -> None:
    written = as_text(text, 1000)
    assert not re.search(r"[<>$%]", written)
    assert set(re.findall(r"&(?!#\d+;)([^;]*);?", written)) <= KNOWN
    assert all(character.isprintable() or ord(character) > 0x9F for character in written)
    if text.isprintable() and len(text) <= 1000:
        assert html.unescape(written) == " ".join(text.split())


@pytest.mark.parametrize("name", MARKUP)
def test_a_metric_of_any_name_can_be_drawn(name: str) -> None:
    fig = blank(1e-7, 10.0, metric_name=name)
    assert fig["layout"]["annotations"][-1]["text"] == f"<b>{as_text(name)}</b>"
    assert re.findall(r"%\{[^}]*\}|<[^>]*>", fig["data"][-2]["hovertemplate"]) == [
        "%{y:.4g}",
        "<extra>",
        "</extra>",
    ]
    lr = np.logspace(-6, 0, 30)
    drawn = History(lr, lr, metric=lr, metric_name=name).figure().to_json()
    assert "<script" not in drawn
    assert "onerror=" not in drawn or "&lt;img" in drawn


def test_signs_that_plotly_knows_no_name_of_stay_as_they_are() -> None:
    assert as_text('the "best" one\'s') == 'the "best" one\'s'
