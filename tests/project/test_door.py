"""`import lrwidget`: what it gives, and what it must not drag in."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import pytest

import lrwidget
from lrwidget import errors

PROMISED = {"LRWidget", "RangeTest", "History"}
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


def test_every_error_and_warning_is_in_the_tree() -> None:
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert issubclass(kind, (errors.LRWidgetError, errors.LRWidgetWarning)), name
        assert name in str(errors.__doc__), f"the tree of errors.py does not show {name}"
