"""The pure room: rates, settings, stop rules, smoothing, picks, histories. Standard library and numpy."""

from __future__ import annotations

from lrwidget.core.bounds import Bounds
from lrwidget.core.curve import Curve, curve
from lrwidget.core.history import History, StopReason
from lrwidget.core.picks import PEER_RULES, RULES, Pick, compare, suggest
from lrwidget.core.schedule import axis, decade, explicit, rates
from lrwidget.core.settings import LossSource, Settings, StepMode, make_settings
from lrwidget.core.smoothing import debiased_ema, ema, local_linear
from lrwidget.core.stop import StopRule, first_stop

__all__ = [
    "PEER_RULES",
    "RULES",
    "Bounds",
    "Curve",
    "History",
    "LossSource",
    "Pick",
    "Settings",
    "StepMode",
    "StopReason",
    "StopRule",
    "axis",
    "compare",
    "curve",
    "debiased_ema",
    "decade",
    "ema",
    "explicit",
    "first_stop",
    "local_linear",
    "make_settings",
    "rates",
    "suggest",
]
