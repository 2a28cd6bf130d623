"""Every object that can be reached from some roots, by path: what it is, which one, and what it holds."""

from __future__ import annotations

import types
import weakref
from typing import Any

import torch

PLAIN = (bool, int, float, complex, str, bytes, type(None))
# Neither has state of its own to compare, or it is the process's.
SKIPPED = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType)


def web(**roots: Any) -> dict[str, Any]:
    """Return ``{path: what is there}``; tensors with their values, objects by identity.

    Independent of how the package walks: it goes everywhere.
    """
    found: dict[str, Any] = {}
    seen: dict[int, Any] = {}
    waiting = list(roots.items())
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, PLAIN):
            found[path] = value
            continue
        found[path] = (type(value).__name__, id(value))
        if id(value) in seen or isinstance(value, SKIPPED) or type(value) in weakref.ProxyTypes:
            continue
        seen[id(value)] = value  # kept alive, so that an id is not used twice
        if isinstance(value, torch.Tensor):
            found[f"{path} values"] = value.detach().double().sum().item()
            continue
        if isinstance(value, dict):
            found[f"{path} keys"] = [str(key) for key in value]
            waiting += [(f"{path}[{key!s:.40}]", item) for key, item in value.items()]
        elif isinstance(value, (list, tuple)):
            found[f"{path} size"] = len(value)
            waiting += [(f"{path}[{index}]", item) for index, item in enumerate(value[:100])]
        elif isinstance(value, (set, frozenset)):
            found[f"{path} items"] = sorted(map(str, value))[:100]
        if hasattr(value, "__dict__"):
            found[f"{path} attributes"] = sorted(vars(value))
            waiting += [(f"{path}.{name}", item) for name, item in vars(value).items()]
    found["kept alive"] = list(seen.values())
    return found


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return what changed, one line each."""
    paths = (before.keys() | after.keys()) - {"kept alive"}
    return sorted(
        f"{path}: {before.get(path, 'absent')!r} became {after.get(path, 'absent')!r}"
        for path in paths
        if not _same(before.get(path, "absent"), after.get(path, "absent"))
    )


def _same(one: Any, other: Any) -> bool:
    return one == other or (one != one and other != other)  # noqa: PLR0124 - NaN
