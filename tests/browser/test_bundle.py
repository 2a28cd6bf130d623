"""The plotly.js that a page gets is plotly's own, but for what makes it load sooner."""

from __future__ import annotations

import gzip
from importlib.resources import files

import pytest

from lrwidget.plot.bundle import compiled_at_once, plotly_js, scatter_alone


def test_two_parentheses_are_added_and_other_traces_left_out() -> None:
    original = (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    shorter = scatter_alone(original)
    assert b".register([])" in shorter
    assert len(original) - 1000 < len(shorter) < len(original)
    sent = gzip.decompress(plotly_js())
    assert sent.replace(b"this, (() => {", b"this, () => {", 1)[:-4] == shorter.rstrip()[:-3]
    assert len(sent) == len(shorter.rstrip()) + 2


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
    assert scatter_alone(script) == script


def test_two_lists_of_traces_are_one_too_many_to_be_sure() -> None:
    script = b"core.register([" + b",".join(b"a%d()" % i for i in range(30)) + b"]);"
    assert scatter_alone(script) == b"core.register([]);"
    assert scatter_alone(2 * script) == 2 * script
