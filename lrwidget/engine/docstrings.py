"""One text for each parameter, however many classes take it: whose own it is tells it, the others show it.

What is written at a class that hands a parameter on says where to look, for those who read the source; what
``help()``, ``LRWidget?`` and the reference show is the text itself.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from lrwidget._text import exact_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["shows_parameters_of"]

Kind = TypeVar("Kind", bound=type)

_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)
_DEFAULT = re.compile(r", (?:optional|default .*)$")


@dataclass(frozen=True)
class _Entry:
    """One entry of a section: names, what kind of value (may be empty), and the indented text."""

    names: tuple[str, ...]
    kind: str
    text: str


def shows_parameters_of(source: type, *names: str, but: Sequence[str] = ()) -> Callable[[Kind], Kind]:
    """Let the docstring of a class show parameters as another class tells them.

    They take the place of its own entries of these names, and of an entry ``**options``. All entries then
    stand in the order of the signature, each with its default.

    Parameters
    ----------
    source : type
        Tells them, in its section "Parameters" or "Attributes".
    *names : str
        Which; when left out, all that it tells and that are parameters here.
    but : sequence of str
        Which not, because the class tells them in words of its own.
    """

    def shown(taker: Kind) -> Kind:
        if taker.__doc__ is None or source.__doc__ is None:  # python -OO
            return taker
        parameters = inspect.signature(taker).parameters
        shared = {*(names or parameters)} - {*but}
        told = [one for entry in _told(source) if (one := _with(entry, shared)).names]
        known = {name for entry in told for name in entry.names}
        before, own, after = _parted(inspect.cleandoc(taker.__doc__), "Parameters")
        kept = [one for entry in _entries(own) if (one := _with(entry, {*parameters} - known)).names]
        order = list(parameters)
        entries = sorted([*kept, *told], key=lambda entry: order.index(entry.names[0]))
        listed = "\n".join(_written(entry, parameters) for entry in entries)
        taker.__doc__ = f"{before}{listed}\n\n{after}".strip() + "\n"
        return taker

    return shown


def _told(source: type) -> list[_Entry]:
    text = inspect.cleandoc(str(source.__doc__))
    return [
        entry for section in ("Parameters", "Attributes") for entry in _entries(_parted(text, section)[1])
    ]


def _parted(text: str, section: str) -> tuple[str, str, str]:
    """Return a docstring up to a section's entries, these, and what follows them."""
    heads = list(_SECTION.finditer(text))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        if head[1] == section:
            end = len(text) if following is None else following.start()
            return text[: head.end()], text[head.end() : end], text[end:]
    return text, "", ""


def _entries(section: str) -> list[_Entry]:
    entries = []
    for part in re.split(r"^(?=\S)", section, flags=re.MULTILINE):
        if part.strip():
            head, _, text = part.partition("\n")
            names, _, kind = head.partition(" : ")
            entries.append(_Entry(tuple(name.strip() for name in names.split(",")), kind, text.rstrip()))
    return entries


def _with(entry: _Entry, names: set[str]) -> _Entry:
    """Return an entry for those of its names only; of a ``**options`` there is none among the parameters."""
    return replace(entry, names=tuple(name for name in entry.names if name in names))


def _written(entry: _Entry, parameters: Mapping[str, inspect.Parameter]) -> str:
    kind = _DEFAULT.sub("", entry.kind)  # of the class that tells it
    default = _default([parameters[name].default for name in entry.names])
    head = " : ".join(filter(None, (", ".join(entry.names), ", ".join(filter(None, (kind, default))))))
    return f"{head}\n{entry.text}"


def _default(values: Sequence[Any]) -> str:
    if inspect.Parameter.empty in values:
        return ""
    different = list(dict.fromkeys(map(_shown, values)))
    return "optional" if different == ["None"] else f"default {' and '.join(different)}"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return exact_rate(value) if isinstance(value, float) else repr(value)
