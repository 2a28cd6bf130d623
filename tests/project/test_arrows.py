"""Arrows between the rooms point down only, and each room knows only the libraries it is for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.project.files import PACKAGE, ROOT, Import, imports

# Room: the rooms it may import. `errors` and its own room are open to every room.
ROOMS = {
    "errors": set(),
    "core": set(),
    "engine": {"core"},
    "plot": {"core"},
    "widget": {"core", "engine", "plot"},
    "compat": {"core", "engine", "plot", "widget"},
    "integrations": {"core", "engine", "plot", "widget", "compat"},
    "__init__": {"core", "engine", "plot", "widget", "compat"},
}
# The one call upwards: `History.figure()` is where people look for the figure. It is made when it is called.
UPWARD = ("core/history.py", "lrwidget.plot.figure")

FORBIDDEN = {
    "errors": {"numpy", "torch", "plotly", "ipywidgets", "anywidget", "traitlets", "IPython"},
    "core": {"torch", "plotly", "ipywidgets", "anywidget", "traitlets", "IPython", "matplotlib"},
    "engine": {"plotly", "ipywidgets", "anywidget", "IPython", "matplotlib", "pandas"},
    "plot": {"torch", "matplotlib", "pandas"},
    "widget": {"matplotlib", "pandas"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room(module: Path | str) -> str:
    """Room of a file of the package, or of a dotted name that begins with ``lrwidget``."""
    if isinstance(module, Path):
        return module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return [*module.split("."), "__init__"][1]


def described(path: Path, found: Import) -> str:
    return f"{path.relative_to(ROOT)}:{found.line} imports {found.module}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_arrows_point_down(path: Path) -> None:
    here = room(path)
    assert here in ROOMS, f"{path.relative_to(ROOT)}: a new room; say in ROOMS what it may import"
    allowed = ROOMS[here] | {here, "errors"}
    wrong = []
    for found in imports(path):
        if found.module.split(".")[0] != "lrwidget" or room(found.module) in allowed:
            continue
        if (path.relative_to(PACKAGE).as_posix(), found.module) == UPWARD and found.lazy:
            continue
        wrong.append(described(path, found))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_rooms_know_only_their_libraries(path: Path) -> None:
    forbidden = FORBIDDEN.get(room(path), set())
    wrong = [
        described(path, found)
        for found in imports(path)
        if found.module.split(".")[0] in forbidden and not found.for_types_only
    ]
    assert not wrong, "\n".join(wrong)


def test_core_is_the_standard_library_and_numpy() -> None:
    known = sys.stdlib_module_names | {"numpy", "lrwidget"}
    strangers = [
        described(path, found)
        for path in (PACKAGE / "core").rglob("*.py")
        for found in imports(path)
        if found.module.split(".")[0] not in known and not (found.lazy or found.for_types_only)
    ]
    assert not strangers, "\n".join(strangers)


def test_the_check_sees_every_kind_of_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.project.files.ROOT", tmp_path)
    path = tmp_path / "lrwidget" / "core" / "sample.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "import numpy as np\nfrom .. import engine\nfrom ..plot.figure import figure\nfrom . import picks\n"
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import plotly\n"
        "def late():\n    import pandas\n    importlib.import_module('lrwidget.widget')\n"
    )
    found = {(each.module, each.lazy, each.for_types_only) for each in imports(path)}
    assert found == {
        ("numpy", False, False),
        ("lrwidget.engine", False, False),
        ("lrwidget.plot.figure.figure", False, False),
        ("lrwidget.core.picks", False, False),
        ("typing.TYPE_CHECKING", False, False),
        ("plotly", False, True),
        ("pandas", True, False),
        ("lrwidget.widget", True, False),
    }
