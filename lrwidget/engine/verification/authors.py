"""Whose code a class or a function is: the user's own, or a package's, Python's and this one's."""

from __future__ import annotations

import os
import sys
import sysconfig
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import types

__all__ = ["is_library_class", "is_library_file", "is_users_function"]

_STDLIB = tuple({sysconfig.get_paths()[name] + os.sep for name in ("stdlib", "platstdlib")})


def is_library_class(kind: type) -> bool:
    """Return whether a class is Python's, an installed package's or this one's."""
    module = sys.modules.get(kind.__module__)
    return is_library_file(getattr(module, "__file__", None), kind.__module__)


def is_users_function(function: types.FunctionType) -> bool:
    """Return whether a function is neither Python's nor an installed package's nor this one's."""
    return not is_library_file(function.__code__.co_filename, function.__module__ or "")


def is_library_file(file: str | None, module: str) -> bool:
    """Return whether code is Python's, an installed package's or this one's: not the user's."""
    if module.partition(".")[0] in {"builtins", "lrwidget", *sys.builtin_module_names}:
        return True
    if file is None:
        return module.partition(".")[0] in sys.stdlib_module_names
    inside = "site-packages" in file or "dist-packages" in file
    return inside or file.startswith((*_STDLIB, "<frozen"))
