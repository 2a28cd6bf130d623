"""The figure: static (:func:`figure`) and live (:class:`LivePlot`), drawn alike."""

from lrwidget.plot.figure import figure
from lrwidget.plot.live import LivePlot

__all__ = ["LivePlot", "figure"]
