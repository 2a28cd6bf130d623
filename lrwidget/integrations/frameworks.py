"""Frameworks need not be installed: each is imported when it is used."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["framework"]


def framework(module: str, install: str) -> Any:
    """Return a framework's module.

    Parameters
    ----------
    module : str
        Its dotted name.
    install : str
        What pip calls its package.

    Raises
    ------
    ImportError
        When it is not installed; says what to do.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        raise ImportError(
            f"lrwidget.integrations.{name} needs {name}, which could not be imported ({error}): "
            f"pip install {install}"
        ) from error
