"""What a curve of losses looks like: its axis, smoothing, first valley, and where it has blown up."""

from __future__ import annotations

from lrwidget.curves.axis import StepMode, decade
from lrwidget.curves.smooth_curve import Curve, curve
from lrwidget.curves.smoothing import debiased_ema, ema, local_linear
from lrwidget.curves.stop import StopRule, first_stop

__all__ = [
    "Curve",
    "StepMode",
    "StopRule",
    "curve",
    "debiased_ema",
    "decade",
    "ema",
    "first_stop",
    "local_linear",
]
