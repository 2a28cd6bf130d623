"""The plotly.js that a page gets is plotly's own, but for two parentheses."""

from __future__ import annotations

import gzip
from importlib.resources import files

import pytest

from lrwidget.plot.bundle import compiled_at_once, plotly_js


def test_only_two_parentheses_are_added() -> None:
    original = (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    sent = gzip.decompress(plotly_js())
    assert sent.replace(b"this, (() => {", b"this, () => {", 1)[:-4] == original.rstrip()[:-3]
    assert len(sent) == len(original.rstrip()) + 2


@pytest.mark.parametrize(
    "script",
    [
        b"var Plotly = {};",
        b"(function (root, factory) {}(this, () => {return 1;}), 2);",
        b" " * 2000 + b"(this, () => {return 1;}));",
    ],
)
def test_another_script_stays_as_it_is(script: bytes) -> None:
    assert compiled_at_once(script) == script
