"""The reference has a place for every public name; `make docs` resolves it all, and is what CI runs."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

import lrwidget
from tests.project.files import ROOT

FOLDER = ROOT / "docs" / "reference"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.rst")}
NAMED = [
    (kind, dotted)
    for text in PAGES.values()
    for kind, dotted in re.findall(r"^\.\. (?:py:)?(auto\w+|class):: (\S+)$", text, re.MULTILINE)
]


def found(kind: str, dotted: str) -> object:
    if kind == "automodule":
        return import_module(dotted)
    room, _, name = dotted.rpartition(".")
    return getattr(import_module(room), name)


@pytest.mark.parametrize(("kind", "dotted"), NAMED)
def test_what_it_names_is_there(kind: str, dotted: str) -> None:
    assert found(kind, dotted) is not None


def test_every_public_name_has_its_place_and_only_one() -> None:
    at_the_door = [dotted.removeprefix("lrwidget.") for _, dotted in NAMED if dotted.count(".") == 1]
    public = [name for name in lrwidget.__all__ if name not in lrwidget.errors.__all__]
    assert sorted(name for name in at_the_door if name != "errors") == sorted(public), (
        "name it in a page of docs/reference, as in `.. autoclass:: lrwidget.Name`"
    )
    assert ("automodule", "lrwidget.errors") in NAMED


def test_every_page_is_in_the_table_of_contents() -> None:
    listed = re.findall(r"^   ([\w-]+)$", PAGES["index"], re.MULTILINE)
    assert sorted(listed) == sorted(PAGES.keys() - {"index"})


def test_ci_makes_it() -> None:
    assert "make --no-print-directory docs" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
