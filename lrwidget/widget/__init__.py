"""The widget: sweeps in the background, and what a person sees and presses.

From the bottom up: ``judgement`` and ``state`` are what is known, frozen; ``wording`` and ``record`` say it;
``sweeps`` runs sweeps; ``controller`` does what is asked for, ``commands`` and ``wire`` hear it from pages;
``page``, ``saved`` and ``screen`` show what has changed; ``model`` is the part of it that pages share, and
``lrwidget`` the documented face. ``front`` is what runs in the page.
"""

from lrwidget.widget.lrwidget import LRWidget

__all__ = ["LRWidget"]
