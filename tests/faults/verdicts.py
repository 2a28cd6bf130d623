"""How a sweep is left after each fault: what comes out of it, and the stop reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from lrwidget import LoaderError, LossError, LRWidgetWarning, RestoreError, SetupError, StateError
from tests.faults.faults import FAULTS

if TYPE_CHECKING:
    from tests.faults.doors import Left
    from tests.faults.matrix import Case

#: What cannot be given back when its own part of the restore fails: the name of its entry in the state.
LOST = {"restore, extra state": "extra", "restore, loader": "place", "restore, tensor": "own"}
#: Phases of a restore; the sweep has ended before, and its reason stands.
RESTORES = tuple(LOST)
LATE = (*RESTORES, "around, left")
#: Phases in which StopIteration says that a pass over the data is over.
DRAWS = ("sample", "collate", "batch drawn", "validation batch drawn")
#: Phases of an evaluation whose very first batch tells of a model that cannot be evaluated.
EVALUATED = ("validation forward", "validation loss")
#: What the error calls them.
LABELS = {
    "restore, extra state": "extra state of model",
    "restore, loader": "state of train_loader",
    "restore, tensor": "own (",
}
NOTHING = type(None)

Reasons = set[str | None]
Verdict = tuple[set[type], Reasons]


def raised(case: Case) -> type[BaseException] | None:
    """Return what the fault raises in the phase itself."""
    if case.fault == "`close()`" and case.door.startswith("widget"):
        return StateError  # a sweep cannot wait for its own end
    if case.fault == "SIGINT" and (case.door == "widget.start" or case.phase in LATE):
        return None  # it reaches the main thread alone; and it waits until all is given back
    return FAULTS[case.fault].raises


def struck_a_restore(case: Case) -> bool:
    """Return whether a part of the restore itself fails, and its state with it."""
    return case.phase in RESTORES and raised(case) is not None


def check_left(case: Case, left: Left, *, first: bool) -> None:
    """Check that a sweep was left as this fault must leave it; ``first``: it struck at the first pass."""
    kinds, reasons = expected(case, first=first)
    assert isinstance(left.error, tuple(kinds)), f"came out: {left.error!r}"
    assert left.stop_reason in reasons, f"stop reason: {left.stop_reason}"
    if case.door.startswith("widget"):
        failed = left.error is not None and not isinstance(left.error, KeyboardInterrupt)
        assert left.state == ("failed" if failed else "finished")
    if struck_a_restore(case):
        told = left.error if isinstance(left.error, RestoreError) else left.error.__cause__
        assert isinstance(told, RestoreError)
        assert LABELS[case.phase] in str(told)


def expected(case: Case, *, first: bool) -> Verdict:
    """Return what may come out, and which stop reasons there may be."""
    kinds, reasons = _of_phase(case, *_of_fault(case, first=first), first=first)
    if case.door == "for" and (
        (case.phase in {"around, entered", "between steps"} and raised(case)) or not reasons
    ):
        reasons = {None}  # nobody was told: it had not begun, or the caller left it without a word
    if case.door.startswith("widget") and KeyboardInterrupt in kinds:
        kinds = {NOTHING, KeyboardInterrupt}  # raised only where there is no point to return
    return kinds, reasons


def _of_fault(case: Case, *, first: bool) -> Verdict:
    """Return what comes of a fault in an ordinary phase."""
    kind, fault = raised(case), FAULTS[case.fault]
    kinds, reasons = {kind or NOTHING}, {fault.reason} - {""}
    if kind is StateError:
        reasons = {"error"}
    if case.fault == "SIGINT" and kind is None:
        kinds, reasons = {NOTHING if case.door == "widget.start" else KeyboardInterrupt}, {"completed"}
    if fault.needs == "a worker" or (
        case.in_worker and kind in {KeyboardInterrupt, SystemExit, GeneratorExit}
    ):
        # The worker is gone, and nobody can know why; what it had still to hand over is gone too.
        kinds, reasons = {RuntimeError, FileNotFoundError, ConnectionError, EOFError}, {"error"}
    if kind is StopIteration:
        kinds.add(RuntimeError)  # let through, it would look like the sweep's own end
    if fault.reason == "non-finite":
        if first:
            kinds, reasons = {LossError}, {"error"}
        elif case.setup == "LBFGS":
            reasons.add("completed")  # of a closure's losses only the first is recorded
    return kinds, reasons


def _of_phase(case: Case, kinds: set[type], reasons: Reasons, *, first: bool) -> Verdict:
    """Return what comes of it in a phase that is not ordinary."""
    kind, phase = raised(case), case.phase
    error = kind is not None and issubclass(kind, Exception)
    if kind is StopIteration and phase in DRAWS:
        kinds, reasons = {NOTHING}, {"completed"}  # a pass over the data is over
        if phase == "validation batch drawn" and first:
            kinds, reasons = {NOTHING, LoaderError}, {"completed", "error"}  # drawn anew, it is empty
    if first and error and phase in EVALUATED and kind is not torch.OutOfMemoryError:
        kinds = {SetupError}  # the model may answer otherwise in evaluation mode
    if error and phase == "snapshot, loader":
        kinds = {LRWidgetWarning}  # it wants arguments, or cannot tell: then it is named as not kept
    if phase == "publishing" and (error or not first):
        kinds = kinds | {NOTHING}  # the last message comes after the end
        reasons = reasons | {"stopped" if kind is StateError else "completed", "completed"}
    if phase == "publishing" and first and not error:
        reasons = reasons | {
            "interrupted"
        }  # the first message goes out before there is a sweep to be stopped
    if phase in LATE:
        reasons = {"completed"}
    if struck_a_restore(case) and (error or case.door.startswith("widget")):
        kinds = {RestoreError}
    return kinds, reasons
