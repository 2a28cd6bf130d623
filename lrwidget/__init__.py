"""lrwidget: find the learning rate of a PyTorch model in a notebook, live and by hand.

>>> from lrwidget import LRWidget
>>> w = LRWidget(model, optimizer, criterion, train_loader)
>>> w  # press Run, drag the marker, press Accept

Without a notebook, :class:`RangeTest` is the same sweep with no display.
"""

from __future__ import annotations

import importlib
import typing

from lrwidget.errors import (
    HistoryFileError,
    LoaderError,
    LossError,
    LRWidgetError,
    LRWidgetWarning,
    RestoreError,
    SettingsError,
    SetupError,
    StateError,
)

if typing.TYPE_CHECKING:
    from lrwidget.compat import LRFinder
    from lrwidget.engine import (
        AutoRangeTest,
        Comparison,
        RangeTest,
        RateTrials,
        Repeats,
        accept_rate,
    )
    from lrwidget.history import History, Run, Runs, Settings, Trials
    from lrwidget.picks import PEER_RULES, Bounds, Pick, suggest
    from lrwidget.widget import LRWidget

__version__ = "0.1.0"

__all__ = [
    "PEER_RULES",
    "AutoRangeTest",
    "Bounds",
    "Comparison",
    "History",
    "HistoryFileError",
    "LRFinder",
    "LRWidget",
    "LRWidgetError",
    "LRWidgetWarning",
    "LoaderError",
    "LossError",
    "Pick",
    "RangeTest",
    "RateTrials",
    "Repeats",
    "RestoreError",
    "Run",
    "Runs",
    "Settings",
    "SettingsError",
    "SetupError",
    "StateError",
    "Trials",
    "accept_rate",
    "suggest",
]

# What is asked for is loaded, and no more: a sweep without a display needs no plotly, a history no torch.
_ROOMS = {
    "LRFinder": "compat",
    "LRWidget": "widget",
    **dict.fromkeys(
        ("AutoRangeTest", "Comparison", "RangeTest", "RateTrials", "Repeats", "accept_rate"), "engine"
    ),
    **dict.fromkeys(("History", "Run", "Runs", "Settings", "Trials"), "history"),
    **dict.fromkeys(("PEER_RULES", "Bounds", "Pick", "suggest"), "picks"),
}


def __getattr__(name: str) -> typing.Any:
    if name in _ROOMS:
        value = getattr(importlib.import_module(f"lrwidget.{_ROOMS[name]}"), name)
    elif name in _ROOMS.values() or name in {"curves", "integrations", "plot"}:
        value = importlib.import_module(f"lrwidget.{name}")
    else:
        raise AttributeError(f"module 'lrwidget' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
