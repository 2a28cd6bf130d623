"""Sees what a sweep left behind: every object that can be reached from what the user has, before and after.

    oracle = Oracle({"model": model, "optimizer": optimizer, "loader": loader, "step_fn": step_fn})
    ...
    assert not oracle.differences()

It is the walker that the package's option ``verify`` looks with, which knows nothing of how state is kept.
``portrait()`` is the same picture without identities, to compare two worlds that were made alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lrwidget.engine.verification.picture import _HOOKS, Difference, Picture, _join, _short

__all__ = ["Difference", "Oracle", "portrait_differences"]

_ELEMENT = re.compile(r"<element at \d+>")


class Oracle(Picture):
    """A picture of everything that can be reached from ``roots``, and what has become of it since.

    ``steps`` names the roots that are the user's step functions: lists which these refer to may get notes.
    """

    def portrait(self) -> dict[str, dict[Any, Any]]:
        """The picture with paths in the place of identities: equal in two worlds that are alike."""
        names = {id_: _ELEMENT.sub("<element>", node.path) for id_, node in self._nodes.items()}
        picture = {}
        for node in self._nodes.values():
            if _ELEMENT.search(node.path):  # of a set: which is which of two worlds cannot be known
                continue
            parts = {label: token for label, token in node.parts.items() if not _is_address(label)}
            if _HOOKS.search(node.path):  # numbered through, in all worlds together
                hooks = [token for label, token in parts.items() if label[0] == "key"]
                parts = {f"hook {number}": token for number, token in enumerate(hooks)}
            picture[node.path] = {_named(label, names): _named(part, names) for label, part in parts.items()}
        return {**picture, "random": dict(self._random)}


def portrait_differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Tell where two portraits are unlike."""
    found = []
    for path in {**one, **other}:
        mine, theirs = one.get(path), other.get(path)
        if mine == theirs:
            continue
        if mine is None or theirs is None:
            found.append(f"{path}: only in the {'second' if mine is None else 'first'}")
            continue
        found += [
            f"{_join(path, str(label))}: {_short(mine.get(label))} != {_short(theirs.get(label))}"
            for label in {**mine, **theirs}
            if mine.get(label) != theirs.get(label)
        ]
    return found


def _named(token: Any, names: Mapping[int, str]) -> Any:
    """Put paths in the place of identities."""
    if not isinstance(token, tuple) or token[:1] == ("is",):  # a plain value, of which there are many
        return token
    if token[:1] == ("object",) and len(token) == 3:
        return "object", names.get(token[1], "?"), token[2]
    if token[:1] == ("module",) and len(token) == 2 and isinstance(token[1], int):
        return "module"
    return tuple(_named(one, names) for one in token)


def _is_address(label: Any) -> bool:
    return label == "memory" or (isinstance(label, str) and label.startswith("<element at"))
