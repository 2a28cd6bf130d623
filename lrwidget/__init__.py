"""lrwidget: find the learning rate of a PyTorch model in a notebook, live and by hand.

>>> from lrwidget import LRWidget
>>> w = LRWidget(model, optimizer, criterion, train_loader)
>>> w  # press Run, drag the marker, press Accept

Without a notebook, :class:`RangeTest` is the same sweep with no display.
"""

from lrwidget.compat import LRFinder
from lrwidget.core import PEER_RULES, History, Pick, suggest
from lrwidget.engine import RangeTest
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
from lrwidget.widget import LRWidget

__version__ = "0.1.0"

__all__ = [
    "PEER_RULES",
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
    "RestoreError",
    "SettingsError",
    "SetupError",
    "StateError",
    "suggest",
]
