"""`import lrwidget`: what it gives, and what it must not drag in."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lrwidget
from lrwidget import errors
from lrwidget.engine.options import Options
from lrwidget.engine.plan import Plan
from tests.project.files import PACKAGE

PROMISED = {"LRWidget", "RangeTest", "History", "LRFinder", "Settings", "Pick", "Bounds"}
OPTIONAL = {
    "accelerate",
    "fastai",
    "ignite",
    "jupyterlab",
    "keras",
    "lightning",
    "matplotlib",
    "pandas",
    "pytorch_lightning",
    "scipy",
    "sklearn",
    "torch_lr_finder",
    "torchvision",
    "transformers",
}


def _loaded_by(code: str) -> set[str]:
    code = f"import json, sys; {code}; print(json.dumps(sorted({{n.split('.')[0] for n in sys.modules}})))"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(json.loads(ran.stdout))


def test_no_matplotlib_and_no_optional_framework_is_loaded() -> None:
    loaded = _loaded_by("from lrwidget import *")
    assert {"lrwidget", "torch", "plotly", "ipywidgets"} <= loaded
    assert not loaded & OPTIONAL


def test_each_name_loads_no_more_than_it_needs() -> None:
    assert not _loaded_by("import lrwidget") & {"torch", "numpy", "plotly", "ipywidgets"}
    assert not _loaded_by("from lrwidget import History") & {"torch", "plotly", "ipywidgets"}
    assert not _loaded_by("from lrwidget import RangeTest") & {"plotly", "ipywidgets"}


def test_rooms_are_found_on_the_package_and_other_names_are_not() -> None:
    _loaded_by("import lrwidget; lrwidget.engine.RangeTest, lrwidget.plot.static_figure, lrwidget.LRFinder")
    assert {"LRWidget", "RangeTest", "__version__"} <= set(dir(lrwidget))
    with pytest.raises(AttributeError, match="no attribute 'LRWidgets'"):
        _ = lrwidget.LRWidgets


def test_the_door_gives_what_it_promises() -> None:
    assert set(lrwidget.__all__) >= PROMISED
    assert len(set(lrwidget.__all__)) == len(lrwidget.__all__)
    for name in lrwidget.__all__:
        assert inspect.getdoc(getattr(lrwidget, name)), f"lrwidget.{name} says nothing about itself"


def test_nothing_public_is_behind_the_door_by_accident() -> None:
    public = {
        name
        for name, value in vars(lrwidget).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert public - {"annotations"} <= set(lrwidget.__all__)


def _submodules(package: Path) -> list[str]:
    return [path.stem for path in package.glob("*.py") if path.stem != "__init__"] + [
        path.parent.name for path in package.glob("*/__init__.py")
    ]


@pytest.mark.parametrize(
    "package",
    sorted(path.parent for path in PACKAGE.rglob("__init__.py")),
    ids=lambda path: path.relative_to(PACKAGE.parent).as_posix(),
)
def test_no_module_is_hidden_behind_a_thing_of_its_name(package: Path) -> None:
    # In a fresh interpreter, where nothing has been imported in another order.
    name = ".".join(package.relative_to(PACKAGE.parent).parts)
    names = _submodules(package)
    code = (
        f"import importlib, sys; package = importlib.import_module({name!r})\n"
        f"for name in {names!r}:\n"
        "    try: module = importlib.import_module(package.__name__ + '.' + name)\n"
        "    except ImportError: module = None\n"  # of a framework that is not installed
        "    held = vars(package).get(name, module)\n"
        "    if held is not module: print(name)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.split() == []


@pytest.mark.parametrize("door", [lrwidget.LRWidget, lrwidget.RangeTest])
def test_every_option_stands_in_the_signature_with_its_default(door: type) -> None:
    shown = inspect.signature(door).parameters
    assert all(one.kind is not one.VAR_KEYWORD for one in shown.values())
    defaults = {field.name: field.default for field in dataclasses.fields(Plan)}
    for name in Options.__annotations__:
        assert shown[name].kind is inspect.Parameter.KEYWORD_ONLY
        assert shown[name].default == defaults[name]
        assert shown[name].annotation
    assert {"model", "optimizer", "criterion", "train_loader", "val_loader", "early_stop"} <= set(shown)
    assert "self" not in shown
    options = str(inspect.getdoc(Options))
    assert [name for name in Options.__annotations__ if not re.search(rf"\b{name}\b.* :", options)] == []


@pytest.mark.parametrize("door", [lrwidget.LRWidget, lrwidget.RangeTest])
@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("fixed_batch", "fixed_batches"),
        ("start_rl", "start_lr"),
        ("min_lr", "start_lr"),
        ("max_lr", "end_lr"),
        ("num_training", "num_iter"),
        ("early_stop_threshold", "diverge_th"),
        ("xyzzy", None),
    ],
)
def test_an_unknown_keyword_is_told_by_whom_and_what_was_meant(
    door: type, wrong: str, meant: str | None
) -> None:
    with pytest.raises(TypeError) as caught:
        door(None, None, None, None, **{wrong: 1})
    text = str(caught.value)
    assert text.startswith(f"{door.__name__}() got an unexpected keyword argument {wrong!r}. ")
    assert (f"Did you mean {meant!r}?" in text) if meant else ("Did you mean" not in text)
    assert "It takes start_lr, end_lr, num_iter, " in text
    assert ("rule, bandwidth" in text) == (door is lrwidget.LRWidget)


def test_a_subclass_is_told_by_its_own_name_and_may_have_its_own_signature() -> None:
    class Mine(lrwidget.RangeTest):
        pass

    class Other(lrwidget.RangeTest):
        def __init__(self, model: object) -> None:
            raise AssertionError

    with pytest.raises(TypeError, match=r"^Mine\(\) got an unexpected"):
        Mine(None, None, None, None, nothing=1)
    assert list(inspect.signature(Other).parameters) == ["model"]


def test_every_error_and_warning_is_in_the_tree() -> None:
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert issubclass(kind, (errors.LRWidgetError, errors.LRWidgetWarning)), name
        assert name in str(errors.__doc__), f"the tree of errors.py does not show {name}"
