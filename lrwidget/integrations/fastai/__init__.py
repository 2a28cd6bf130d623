"""fastai: a Learner, its groups and their rates, its loss and its batch transforms.

::

    w = lrwidget.integrations.fastai.widget(learn)
    w  # press Run, then Accept: learn.fit_one_cycle(5) and learn.fit(5) take that rate

The Learner is after a sweep what it was before; one that had no optimizer yet has none again. The rate swept,
drawn and accepted is that of the last group (the head), as in fastai; with ``lr=slice(...)`` the others keep
their ratios to it, unlike in ``learn.lr_find()``, which sets all groups to one rate.

Callbacks are not run in a sweep: they may log, save, stop or change anything, and not all of it could be
undone. ``GradientClip``, ``GradientAccumulation``, ``BnFreeze``, ``to_fp16()`` and ``to_bf16()`` take part in
it nevertheless; a warning names others that take part in single steps.
"""

from lrwidget.integrations.fastai.learner import widget

__all__ = ["widget"]
