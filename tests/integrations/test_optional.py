"""The frameworks are optional: nothing is imported before it is used, and what is missing is named."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest

FRAMEWORKS = {"accelerate", "fastai", "ignite", "lightning", "pytorch_lightning", "transformers"}


def test_the_modules_import_no_framework() -> None:
    code = (
        "import json, sys; from lrwidget.integrations import accelerate, fastai, ignite, lightning, "
        "transformers; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not set(json.loads(ran.stdout)) & FRAMEWORKS


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
    monkeypatch.delitem(sys.modules, "lrwidget.integrations.lightning_finder", raising=False)
    with pytest.raises(ImportError, match="pip install lightning"):
        _ = lightning.LearningRateFinder
    with pytest.raises(AttributeError, match="no attribute 'Finder'"):
        _ = lightning.Finder
