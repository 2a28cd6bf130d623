"""The frameworks are optional: nothing is imported before it is used, and what is missing is named."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys

import pytest

import lrwidget

FRAMEWORKS = {"accelerate", "fastai", "ignite", "lightning", "pytorch_lightning", "transformers"}


def test_the_modules_import_no_framework() -> None:
    code = (
        "import json, sys; from lrwidget.integrations import accelerate, fastai, ignite, lightning, "
        "transformers; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not set(json.loads(ran.stdout)) & FRAMEWORKS


EACH = """
import os, sys
import lrwidget, ipywidgets, plotly, torch

for name in {names}:
    if os.fork() == 0:  # nothing has imported it before
        assert not any(one.startswith("lrwidget.integrations") for one in sys.modules)
        found = getattr(lrwidget.integrations, name)
        assert name in dir(lrwidget.integrations)
        assert callable(found.widget)
        assert f"lrwidget.integrations.{{name}}.widget(" in found.__doc__
        loaded = {{one.split(".")[0] for one in sys.modules}} & {frameworks}
        assert not loaded, (name, loaded)
        print(name, flush=True)
        os._exit(0)
    assert os.wait()[1] == 0, name
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system makes processes otherwise")
def test_each_is_found_as_its_docstring_writes_it() -> None:
    names = ["accelerate", "fastai", "ignite", "lightning", "transformers"]
    code = EACH.format(names=names, frameworks=FRAMEWORKS)
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == names


def test_there_is_no_integration_of_another_name() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'keras'"):
        _ = lrwidget.integrations.keras


@pytest.mark.parametrize("name", ["lightning", "transformers"])
def test_a_missing_framework_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(f"lrwidget.integrations.{name}")
    for missing in ("lightning.pytorch", "pytorch_lightning", "transformers"):
        monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=f"pip install {name}"):
        module.widget(object())


def test_the_callback_without_lightning_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from lrwidget.integrations import lightning

    for missing in ("lightning.pytorch", "pytorch_lightning"):
        monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(sys.modules, "lrwidget.integrations.lightning.finder", raising=False)
    with pytest.raises(ImportError, match="pip install lightning"):
        _ = lightning.LearningRateFinder
    with pytest.raises(AttributeError, match="no attribute 'Finder'"):
        _ = lightning.Finder
