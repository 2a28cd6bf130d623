"""What a sweep recorded: its settings, its rates, its losses, and the files they are kept in."""

from __future__ import annotations

from lrwidget.history.record import History, StopReason
from lrwidget.history.runs import Run, Runs
from lrwidget.history.schedule import explicit, rates
from lrwidget.history.settings import LossSource, Settings, make_settings
from lrwidget.history.trials import Trial, Trials, TrialSettings

__all__ = [
    "History",
    "LossSource",
    "Run",
    "Runs",
    "Settings",
    "StopReason",
    "Trial",
    "TrialSettings",
    "Trials",
    "explicit",
    "make_settings",
    "rates",
]
