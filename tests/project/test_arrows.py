"""Arrows between the rooms point down only, and each room knows only the libraries it is for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.project.files import PACKAGE, ROOT, Import, imports

# Room: the rooms it may import. `errors`, `_text`, `_validate` and its own room are open to every room.
_PURE = {"curves", "picks", "history"}
ROOMS = {
    "errors": set(),
    "_text": set(),
    "_validate": set(),
    "curves": set(),
    "picks": {"curves"},
    "history": {"curves", "picks"},
    "engine": _PURE,
    "plot": _PURE,
    "widget": _PURE | {"engine", "plot"},
    "compat": _PURE | {"engine", "plot", "widget"},
    "integrations": _PURE | {"engine", "plot", "widget", "compat"},
    "__init__": _PURE | {"engine", "plot", "widget", "compat"},
}
OPEN = {"errors", "_text", "_validate"}
# The calls upwards: `History.figure()` and `Runs.figure()` are where people look for the figure. They are
# made when they are called.
UPWARD = {
    "history/record.py": "lrwidget.plot.static_figure",
    "history/runs.py": "lrwidget.plot.runs_figure",
}

_NO_TORCH = {"torch", "plotly", "ipywidgets", "anywidget", "traitlets", "IPython", "matplotlib"}
FORBIDDEN = {
    "errors": {"numpy", *_NO_TORCH},
    "_text": {"numpy", *_NO_TORCH},
    "_validate": _NO_TORCH,
    "curves": _NO_TORCH,
    "picks": _NO_TORCH,
    "history": _NO_TORCH,
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
    allowed = ROOMS[here] | {here} | OPEN
    wrong = []
    for found in imports(path):
        if found.module.split(".")[0] != "lrwidget" or room(found.module) in allowed:
            continue
        if UPWARD.get(path.relative_to(PACKAGE).as_posix()) == found.module and found.lazy:
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


def test_the_pure_rooms_are_the_standard_library_and_numpy() -> None:
    known = sys.stdlib_module_names | {"numpy", "lrwidget"}
    strangers = [
        described(path, found)
        for name in ("curves", "picks", "history")
        for path in (PACKAGE / name).rglob("*.py")
        for found in imports(path)
        if found.module.split(".")[0] not in known and not (found.lazy or found.for_types_only)
    ]
    assert not strangers, "\n".join(strangers)


def test_no_circles_between_files() -> None:
    """Also of imports that are made late, or for types only: what needs each other belongs together."""
    names = {module_name(path): path for path in MODULES}
    arrows = {
        name: {
            target
            for found in imports(path)
            if not (found.lazy and UPWARD.get(path.relative_to(PACKAGE).as_posix()) == found.module)
            if (target := known_module(found.module, names)) and target != name
            # A room's door hands on what its files hold: they do not import the door.
            if not target.count(".") < 2
        }
        for name, path in names.items()
        if path.name != "__init__.py"
    }
    assert circle_in(arrows) is None


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


def known_module(name: str, names: dict[str, Path]) -> str | None:
    """The module that an import names: itself, or what holds the name imported."""
    return next((one for one in (name, name.rpartition(".")[0]) if one in names), None)


def circle_in(arrows: dict[str, set[str]]) -> list[str] | None:
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str] | None:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return None
        for target in sorted(arrows.get(name, ())):
            if found := walk(target, [*way, name]):
                return found
        done.add(name)
        return None

    return next((found for name in sorted(arrows) if (found := walk(name, []))), None)


def test_the_check_sees_circles() -> None:
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert circle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None


def test_the_check_sees_every_kind_of_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.project.files.ROOT", tmp_path)
    path = tmp_path / "lrwidget" / "picks" / "sample.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "import numpy as np\nfrom .. import engine\nfrom ..plot.static_figure import figure\n"
        "from . import pick\n"
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import plotly\n"
        "def late():\n    import pandas\n    importlib.import_module('lrwidget.widget')\n"
    )
    found = {(each.module, each.lazy, each.for_types_only) for each in imports(path)}
    assert found == {
        ("numpy", False, False),
        ("lrwidget.engine", False, False),
        ("lrwidget.plot.static_figure.figure", False, False),
        ("lrwidget.picks.pick", False, False),
        ("typing.TYPE_CHECKING", False, False),
        ("plotly", False, True),
        ("pandas", True, False),
        ("lrwidget.widget", True, False),
    }
