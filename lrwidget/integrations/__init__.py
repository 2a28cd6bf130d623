"""The widget on models that a training framework trains: one module, one framework.

Each has ``widget(...)``, which takes what its framework trains with and returns an
:class:`~lrwidget.LRWidget`. A module is loaded when it is asked for, as in
``lrwidget.integrations.lightning``, and a framework is imported only by its own, and only when that is used.
"""

import importlib
from types import ModuleType

__all__ = ["accelerate", "fastai", "ignite", "lightning", "transformers"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
