"""The widget: a session, a panel and a live plot, kept in step."""

from __future__ import annotations

import asyncio
import math
import threading
import time
import warnings
from numbers import Real
from typing import TYPE_CHECKING, Any

import ipywidgets

from lrwidget.core.picks import RULES
from lrwidget.core.text import format_rate
from lrwidget.engine import RangeTest, accept_rate, capture_rates, thread_state
from lrwidget.errors import LRWidgetError, LRWidgetWarning, SettingsError, StateError
from lrwidget.plot.live import LivePlot
from lrwidget.plot.overlay import overlay
from lrwidget.widget.panel import Panel
from lrwidget.widget.publisher import Publisher
from lrwidget.widget.session import Session, owner_of
from lrwidget.widget.surroundings import Fallback, TextProgress, awaits_let_messages_through, in_kernel
from lrwidget.widget.wording import Situation, State, show, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import torch
    from torch import nn

    from lrwidget.core.history import History, StopReason
    from lrwidget.core.picks import Pick
    from lrwidget.core.settings import Settings, StepMode

__all__ = ["LRWidget"]
