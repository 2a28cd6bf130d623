"""The widget: sweeps in the background, and what a person sees and presses.

From the bottom up: ``wording``, ``choice``, ``publisher`` and ``surroundings`` stand alone; ``session``
runs sweeps; ``panel`` and ``status`` are the controls; ``screen`` paints them; ``controller`` puts all
together; ``lrwidget`` is the documented face.
"""

from lrwidget.widget.lrwidget import LRWidget

__all__ = ["LRWidget"]
