"""`import lrwidget`: what it gives, and what it must not drag in."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import subprocess
import sys

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


def _loaded_by(*lines: str) -> list[set[str]]:
    """Return what is loaded after each line, in one fresh interpreter."""
    tell = "print(json.dumps(sorted({n.split('.')[0] for n in sys.modules})))"
    code = "\n".join(("import json, sys", *(f"{line}\n{tell}" for line in lines)))
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return [set(json.loads(line)) for line in ran.stdout.splitlines()]


def test_each_name_loads_no_more_than_it_needs_and_none_an_optional_framework() -> None:
    door, history, range_test, everything = _loaded_by(
        "import lrwidget",
        "from lrwidget import History",
        "from lrwidget import RangeTest",
        "from lrwidget import *",
    )
    assert not door & {"torch", "numpy", "plotly", "ipywidgets"}
    assert not history & {"torch", "plotly", "ipywidgets"}
    assert not range_test & {"plotly", "ipywidgets"}
    assert {"lrwidget", "torch", "plotly", "ipywidgets"} <= everything
    assert not everything & OPTIONAL


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


def test_no_module_is_hidden_behind_a_thing_of_its_name() -> None:
    names = {
        ".".join(package.relative_to(PACKAGE.parent).parts): [
            *(path.stem for path in package.glob("*.py")),
            *(path.parent.name for path in package.glob("*/__init__.py")),
        ]
        for package in (path.parent for path in PACKAGE.rglob("__init__.py"))
    }
    assert "plot" in names["lrwidget"]
    code = (
        "import importlib, inspect\n"
        f"for package, modules in {names!r}.items():\n"
        "    held = vars(importlib.import_module(package))\n"
        "    for name in modules:\n"
        "        if name in held and not inspect.ismodule(held[name]): print(package, name)\n"
    )
    # In a fresh interpreter: a test may have imported things in an order that hides it.
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.splitlines() == []


@pytest.mark.parametrize("door", [lrwidget.LRWidget, lrwidget.RangeTest, lrwidget.RateTrials])
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
