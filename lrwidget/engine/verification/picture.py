"""A picture of everything that can be reached from some objects, and what has become of it since.

It knows nothing of how the package keeps state. It walks attributes, slots, containers, closures, defaults,
named globals, classes, hooks, frames of generators; it holds on to each object it met, with what that was
made of, and later looks at the very same objects again. What is another value, another object, new or gone
is a difference.
"""

from __future__ import annotations

import collections
import enum
import functools
import re
import types
import warnings
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import nn

from lrwidget.engine.verification.authors import is_library_class, is_users_function
from lrwidget.engine.verification.insides import METHODS, Fact, Key, Made, Reader, parts_of_object
from lrwidget.engine.verification.values import BY_THEIR_REPR, PLAIN, is_plain, plain_repr, random_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Difference", "Picture"]

_HOOKS = re.compile(r"\._\w*hooks\w*$")


@dataclass(frozen=True)
class Difference:
    """What is not as it was: where, and from what to what.

    Attributes
    ----------
    path : str
        From what was given to where it is, such as ``model.stats['seen'][1]``.
    before, after : str
    is_note : bool
        Plain numbers and texts were appended to a plain list, and nothing else was done to it.
    is_hook : bool
        A hook of PyTorch's was added, and those there were are as they were.
    """

    path: str
    before: str
    after: str
    is_note: bool = False
    is_hook: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {self.before} -> {self.after}"

    @property
    def names(self) -> list[str]:
        """The names along the path, the root's first."""
        return re.findall(r"[A-Za-z_]\w*", re.sub(r"<[^>]*>|'s (default|global)?|'s$", " ", self.path))


@dataclass(slots=True)
class _Node:
    path: str
    thing: Any  # held, so that nothing else gets its id
    parts: dict[Any, Any]  # label -> token


class Picture:
    """A picture of everything that can be reached from ``roots``, and what has become of it since.

    Parameters
    ----------
    roots : mapping of str to object
        Where to begin, each with its name.
    steps : iterable of str or None
        The roots that are the user's step functions: lists which these refer to may get notes. None = every
        plain list may.
    """

    def __init__(
        self, roots: Mapping[str, object], steps: Iterable[str] | None = ("step_fn", "update_fn", "metric")
    ) -> None:
        self._nodes: dict[int, _Node] = {}
        self._notebooks: set[int] = set()
        self._any_list = steps is None
        self._hook_tables: set[int] = set()
        self._held: list[object] = []
        self._readers: dict[type, Reader] = {}
        self._roots = dict(roots)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is new or old about a kind of tensor or iterator
            self._random = random_state()
            self._walk()
        self._find_notebooks([self._roots[name] for name in steps or () if callable(self._roots.get(name))])

    def __len__(self) -> int:
        return len(self._nodes)

    @property
    def paths(self) -> list[str]:
        """Where each object was met first."""
        return [node.path for node in self._nodes.values()]

    def differences(self) -> list[Difference]:
        """Look at all the objects again."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = [
                Difference(f"the random state of {name}", "as it was", "another")
                for name, now in random_state().items()
                if now != self._random.get(name, now)  # of a device that nobody had used: it has none yet
            ]
            for node in self._nodes.values():
                found += self._differences_of(node)
        return found

    def _walk(self) -> None:
        waiting: list[tuple[str, Any]] = [("", Made(self._roots))]
        while waiting:
            path, thing = waiting.pop()
            if id(thing) in self._nodes:
                continue
            children: list[tuple[str, Any]] = []
            node = _Node(path or "what was given", thing, {})
            self._nodes[id(thing)] = node
            for name, part in parts_of_object(thing, self._readers):
                label, inside = name, list[Any]()
                if type(part) is Fact and part.held is not None:
                    self._held.append(part.held)
                if isinstance(label, str) and _HOOKS.search(label):
                    self._hook_tables.add(id(part))
                node.parts[label if isinstance(label, str) else _token(label, inside)] = _token(part, inside)
                if _HOOKS.search(path) and isinstance(label, Key):
                    label = f"[hook {len(node.parts) - 2}]"
                children += [(_join(path, label), child) for child in inside]
            waiting += [(where, child) for where, child in reversed(children) if id(child) not in self._nodes]

    def _differences_of(self, node: _Node) -> list[Difference]:
        parts: dict[Any, Any] = {}
        fresh: list[Any] = []
        for label, part in parts_of_object(node.thing, self._readers):
            parts[label if isinstance(label, str) else _token(label, fresh)] = _token(part, fresh)
        if parts == node.parts:
            return []
        may_have_notes = id(node.thing) in self._notebooks or (self._any_list and type(node.thing) is list)
        notes = may_have_notes and _only_notes_were_added(node, parts)
        hooks = id(node.thing) in self._hook_tables and _only_keys_were_added(node, parts)
        path = node.path if node.path != "what was given" else ""
        found = []
        for label in {**node.parts, **parts}:
            before, after = node.parts.get(label), parts.get(label)
            if before != after:
                where = _join(path, _told_label(label, self._nodes))
                was, now = _told(before, self._nodes), _told(after, self._nodes)
                is_hook = hooks or _is_added_hook(label, before, after)
                found.append(Difference(where, was, now, notes, is_hook))
        return found

    def _find_notebooks(self, steps: list[Any]) -> None:
        """Find the plain lists that step functions, and what these call, name; also within plain dicts."""
        waiting, seen = list(steps), set[int]()
        while waiting:
            thing = waiting.pop()
            if id(thing) in seen:
                continue
            seen.add(id(thing))
            if type(thing) is list:
                self._notebooks.add(id(thing))
                waiting += thing
            elif type(thing) in {dict, tuple, collections.defaultdict}:
                waiting += tuple(thing) if type(thing) is tuple else dict.values(thing)
            elif type(thing) is types.FunctionType:
                waiting += _inside_of(thing) if is_users_function(thing) else ()
            elif type(thing) is types.MethodType:
                waiting += [thing.__func__, thing.__self__]
            elif type(thing) is functools.partial:
                waiting += [thing.func, *thing.args]
            elif not issubclass(type(thing), (type, nn.Module)) and not is_library_class(type(thing)):
                waiting += [type(thing).__dict__.get("__call__"), *_inside_of(thing)]


def _inside_of(thing: Any) -> list[Any]:
    inside: list[Any] = []
    for _, part in parts_of_object(thing, {}):
        _token(part, inside)
    return inside


# Tokens: what two looks are compared by ------------------------------------------------------------


def _token(part: Any, children: list[Any]) -> Any:
    """Return a value for what cannot change, an identity for what can; the latter is to be walked as well."""
    kind = type(part)
    if kind is Fact:
        return "fact", part.value
    if kind is Key:
        return "key", _token(part.key, children)
    if kind is Made:
        return _opened_token(part.value, children)
    if kind in PLAIN:
        return "is", kind.__name__, part if kind is not slice else repr(part)
    if issubclass(kind, enum.Enum):
        if not is_library_class(kind):  # what its members carry may change
            children.append(part)
        return "is", kind.__name__, part._name_
    if issubclass(kind, BY_THEIR_REPR):
        return "is", kind.__name__, plain_repr(part)
    if issubclass(kind, np.generic):
        return "is", kind.__name__, part.tobytes() if not part.dtype.hasobject else repr(part)
    if issubclass(kind, tuple):
        return "tuple", kind.__name__, tuple(_token(one, children) for one in tuple.__iter__(part))
    if kind in METHODS:
        return _method_token(part, children)
    if issubclass(kind, weakref.ReferenceType):
        return "weakly", _token(weakref.ReferenceType.__call__(part), children)
    if issubclass(kind, types.ModuleType):
        return "module", part.__name__
    children.append(part)
    return "object", id(part), kind.__name__


def _opened_token(value: Any, children: list[Any]) -> Any:
    if type(value) in {tuple, list}:
        return "opened", tuple(_opened_token(one, children) for one in value)
    if type(value) is dict:
        pairs = ((_token(key, children), _opened_token(one, children)) for key, one in value.items())
        return "opened", tuple(pairs)
    return _token(value, children)


def _method_token(method: Any, children: list[Any]) -> Any:
    owner = getattr(method, "__self__", None)
    name = getattr(method, "__qualname__", "")
    if owner is None or issubclass(type(owner), types.ModuleType):
        return "builtin", name
    inside = _token(owner, children)
    function = getattr(method, "__func__", None)
    return "method", name, inside, _token(function, children) if function is not None else None


# Words ---------------------------------------------------------------------------------------------


def _join(path: str, label: Any) -> str:
    if isinstance(label, Key):
        if not path and type(label.key) is str:  # a root
            return label.key
        label = f"[{plain_repr(label.key)}]" if is_plain(label.key) else f"[<{type(label.key).__name__}>]"
    if label == "class":
        label = "<class>" if path else "class"
    if not path:
        return str(label)
    return f"{path}{label}" if label[:1] in {".", "[", "'", "<"} else f"{path} {label}"


def _told_label(label: Any, nodes: Mapping[int, _Node]) -> str:
    if isinstance(label, str):
        return label
    return f"[{_told(label[1], nodes)}]" if label[0] == "key" else f"[{_told(label, nodes)}]"


def _told(token: Any, nodes: Mapping[int, _Node]) -> str:
    if token is None:
        return "nothing"
    if token[0] == "object":
        known = nodes.get(token[1])
        return f"<{token[2]} {known.path}>" if known else f"<another {token[2]}>"
    if token[0] == "is":
        return _short(token[2])
    return _short(token[1:])


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 90 else text[:85] + " ..."


def _only_keys_were_added(node: _Node, now: Mapping[Any, Any]) -> bool:
    old = dict(node.parts)
    order, new_order = old.pop("keys in order", None), now.get("keys in order")
    if order is None or new_order is None or any(now.get(label) != token for label, token in old.items()):
        return False
    known = set(order[1])
    return bool(tuple(key for key in new_order[1] if key in known) == order[1])


def _is_added_hook(label: Any, before: Any, after: Any) -> bool:
    """Whether an attribute tells of a hook that was added: to a tensor, or the first backward hook."""
    if label == "._is_full_backward_hook":
        return bool(before == ("is", "NoneType", None))
    if not (isinstance(label, str) and _HOOKS.search(label)) or after is None or after[0] != "opened":
        return False
    known = before[1] if before is not None and before[0] == "opened" else ()
    return bool(after[1][: len(known)] == known)


def _only_notes_were_added(node: _Node, now: Mapping[Any, Any]) -> bool:
    kept = all(now.get(label) == token for label, token in node.parts.items())
    return kept and all(_is_note(node.thing[index]) for index in range(len(node.parts) - 1, len(now) - 1))


def _is_note(item: Any) -> bool:
    if isinstance(item, (tuple, list)):
        return all(_is_note(one) for one in item)
    if isinstance(item, dict):
        return all(_is_note(one) for pair in item.items() for one in pair)
    return item is None or isinstance(item, (bool, int, float, complex, str, bytes, np.number))
