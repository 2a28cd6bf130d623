"""Every exception and warning of lrwidget, in one tree.

::

    LRWidgetError                     anything this package raises on purpose
    ├── SettingsError (ValueError)    a setting that cannot work: rates, counts, rule names
    ├── SetupError (ValueError)       model, optimizer, criterion and loaders do not fit together
    │   ├── LoaderError               empty, or cannot start over
    │   └── LossError                 no scalar, no gradient, or not finite at the first step
    ├── StateError (RuntimeError)     the call does not fit the present state ("a sweep is running")
    ├── RestoreError (RuntimeError)   something could not be given back; names what
    └── HistoryFileError (ValueError) a file that is not a history this version can read

    LRWidgetWarning (UserWarning)     something works, but not as the user may think

Catch :class:`LRWidgetError` to catch them all. Errors raised by the user's own model, criterion or
loader arrive as they are, after everything has been restored. One is wrapped: that of the first batch
evaluated on; the error then says so, and the user's own is its cause.
"""

from __future__ import annotations

__all__ = [
    "HistoryFileError",
    "LRWidgetError",
    "LRWidgetWarning",
    "LoaderError",
    "LossError",
    "RestoreError",
    "SettingsError",
    "SetupError",
    "StateError",
]


class LRWidgetError(Exception):
    """Base of every error this package raises on purpose."""


class SettingsError(LRWidgetError, ValueError):
    """A setting cannot work; the text names it, what came, and what is allowed."""


class SetupError(LRWidgetError, ValueError):
    """Model, optimizer, criterion and loaders do not fit together. Nothing was touched."""


class LoaderError(SetupError):
    """A loader is empty, or cannot start over."""


class LossError(SetupError):
    """The loss is no scalar, carries no gradient, or is not finite at the first step."""


class StateError(LRWidgetError, RuntimeError):
    """The call does not fit the present state, for example ``accept`` while a sweep runs."""


class RestoreError(LRWidgetError, RuntimeError):
    """Something could not be given back; everything else was. The text names what was lost."""


class HistoryFileError(LRWidgetError, ValueError):
    """The file is not a history that this version can read."""


class LRWidgetWarning(UserWarning):
    """Something works, but perhaps not as the user thinks."""
