"""`import lrwidget`: what it gives, and what it must not drag in."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

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


def test_import_loads_no_matplotlib_and_no_optional_framework() -> None:
    code = (
        "import json, sys, lrwidget; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = set(json.loads(ran.stdout))
    assert "lrwidget" in loaded
    assert not loaded & OPTIONAL


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
