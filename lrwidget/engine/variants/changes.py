"""What a variant changes: checked by name before anything runs, and put into words."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from lrwidget._validate import OTHERS_NAMES, shown, whole
from lrwidget.engine.checks import kind
from lrwidget.engine.made_with import optimizer_options
from lrwidget.engine.range_test import RangeTest
from lrwidget.engine.rates.optimizers import AnyOptimizer, JoinedOptimizers, as_one, parts_of
from lrwidget.engine.variants.conditions import conditions
from lrwidget.engine.variants.loaders import with_batch_size
from lrwidget.engine.variants.optimizers import check_options, made_optimizer, option_names
from lrwidget.errors import LRWidgetError, SettingsError
from lrwidget.history.json_values import plain
from lrwidget.history.run_names import checked_name, cut, in_words, unique

if TYPE_CHECKING:
    from lrwidget.history.settings import Settings

__all__ = ["Common", "Variant", "check_variant", "planned", "variants_given"]

#: Keyword arguments of a range test: its settings and its options.
KEYWORDS = tuple(
    name
    for name, parameter in inspect.signature(RangeTest).parameters.items()
    if parameter.kind is parameter.KEYWORD_ONLY
)
#: What a variant may change besides, and the options of the optimizer's param groups.
OTHERS = ("optimizer", "batch_size", "seed", "group", "criterion", "train_loader", "val_loader")
_RANGE = ("start_lr", "end_lr", "num_iter", "step_mode")
_REFUSED = {
    "model": "every variant trains the same model from the same start. Make a comparison for each model",
    "lr": "the sweep itself varies the rate. Change start_lr and end_lr, or lr_schedule",
    "callback": "it belongs to the comparison: Comparison(..., callback=...)",
    "scheduler": "a sweep has no schedule but its own rates",
    "repeats": "it belongs to the comparison: Comparison(..., repeats=...)",
}
_LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True, eq=False)
class Common:
    """What all sweeps of a comparison share, as it was given."""

    model: torch.nn.Module
    optimizer: Any
    criterion: Any
    train_loader: Any
    val_loader: Any
    options: Mapping[str, Any]

    @property
    def joined(self) -> AnyOptimizer:
        """The optimizer, several as one."""
        return as_one(self.optimizer)  # type: ignore[no-any-return]


@dataclass(frozen=True, eq=False)
class Variant:
    """One variant, its optimizer and loader made."""

    name: str
    changes: Mapping[str, Any]
    optimizer: AnyOptimizer
    train_loader: Any
    keywords: Mapping[str, Any]
    objects: Mapping[str, Any]
    group_options: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    group: int | None = None

    def range_test(self, common: Common, *, seed: int | None, callback: Any, shuffled: bool) -> RangeTest:
        """Return its sweep, made and not started.

        Parameters
        ----------
        common : Common
        seed : int or None
            Of the random state that the sweep begins with; None = as it is.
        callback : callable or None
        shuffled : bool
            Whether a list of batches is taken in an order by the seed.
        """
        keywords = {**common.options, **self.keywords, "callback": callback}
        loader = self.train_loader
        if shuffled and seed is not None and type(loader) in {list, tuple}:
            order = torch.randperm(len(loader), generator=torch.Generator().manual_seed(seed)).tolist()
            loader = type(loader)(loader[index] for index in order)
        if self.group is not None:
            keywords["group_schedules"] = partial(_one_group, self.optimizer, self.group)
        around = keywords.get("around")
        if seed is not None or self.group_options or around is not None:
            keywords["around"] = partial(
                conditions,
                common.model,
                self.optimizer,
                loader,
                options=self.group_options,
                seed=seed,
                around=around,
            )
        return RangeTest(
            common.model,
            parts_of(self.optimizer) if isinstance(self.optimizer, JoinedOptimizers) else self.optimizer,
            self.objects.get("criterion", common.criterion),
            loader,
            self.objects.get("val_loader", common.val_loader),
            **keywords,
        )


def variants_given(variants: Any) -> list[tuple[str | None, Mapping[str, Any]]]:
    """Return each variant with its name, None where it is to be named by what it changes.

    Raises
    ------
    SettingsError
        When they are neither a mapping of names nor a list, there is none, one is no mapping, or two names
        are the same.
    """
    form = 'a mapping such as {"wd 0": {"weight_decay": 0}, ...}, or a list of what each changes'
    if isinstance(variants, Mapping):
        given: list[tuple[Any, Any]] = list(variants.items())
    elif isinstance(variants, Sequence) and not isinstance(variants, (str, bytes)):
        given = [(None, one) for one in variants]
    else:
        raise SettingsError(f"variants must be {form}; got {shown(variants)}.")
    if not given:
        raise SettingsError(f"there is no variant to run. Give {form}.")
    found: list[tuple[str | None, Mapping[str, Any]]] = []
    for number, (name, changes) in enumerate(given):
        line = None if name is None else checked_name(name)
        if not isinstance(changes, Mapping):
            which = f"variant {number}" if line is None else f"variant {line!r}"
            raise SettingsError(f"{which} must be a mapping of what it changes; got {shown(changes)}.")
        if line is not None and line in [other for other, _ in found]:
            raise SettingsError(f"two variants are named {line!r}. Give each a name of its own.")
        found.append((line, dict(changes)))
    return found


def check_variant(who: str, changes: Mapping[str, Any], common: Common) -> None:
    """Raise SettingsError where a variant names what cannot be varied, as far as nothing need be made."""
    own = [] if "optimizer" in changes else option_names(common.joined)
    for name in changes:
        if not isinstance(name, str):
            raise SettingsError(f"{who}: what is changed must be named by a text; got {shown(name)}.")
        if name in _REFUSED:
            raise SettingsError(f"{who}: {name} cannot be varied, for {_REFUSED[name]}.")
        if name not in KEYWORDS and name not in OTHERS and name not in own and "optimizer" not in changes:
            raise SettingsError(f"{who}: {_unknown(name, own)}")
    merged = {**common.options, **changes}
    named = [name for name in _RANGE if name in changes]
    if named and merged.get("lr_schedule") is not None:
        raise SettingsError(
            f"{who}: {' and '.join(named)} would change nothing, for lr_schedule tells every rate. Give "
            "lr_schedule=None besides, or an lr_schedule."
        )
    if "optimizer" in changes and merged.get("update_fn") is not None and "update_fn" not in changes:
        raise SettingsError(
            f"{who}: optimizer cannot be varied alone, for update_fn steps an optimizer of its own. Give the "
            "variant an update_fn besides, that steps the new one."
        )
    if "group" in changes and merged.get("group_schedules") is not None:
        raise SettingsError(f"{who}: group and group_schedules exclude each other. Leave one out.")
    if "batch_size" in changes and "train_loader" in changes:
        raise SettingsError(f"{who}: batch_size and train_loader exclude each other. Leave one out.")
    if "seed" in changes:
        whole(f"{who}: seed", changes["seed"], 0, _LARGEST_SEED)


def _unknown(name: str, own: Sequence[str]) -> str:
    known = [*OTHERS, *own, *KEYWORDS]
    near = [OTHERS_NAMES[name]] if name in OTHERS_NAMES else get_close_matches(name, known, 1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    options = f"the options of the optimizer's param groups ({', '.join(own)})" if own else "no option"
    return (
        f"{name} cannot be varied: it is neither {', '.join(OTHERS)}, nor one of {options}, nor a setting or "
        f"an option of RangeTest.{meant}"
    )


def planned(given: Sequence[tuple[str | None, Mapping[str, Any]]], common: Common) -> list[Variant]:
    """Return the variants with their optimizers and loaders made, each with a name.

    Raises
    ------
    SettingsError, SetupError
        When one cannot be; the text names it.
    """
    made = []
    for number, (name, changes) in enumerate(given):
        who = called(name, number)
        try:
            made.append((name, _made(who, changes, common)))
        except LRWidgetError as error:
            if str(error).startswith(who):
                raise
            raise type(error)(f"{who}: {error}") from error
    return _with_names(made, common)


def called(name: str | None, number: int) -> str:
    """Return how errors call a variant."""
    return f"variant {number}" if name is None else f"variant {name!r}"


def _made(who: str, changes: Mapping[str, Any], common: Common) -> Variant:
    optimizer = common.joined
    used: list[str] = []
    rest = {name: value for name, value in changes.items() if name not in KEYWORDS and name not in OTHERS}
    if "optimizer" in changes:
        optimizer, used = made_optimizer(changes["optimizer"], optimizer, rest)
    own = option_names(optimizer)
    for name in rest:
        if name not in own and name not in used:
            raise SettingsError(f"{who}: {_unknown(name, own)}")
    group_options = {name: value for name, value in rest.items() if name not in used}
    if group_options:
        check_options(optimizer, group_options)
    loader = changes.get("train_loader", common.train_loader)
    if "batch_size" in changes:
        loader = with_batch_size(loader, changes["batch_size"])
    return Variant(
        name="",
        changes=_as_told(changes, optimizer),
        optimizer=optimizer,
        train_loader=loader,
        keywords={name: value for name, value in changes.items() if name in KEYWORDS},
        objects={name: changes[name] for name in ("criterion", "val_loader") if name in changes},
        group_options=group_options,
        seed=int(changes["seed"]) if "seed" in changes else None,
        group=_group(changes["group"], optimizer) if "group" in changes else None,
    )


def _group(which: Any, optimizer: AnyOptimizer) -> int:
    """Return the index of a param group, from that or its name."""
    names = [group.get("name") for group in optimizer.param_groups]
    if isinstance(which, str):
        if names.count(which) == 1:
            return names.index(which)
        there = ", ".join(shown(name) for name in names if name is not None) or "none has a name"
        raise SettingsError(f"group names no single param group; got {shown(which)}. There are: {there}.")
    return whole("group", which, 0, len(names) - 1)


def _one_group(optimizer: AnyOptimizer, group: int, settings: Settings) -> list[list[float]]:
    """Return the rates of each group, of which one is swept and the others hold their own."""
    rates = settings.rates
    return [
        list(rates) if index == group else [float(one["lr"])] * len(rates)
        for index, one in enumerate(optimizer.param_groups)
    ]


def _as_told(changes: Mapping[str, Any], optimizer: AnyOptimizer) -> dict[str, Any]:
    """Return what a variant changes as JSON could hold it: objects by their names."""
    told: dict[str, Any] = {}
    for name, value in changes.items():
        if name == "optimizer":
            told[name] = _class_of(optimizer)
            continue
        try:
            told[name] = plain(value, name)
        except SettingsError:
            own = str(value).removeprefix("torch.") if isinstance(value, torch.dtype) else None
            by_name = getattr(value, "__name__", None)
            told[name] = own or (by_name if isinstance(by_name, str) else kind(value).removeprefix("a "))
    return told


def _with_names(made: Sequence[tuple[str | None, Variant]], common: Common) -> list[Variant]:
    """Return the variants, those without a name called by what they change."""
    taken = [name for name, _ in made if name is not None]
    named: list[Variant] = []
    for name, variant in made:
        called_by = name
        if called_by is None:
            wish = cut(in_words(variant.changes) or _class_of(common.joined))
            twin = next((other for other in named if other.name == wish), None)
            if twin is not None:
                mine, theirs = optimizer_options(variant.optimizer), optimizer_options(twin.optimizer)
                more = {key: mine[key] for key in mine if key in theirs and mine[key] != theirs[key]}
                wish = cut(in_words({**variant.changes, **more}) or wish)
            called_by = unique(wish, taken)
            taken.append(called_by)
        named.append(replace(variant, name=called_by))
    return named


def _class_of(optimizer: AnyOptimizer) -> str:
    return " + ".join(type(part).__name__ for part in parts_of(optimizer))
