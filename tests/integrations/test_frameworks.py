"""The frameworks are optional: nothing is imported before it is used, and what is missing is named."""

from __future__ import annotations

import importlib
import json
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


@pytest.mark.parametrize("name", ["accelerate", "fastai", "ignite", "lightning", "transformers"])
def test_each_is_found_as_its_docstring_writes_it(name: str) -> None:
    """In a fresh process: nothing has imported it before."""
    code = (
        "import lrwidget, sys\n"
        "assert not any(name.startswith('lrwidget.integrations') for name in sys.modules)\n"
        f"found = lrwidget.integrations.{name}\n"
        f"assert {name!r} in dir(lrwidget.integrations)\n"
        "assert callable(found.widget)\n"
        f"assert 'lrwidget.integrations.{name}.widget(' in found.__doc__\n"
        f"print(*sorted({{name.split('.')[0] for name in sys.modules}} & {FRAMEWORKS}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == []


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
