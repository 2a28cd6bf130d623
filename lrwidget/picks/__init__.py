"""Which rate: the rules that pick one from a curve, and the bounds of a cyclical schedule."""

from __future__ import annotations

from lrwidget.picks.bounds import Bounds
from lrwidget.picks.pick import PEER_RULES, RULES, Pick, compare, suggest

__all__ = ["PEER_RULES", "RULES", "Bounds", "Pick", "compare", "suggest"]
