"""What the documents show is Python; every name of the package in it exists, and takes what it is given."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from lrwidget import LRWidget
from lrwidget.engine.options import Options
from tests.project.files import ROOT, tracked

PAGES = [path for path in tracked() if path.suffix == ".md" and path.parent in {ROOT, ROOT / "docs"}]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DOTTED = re.compile(r"\blrwidget(?:\.\w+)+")
LINK = re.compile(r"\]\(([^)\s:]+)\)")
#: What a function with ``**settings`` hands on.
PASSED_ON = {*inspect.signature(LRWidget).parameters, *Options.__annotations__}


def blocks(text: str) -> list[str]:
    return BLOCK.findall(text)


def found(dotted: str) -> Any:
    """What a dotted name stands for; AttributeError or ImportError when there is no such thing."""
    first, *rest = dotted.split(".")
    value, path = import_module(first), first
    for name in rest:
        path = f"{path}.{name}"
        value = getattr(value, name) if hasattr(value, name) else import_module(path)
    return value


def missing(text: str) -> Iterator[str]:
    """Yield what a page says of the package that is not so."""
    for dotted in DOTTED.findall(text):
        yield from _trouble(dotted, lambda dotted=dotted: found(dotted))
    for block in blocks(text):
        tree = ast.parse(block)
        known: dict[str, Any] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "lrwidget":
                for alias in node.names:
                    dotted = f"{node.module}.{alias.name}"
                    yield from _trouble(dotted, lambda dotted=dotted: found(dotted))
                    known[alias.asname or alias.name] = dotted
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in known
            ):
                dotted = f"{known[node.value.id]}.{node.attr}"
                yield from _trouble(dotted, lambda dotted=dotted: found(dotted))
            if isinstance(node, ast.Call):
                yield from _refused(node, known)


def _trouble(what: str, look: Any) -> Iterator[str]:
    try:
        look()
    except (AttributeError, ImportError) as error:
        yield f"{what}: {error}"


def _refused(call: ast.Call, known: dict[str, str]) -> Iterator[str]:
    """Yield the keywords of a call of the package's that it does not take."""
    first, *rest = ast.unparse(call.func).split(".")
    if first not in known or not first.isidentifier():
        return
    dotted = ".".join((known[first], *rest))
    try:
        parameters = inspect.signature(found(dotted)).parameters.values()
    except (AttributeError, ImportError):
        return  # said already
    taken = {parameter.name for parameter in parameters}
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        taken |= PASSED_ON
    yield from (f"{dotted}({word.arg}=...)" for word in call.keywords if word.arg and word.arg not in taken)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_blocks_are_python(path: Path) -> None:
    for block in blocks(path.read_text(encoding="utf-8")):
        compile(block, path.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_names_of_the_package_exist(path: Path) -> None:
    wrong = list(missing(path.read_text(encoding="utf-8")))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    assert [link for link in LINK.findall(path.read_text(encoding="utf-8")) if not leads(path, link)] == []


def leads(path: Path, link: str) -> bool:
    """Whether a link on a page leads to a file, and to a heading of it if it names one."""
    name, _, anchor = link.partition("#")
    target = path.parent / name if name else path
    return target.exists() and (not anchor or anchor in anchors(target.read_text(encoding="utf-8")))


def anchors(text: str) -> set[str]:
    titles = [line.lstrip("#").strip().lower() for line in text.splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def test_there_are_blocks_to_check() -> None:
    counts = {path.name: len(blocks(path.read_text(encoding="utf-8"))) for path in PAGES}
    assert counts["README.md"] >= 3
    assert counts["migration.md"] >= 15


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("from lrwidget import Nothing", "lrwidget.Nothing: "),
        ("from lrwidget.nowhere import widget", "lrwidget.nowhere: "),
        ("from lrwidget import History\nHistory.from_nowhere(1)", "lrwidget.History.from_nowhere: "),
        ("from lrwidget import LRWidget\nLRWidget(m, o, c, d, num_it=1)", "lrwidget.LRWidget(num_it=...)"),
        ("import lrwidget\nlrwidget.widgets.LRWidget", "lrwidget.widgets.LRWidget: "),
    ],
)
def test_the_check_sees(code: str, said: str) -> None:
    wrong = list(missing(f"```python\n{code}\n```\n"))
    assert wrong
    assert wrong[0].startswith(said)


def test_the_check_lets_pass() -> None:
    code = "from lrwidget import RangeTest\nRangeTest(m, o, c, d, end_lr=1, metric=f, redraw_val=True)"
    assert list(missing(f"```python\n{code}\n```\n")) == []
