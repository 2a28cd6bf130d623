"""What a sweep has left behind, in the user's words for it."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

from lrwidget.engine.rates.optimizers import parts_of
from lrwidget.engine.verification.picture import Picture
from lrwidget.errors import LRWidgetWarning

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lrwidget.engine.plan import Plan
    from lrwidget.engine.verification.picture import Difference

__all__ = ["Verification", "warn_of"]

# How many differences a warning lists before it only counts.
_MOST_NAMED = 5
_NAME = re.compile(r"[A-Za-z_]\w*")


class Verification:
    """A look at all that a plan leads to before its sweep, and another after it.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: Plan) -> None:
        self._picture = Picture(_roots(plan), steps=None)

    def differences(self, receipt: Mapping[str, Any]) -> list[str]:
        """Return what is not as it was, a line each; not what is so by the sweep's rules.

        Hooks that were added meanwhile stay. What the receipt names as the user's notes, or as not kept, is
        named there.

        Parameters
        ----------
        receipt : mapping
            The sweep's, once everything has been given back.
        """
        notes, not_kept = receipt.get("notes", ()), receipt.get("not_kept", ())
        return [
            str(one)
            for one in self._picture.differences()
            if not (one.is_hook or (one.is_note and _is_named(one, notes)) or _is_named(one, not_kept))
        ]


def warn_of(differs: list[str]) -> None:
    """Warn of what a sweep has left behind, if anything."""
    if not differs:
        return
    more = f"; and {len(differs) - _MOST_NAMED} more" if len(differs) > _MOST_NAMED else ""
    warnings.warn(
        f"verify=True found, once all was given back, what is not as it was before the sweep: "
        f"{'; '.join(differs[:_MOST_NAMED])}{more}. Make it anew, or name what holds it in keep=[...] and "
        "sweep again; history.receipt['differs'] names all.",
        LRWidgetWarning,
        stacklevel=3,
    )


def _roots(plan: Plan) -> dict[str, object]:
    """Return what a sweep borrows, by the names that errors call it by."""
    optimizers = parts_of(plan.optimizer)
    several = len(optimizers) > 1
    given: dict[str, object] = {"model": plan.model}
    given |= {f"optimizer[{i}]" if several else "optimizer": one for i, one in enumerate(optimizers)}
    given |= {"criterion": plan.criterion, "grad_scaler": plan.grad_scaler, **dict(plan.functions())}
    given |= {"train_loader": plan.train_loader, "val_loader": plan.val_loader}
    given |= {f"keep[{i}]": one for i, one in enumerate(plan.keep)}
    found: dict[str, object] = {}
    for name, thing in given.items():
        if type(thing).__module__.partition(".")[0] == "lrwidget":  # a wrapper of ours, around what is theirs
            found |= {f"{name}.{inner}": part for inner, part in getattr(thing, "__dict__", {}).items()}
        elif thing is not None:
            found[name] = thing
    return found


def _is_named(difference: Difference, lines: Iterable[str]) -> bool:
    """Return whether a line of the receipt, ``name (what about it)``, is about what differs, or holds it."""
    root, *names = difference.names
    for line in lines:
        wanted = _NAME.findall(line.partition(" (")[0])
        if len(wanted) == 1 and wanted[0] == root:
            return True
        rest = iter(names)
        if len(wanted) > 1 and all(name in rest for name in wanted[1:]):
            return True
    return False
