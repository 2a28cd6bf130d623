"""The figure: static (:func:`figure`) and live (:class:`LivePlot`), drawn alike."""

from lrwidget.plot.live import LivePlot
from lrwidget.plot.static_figure import figure

__all__ = ["LivePlot", "figure"]
