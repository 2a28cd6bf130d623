"""Which rate: the rules that pick one from a curve or from trials, and the bounds of a cyclical schedule."""

from __future__ import annotations

from lrwidget.picks.bounds import Bounds
from lrwidget.picks.pick import PEER_RULES, RULES, Pick, compare, suggest
from lrwidget.picks.trials import rates_around

__all__ = ["PEER_RULES", "RULES", "Bounds", "Pick", "compare", "rates_around", "suggest"]
