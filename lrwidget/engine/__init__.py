"""The engine: the range test itself, on PyTorch alone; nothing here knows of any display."""

from lrwidget.engine.range_test import RangeTest
from lrwidget.engine.rates.accept import accept_rate
from lrwidget.engine.rates.groups import group_ratios, set_rate
from lrwidget.engine.rates.undo import KeptRates
from lrwidget.engine.record import Point
from lrwidget.engine.state.snapshot import Snapshot
from lrwidget.engine.threads.caller import ThreadState, capture
from lrwidget.engine.trials.rate_trials import RateTrials
from lrwidget.engine.trials.record import TrialPoint
from lrwidget.engine.variants.auto import AutoRangeTest
from lrwidget.engine.variants.comparison import Comparison, Repeats

__all__ = [
    "AutoRangeTest",
    "Comparison",
    "KeptRates",
    "Point",
    "RangeTest",
    "RateTrials",
    "Repeats",
    "Snapshot",
    "ThreadState",
    "TrialPoint",
    "accept_rate",
    "capture",
    "group_ratios",
    "set_rate",
]
