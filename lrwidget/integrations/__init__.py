"""The widget on models that a training framework trains: one module, one framework.

Each has ``widget(...)``, which takes what its framework trains with and returns an
:class:`~lrwidget.LRWidget`. A framework is imported only by its own module, and only when that is used.
"""
