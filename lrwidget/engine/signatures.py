"""What a door that hands its options on shows and takes: every option by name, no other."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar, cast

from lrwidget._validate import unknown_keyword
from lrwidget.engine.options import Options
from lrwidget.engine.plan import Plan

__all__ = ["takes_options", "takes_options_of"]

Init = TypeVar("Init", bound=Callable[..., None])


def takes_options(init: Init) -> Init:
    """Let a class's ``__init__(..., **options)`` show the options in its signature, and refuse all others.

    ``LRWidget?``, ``help()`` and completion then tell each of them with its type and default; a keyword that
    is none of them is a TypeError that names the class that was called, and the nearest name there is.
    """
    return _showing(init, _signature(init))


def takes_options_of(door: type) -> Callable[[Init], Init]:
    """Let a class's ``__init__(..., **options)`` show the keywords of another class, and refuse all others.

    As :func:`takes_options`, for a door in front of that class: its settings are handed on, options and all.
    """
    others = [one for one in inspect.signature(door).parameters.values() if one.kind is _BY_NAME]

    def showing(init: Init) -> Init:
        own = inspect.signature(init)
        named = [one for one in own.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
        mine = {one.name for one in named}
        return _showing(
            init, own.replace(parameters=[*named, *(one for one in others if one.name not in mine)])
        )

    return showing


def _showing(init: Init, signature: inspect.Signature) -> Init:
    names = [parameter.name for parameter in signature.parameters.values() if parameter.kind is _BY_NAME]
    known = signature.parameters.keys()

    @functools.wraps(init)
    def checked(self: Any, *args: Any, **given: Any) -> None:
        for name in given:
            if name not in known:
                raise unknown_keyword(type(self).__name__, name, names)
        init(self, *args, **given)

    vars(checked)["__signature__"] = signature
    return cast("Init", checked)


_BY_NAME = inspect.Parameter.KEYWORD_ONLY


def _signature(init: Callable[..., None]) -> inspect.Signature:
    """Return the signature of ``init`` with the table of options in the place of its ``**options``."""
    own = inspect.signature(init)
    defaults = {field.name: field.default for field in fields(Plan)}
    options = [
        inspect.Parameter(name, _BY_NAME, default=defaults[name], annotation=_written(annotation))
        for name, annotation in Options.__annotations__.items()
    ]
    parameters = [one for one in own.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
    return own.replace(parameters=[*parameters, *options])


def _written(annotation: Any) -> Any:
    """Return an annotation as it stands in the source, as those of functions are."""
    return getattr(annotation, "__forward_arg__", annotation)
