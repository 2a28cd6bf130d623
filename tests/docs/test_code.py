"""All code that documents and docstrings show runs, in the order of its page, for somebody who has a model.

What needs fastai runs in tests/fastai, and what is a test in the browser in tests/browser.
"""

from __future__ import annotations

import re
import shlex
import traceback
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from lrwidget import LRWidget
from tests.docs.given import CHAPTERS, FILES, usual
from tests.docs.pages import Block, answers, blocks, docstring_blocks, fenced, pages
from tests.docs.person import try_out
from tests.integrations.lightning_world import WARNINGS
from tests.project.files import ROOT

BROWSER = "CONTRIBUTING.md"
PAGES = [path for path in pages() if blocks(path) and path.name != BROWSER]
DOCSTRINGS = [block for block in docstring_blocks() if not block.wants_fastai]

pytestmark = [
    *WARNINGS,
    # What ignite's and Lightning's own finders say.
    pytest.mark.filterwarnings("ignore:Run completed without loss diverging"),
    pytest.mark.filterwarnings("ignore:Starting from v1.9.0, `tensorboardX`"),
]


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files go into a folder of their own, and no window opens."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setattr("matplotlib.pyplot.show", lambda *_, **__: None)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_what_a_page_shows_runs(path: Path, tmp_path: Path) -> None:
    names, heading = usual(tmp_path), None
    for block in blocks(path):
        if block.heading != heading:
            heading = block.heading
            chapter = CHAPTERS.get((path.name, heading))
            names |= chapter(tmp_path) if chapter else {}
        if not block.wants_fastai:
            try_out(block, names)


@pytest.mark.parametrize("block", DOCSTRINGS, ids=str)
def test_what_a_docstring_shows_runs(block: Block, tmp_path: Path) -> None:
    given = FILES.get(block.page, lambda _: {})(tmp_path)
    try_out(block, {**vars(module_of(block.page)), **usual(tmp_path), **given})


@pytest.mark.parametrize(("page", "asked", "answered"), list(answers()))
def test_a_docstring_answers_what_python_does(page: str, asked: str, answered: str) -> None:
    assert repr(eval(asked, dict(vars(module_of(page))))) == answered


def module_of(page: str) -> ModuleType:
    return import_module(".".join(Path(page).with_suffix("").parts).removesuffix(".__init__"))


def test_in_marimo_the_accepted_rate_is_carried_over(tmp_path: Path) -> None:
    names = usual(tmp_path)
    for block in blocks(ROOT / "docs" / "hosts.md"):
        if block.heading == "marimo":
            names = names if "get_rate" in block.code else names | CHAPTERS["hosts.md", "marimo"](tmp_path)
            try_out(block, names)
    names["w"].accept(0.02)
    assert names["get_rate"]() == 0.02


def test_in_solara_the_page_makes_a_widget(tmp_path: Path) -> None:
    names = CHAPTERS["hosts.md", "Solara"](tmp_path)
    shown: list[object] = []
    names["solara"].display = shown.append
    (block,) = (block for block in blocks(ROOT / "docs" / "hosts.md") if block.heading == "Solara")
    try_out(block, names)
    names["Page"]()
    (widget,) = shown
    assert isinstance(widget, LRWidget)


# -- that nothing is left out --------------------------------------------------------------------------------


def test_every_chapter_is_a_heading_with_code() -> None:
    there = {(path.name, block.heading) for path in PAGES for block in blocks(path)}
    assert CHAPTERS.keys() <= there
    assert FILES.keys() <= {block.page for block in DOCSTRINGS}


def test_there_is_code_to_run() -> None:
    counts = {path.name: len(blocks(path)) for path in pages()}
    assert counts["README.md"] >= 7
    assert counts["migration.md"] >= 20
    assert counts["reading-curves.md"] >= 10
    assert len(DOCSTRINGS) >= 10


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_every_block_says_its_language_and_is_found(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = list(fenced(path.name, text))
    assert 2 * len(found) == len(re.findall(r"^ *```", text, re.MULTILINE)), (
        "a block is indented, or not closed"
    )
    assert {block.language for block in found} <= {"python", "sh", ""}


def test_a_block_that_fails_is_told_with_its_page_and_line(tmp_path: Path) -> None:
    text = (
        "# One\n\n```python\nx = 1\n```\n\n## Two\n\nWords.\n\n```python\n# a comment\ny = x + nothing\n```\n"
    )
    first, second = fenced("page.md", text)
    assert (first.heading, second.heading, second.line) == ("One", "Two", 12)
    names: dict[str, object] = {}
    try_out(first, names)
    with pytest.raises(NameError) as caught:
        try_out(second, names)
    where = traceback.extract_tb(caught.tb)[-1]
    assert (where.filename, where.lineno) == ("page.md", 13)


# -- commands ------------------------------------------------------------------------------------------------

COMMANDS = [
    (path.name, line.strip())
    for path in pages()
    for block in blocks(path, "sh")
    for line in block.code.splitlines()
    if line.strip()
]


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_a_command_is_there(page: str, line: str) -> None:
    first, *rest = shlex.split(line, comments=True)
    if first == "make":
        assert f"\n{rest[0]}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    elif first.endswith("python"):
        assert rest[0] == "-m"
        assert find_spec(rest[1]), rest[1]
    else:
        assert first == "pip"
    for name in re.findall(r"\btests/[\w/.]+", line):
        assert (ROOT / name).exists(), name
