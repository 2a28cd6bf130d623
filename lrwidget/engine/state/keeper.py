"""Objects remembered in place: each gets its own contents back, and stays the object it was.

The state of a model, an optimizer, a sampler or a user's own object is a web of objects. A :class:`Keeper`
walks it once, over whatever references there are, has each object kept in the way of its kind, and later
puts exactly that back into the very same objects.

What a kind of object holds, and how it is given back, stands in a file of its own under ``kinds``; their
table there is asked in order, and the first that fits a type has it. What fits none can be neither kept nor
entered, and is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from lrwidget.engine.state.failures import Failure
from lrwidget.engine.state.parts import ATOMS
from lrwidget.engine.state.walk import Met, Way

if TYPE_CHECKING:
    from collections.abc import Iterable

    import torch

    from lrwidget.engine.state.parts import Part, State
    from lrwidget.engine.state.stand_ins import StandIn
    from lrwidget.engine.state.walk import Kind, Kinds

__all__ = ["Keeper", "TensorSink", "attempt", "has_changed"]

#: Bytes of a loader's tensors and arrays that are copied; the rest is data, most likely, and only watched.
DATA_BUDGET = 32 * 2**20
#: The same for those that users' functions refer to, which may be data, averages or memories.
OTHERS_BUDGET = 1024 * 2**20
#: An object more is left alone, and told: a web of so many is no state of a training.
MOST_OBJECTS = 500_000


class TensorSink(Protocol):
    """Where the values of tensors are kept."""

    def add(self, tensor: torch.Tensor, label: str, *, frozen: bool = False) -> None:
        """Keep a tensor's values."""


class Keeper:
    """Remembers objects, and gives all of them back with one call.

    Parameters
    ----------
    kinds : Kinds
        How each object that is met is kept.
    tensors : TensorSink or None
        Takes the tensors that are met; None = they are left alone.
    """

    def __init__(self, kinds: Kinds, tensors: TensorSink | None = None) -> None:
        self._kinds = kinds
        self._by_type: dict[type, Kind] = {}
        self._sink = tensors
        self._waiting: list[tuple[Kind, Met]] = []
        self._seen: dict[int, object] = {}  # holds the objects too: an id is unique only while they live
        self._stand_ins: dict[int, StandIn] = {}
        self._tellers: dict[int, tuple[object, str]] = {}
        self._room = {True: DATA_BUDGET, False: OTHERS_BUDGET}
        self.parts: list[Part] = []
        #: The random generators among them, and those of these that no loader draws from.
        self.generators: list[State] = []
        self.generators_of_steps: list[State] = []
        #: What may change and cannot be given back, each with the reason.
        self.not_kept: dict[str, str] = {}

    def __contains__(self, value: object) -> bool:
        return id(value) in self._seen

    def walk(self, value: Any, label: str, way: Way | None = None) -> None:
        """Keep an object and all that can be reached from it."""
        self.keep(value, label, way or Way())
        waiting = self._waiting
        while waiting:
            kind, met = waiting.pop()
            assert kind.keep is not None
            if len(self._seen) > MOST_OBJECTS:
                waiting.clear()
                self.not_kept[met.label] = f"more than {MOST_OBJECTS} objects can be reached"
                return
            kind.keep(self, met)

    def keep(self, value: Any, label: str, way: Way, holder: Any = None, key: Any = None) -> None:
        """Note an object to be kept on this walk, unless it was met before."""
        kind = type(value)
        if kind in ATOMS:
            return
        if id(value) in self._seen:
            if holder is not None and (stand_in := self._stand_ins.get(id(value))) is not None:
                stand_in.places.append((holder, key))
            return
        known = self._by_type.get(kind)
        if known is None:
            known = self._by_type[kind] = self._kinds.of(kind)
        if known.keep is None:
            return
        self._seen[id(value)] = value
        self._waiting.append((known, Met(value, label, way, holder, key)))

    def enter(self, owner: object) -> bool:
        """Note an object whose inside is kept just now; False = it was met before."""
        if id(owner) in self._seen:
            return False
        self._seen[id(owner)] = owner
        return True

    def part(self, part: Part) -> None:
        """Add something to give back."""
        self.parts.append(part)

    def generator(self, part: State, way: Way) -> None:
        """Add the state of a random generator to give back."""
        self.parts.append(part)
        self.generators.append(part)
        if not way.loader:
            self.generators_of_steps.append(part)

    def stand_in(self, part: StandIn, holder: Any, key: Any) -> None:
        """Have an iterator stood in for, wherever it is held, once :meth:`install` is called."""
        part.places.append((holder, key))
        self._stand_ins[id(part.iterator)] = part
        self.parts.append(part)

    def install(self) -> None:
        """Put the copies of iterators in their places: what comes now moves those."""
        for part in self._stand_ins.values():
            part.install()

    def tensor(self, tensor: torch.Tensor, label: str, *, frozen: bool = False) -> None:
        """Have a tensor's values kept."""
        if self._sink is not None:
            self._sink.add(tensor, label, frozen=frozen)

    def cannot(self, met: Met, why: str) -> None:
        """Tell of an object that may change and cannot be given back, unless an object above it can tell."""
        if met.way.teller is not None:
            self._tellers[id(met.way.teller)] = (met.way.teller, met.way.teller_label)
        else:
            self.not_kept.setdefault(met.label, why)

    def room_for(self, size: int, way: Way) -> bool:
        """Return whether so many bytes, that may be data, are still copied; counts them if so."""
        if way.named:
            return True
        if size > self._room[way.data]:
            return False
        self._room[way.data] -= size
        return True

    def tellers(self) -> list[tuple[object, str]]:
        """Return the objects whose ``state_dict`` must tell what cannot be seen within them, with labels."""
        return list(self._tellers.values())

    def give_back(self) -> list[Failure]:
        """Give everything back but tensors' values, whatever fails on the way; return what failed."""
        return attempt(self.parts)

    def free(self) -> None:
        """Let go of everything."""
        self.parts.clear()
        self.generators.clear()
        self.generators_of_steps.clear()
        self._seen.clear()
        self._stand_ins.clear()
        self._tellers.clear()


def attempt(parts: Iterable[Part]) -> list[Failure]:
    """Give back every part, whatever the others do; return what failed."""
    failed: list[Failure] = []
    for part in parts:
        try:
            part.give_back()
        except BaseException as error:  # noqa: BLE001, PERF203 - even a SystemExit: all else must come back
            failed.append(Failure(part.label, error))
    return failed


def has_changed(part: Part) -> bool:
    """Return whether something else is there now than a part remembers."""
    try:
        return part.differs()
    except Exception:  # noqa: BLE001 - what can no longer be read is not what it was
        return True
