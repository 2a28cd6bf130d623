"""The sweep itself: one step after the other, from the snapshot to its return."""

from __future__ import annotations

import gc
import time
import warnings
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lrwidget.engine.data.batches import BatchStream, Exhausted, FixedBatches, RedrawnBatches
from lrwidget.engine.data.kept_batches import draw_to_keep
from lrwidget.engine.data.larger_batches import join, join_for_statistics
from lrwidget.engine.devices import give_up_cache
from lrwidget.engine.made_with import batch_size_of, optimizer_options
from lrwidget.engine.rates.groups import group_ratios, own_rates
from lrwidget.engine.rates.optimizers import parts_of
from lrwidget.engine.record import versions
from lrwidget.engine.spies import is_spy
from lrwidget.engine.state.memory import is_out_of_memory, readable
from lrwidget.engine.state.rng import generator_states
from lrwidget.engine.state.snapshot import Snapshot
from lrwidget.engine.state.untouched import Untouched
from lrwidget.engine.step.compiling import can_be_compiled, compiling, with_tensor_rates
from lrwidget.engine.step.evaluation import keeps_statistics
from lrwidget.engine.step.loss_stream import LossStream, Row, stream_for
from lrwidget.engine.step.losses import check_finite
from lrwidget.engine.step.noise import SameNoise
from lrwidget.engine.step.stepper import Stepper
from lrwidget.engine.step.watch import StepWatch
from lrwidget.engine.threads.interrupts import deferred_interrupts
from lrwidget.engine.verification.verification import Verification, warn_of
from lrwidget.errors import LRWidgetWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from lrwidget.engine.footprint import Footprint
    from lrwidget.engine.plan import Plan
    from lrwidget.engine.record import Points
    from lrwidget.engine.state.places import Place
    from lrwidget.engine.threads.control import Control
    from lrwidget.history.record import StopReason

__all__ = ["Sweep"]

#: Steps in which an accelerator that runs out of memory is helped: by then a step has all that it needs.
FIRST_STEPS = 3


class Sweep:
    """What is borrowed while a sweep is on; the record of it stays when all is given back.

    Parameters
    ----------
    plan : Plan
    control : Control
        Read before each step.
    record : Points
        Takes the losses.
    """

    #: Whether the batches that are kept are evaluated on after every step.
    _evaluates_steps = True

    def __init__(self, plan: Plan, control: Control, record: Points[Any]) -> None:
        self._plan = plan
        self._control = control
        self._snapshot: Snapshot | None = None
        self._batches: BatchStream | None = None
        self._fixed: FixedBatches | RedrawnBatches | None = None
        self._stepper: Stepper | None = None
        self._watch: StepWatch | None = None
        self._stream: LossStream | None = None
        self._ratios: list[float] = []
        self._rates: Sequence[Sequence[float]] = ()
        self._verification: Verification | None = None
        self._around = ExitStack()
        self._inside = False
        self._device = torch.device("cpu")
        self._known_before = 0
        self.record = record
        self.steps_done = 0
        self.is_midway = False
        self._warnings: list[str] = []
        self.receipt: dict[str, Any] = {}
        #: What the sweep holds, once it has begun.
        self.footprint: Footprint | None = None

    @property
    def steps_planned(self) -> int:
        """Steps in all."""
        return self._plan.settings.num_iter

    @property
    def holds_anything(self) -> bool:
        """Whether something is still to be given back."""
        return self._snapshot is not None or self._inside

    def enter(self) -> None:
        """Look at everything, if it is to be verified, and enter what is to hold around the sweep."""
        if self._plan.verify:
            self._verification = Verification(self._plan)
        if self._plan.around is None:
            return
        with deferred_interrupts():
            self._around.enter_context(self._plan.around())
            self._inside = True

    def begin(self, device: torch.device, place: Place | None = None) -> None:
        """Remember everything, then draw the first batches.

        Parameters
        ----------
        device : torch.device
            Where batches go.
        place : {"auto", "device", "host", "disk"} or None
            Where the copies are held; None = as the plan has it.
        """
        plan = self._plan
        self._device = device
        began = time.perf_counter()
        with deferred_interrupts():
            self._snapshot = Snapshot(
                plan.model,
                plan.optimizer,
                plan.criterion,
                grad_scaler=plan.grad_scaler,
                loaders=plan.loaders,
                devices=[device],
                functions=plan.functions(),
                keep=plan.keep,
                place=place or plan.snapshot,
            )
        took = time.perf_counter() - began
        if (text := self._snapshot.warning) and text not in self._warnings:
            self._warnings.append(text)
        self._prepare(device)
        with torch.inference_mode(False):  # a batch made in inference mode cannot be trained on
            self._draw_first(device)
        self.footprint = self._snapshot.footprint(getattr(self._fixed, "size", 0))
        self.receipt = self._describe(device) | {"snapshot_seconds": took}
        if place is None:
            self.record.begin()

    def _prepare(self, device: torch.device) -> None:
        """Make model and optimizer ready to train at the sweep's rates."""
        plan = self._plan
        if not plan.model.training:
            plan.model.train()
        self._ratios = group_ratios(plan.optimizer)
        for part in parts_of(plan.optimizer):
            # Optimizers that average the weights (schedule-free ones) train and evaluate on different ones.
            if callable(getattr(part, "train", None)) and callable(getattr(part, "eval", None)):
                part.train()  # type: ignore[attr-defined]
            if plan.compiled and can_be_compiled(part, plan.grad_scaler):
                with_tensor_rates(part)
        self._rates = self._rates_of_steps()
        self._watch = StepWatch(plan.optimizer, plan.update_fn)
        self._stepper = Stepper(plan, device, self._around_evaluations(device) if plan.evaluates else ())

    def _rates_of_steps(self) -> Sequence[Sequence[float]]:
        """Return the rate of each group at each step."""
        schedules = self._plan.schedules
        if schedules is None:
            schedules = [[rate * ratio for rate in self._plan.settings.rates] for ratio in self._ratios]
        else:
            own_rates(self._plan.optimizer)
            schedules = [list(map(float, rates)) for rates in schedules]
        return list(zip(*schedules, strict=True))

    def _around_evaluations(self, device: torch.device) -> list[Callable[[], AbstractContextManager[object]]]:
        """Return what keeps an evaluation from leaving a trace."""
        plan, one = self._plan, self._plan.criterion
        # A spy says that it is the module that it stands for.
        criterion = [one] if isinstance(one, nn.Module) and not is_spy(one) else []
        modules = [plan.model, *criterion]
        if plan.redraw_val:  # which draws its batches, and its noise, as the training's stream goes
            return [Untouched((), modules)]
        assert self._snapshot is not None
        places = {device, *(p.device for p in plan.model.parameters())}
        generators = [*generator_states(places, elsewhere=False), *self._snapshot.generators]
        called = [("model", plan.model), ("criterion", plan.criterion), *plan.functions()]
        return [SameNoise(generators), Untouched(called, modules)]

    def advance(self) -> None:
        """Take one step, or find out why there is none to take."""
        if self._control.is_told or self.steps_done == len(self._rates):
            self._wait_or_end()
            return
        try:
            loss = self._step()
        except Exhausted:
            self._catch_up()
            self.record.end("exhausted")
            return
        except Exception as error:
            if not self._can_make_room(error):
                # Had the device not been behind, a divergence might have ended the sweep before this step.
                self._catch_up()
                if self.record.stop_reason is None:
                    raise
                return
        else:
            self._take(loss)
            return
        self._begin_again()  # out here, where Python has let go of what the failed step held

    def _take(self, loss: torch.Tensor | None) -> None:
        """Record a step's loss; None = the step was skipped."""
        if loss is None:
            return
        stream = self._stream
        if stream is None:
            check_finite(loss.reshape(-1)[0])
            stream = self._stream = stream_for(loss, len(self._rates))
        stream.push(loss)
        self.steps_done += 1
        self._add(stream.ready())

    def _add(self, rows: list[Row], *, quietly: bool = False) -> None:
        """Record losses, but for those of the steps that were taken before and are known."""
        if self._known_before:
            again = min(self._known_before, len(rows))
            self._known_before -= again
            rows = rows[again:]
        self.record.add(rows, quietly=quietly)

    def _can_make_room(self, error: BaseException) -> bool:
        """Return whether the device has no room for a first step, and the copy there is what could go."""
        return (
            is_out_of_memory(error)
            and self.steps_done < FIRST_STEPS
            and self._plan.snapshot == "auto"
            and self._snapshot is not None
            and "device" in self._snapshot.held
            and self._control.stop_reason is None
        )

    def _begin_again(self) -> None:
        """Give all back, and begin once more with the copy on the host."""
        held = self._snapshot.held["device"] if self._snapshot is not None else 0
        with deferred_interrupts(), ExitStack() as last_to_first:
            self._let_go(last_to_first)
        gc.collect()
        give_up_cache(self._device)
        self.steps_done, self._known_before = 0, len(self.record)
        self.begin(self._device, "host")
        told = f"{self._device} ran out of memory in the first steps; the copy was taken to the host"
        self.receipt["began_again"] = told
        self._warn(
            f"{told} ({readable(held)}) and the sweep has begun again. Nothing is lost. "
            'snapshot="host" spares the first attempt.'
        )
        self.receipt["warnings"] = self._warnings

    def _warn(self, text: str) -> None:
        """Warn, and have the receipt tell of it: a warning in a background thread is seen by nobody."""
        if text not in self._warnings:
            self._warnings.append(text)
        warnings.warn(text, LRWidgetWarning, stacklevel=3)

    def end(self, reason: StopReason) -> None:
        """Record what is still under way, end the sweep if it has not ended, and give everything back."""
        try:
            self._catch_up(quietly=True)
            self.record.end(reason)
        finally:
            self.give_back()

    def fail(self, error: BaseException) -> None:
        """End the sweep because of an error, and give everything back. Called again, it does nothing.

        A second Ctrl-C may strike here at any line, but not within :meth:`give_back`, which is why every way
        out tries that again.
        """
        reason: StopReason = "error" if isinstance(error, Exception) else "interrupted"
        if isinstance(error, GeneratorExit):
            reason = "stopped"
        held = self.holds_anything
        try:
            with suppress(Exception):  # a broken device has no more to tell, and the error matters more
                self._catch_up(quietly=True)
            self.record.end(reason)
            self.record.forget_unseen()
        finally:
            self.give_back()
        if held and hasattr(error, "add_note"):  # Python 3.11
            error.add_note(self._where())

    def give_back(self) -> None:
        """Give everything back and let go of it; called again, it does nothing.

        Raises
        ------
        RestoreError
            When something could not be given back; everything else was.
        """
        try:
            with deferred_interrupts():
                self._inside = False
                with ExitStack() as last_to_first:  # each is tried, whatever the others do
                    last_to_first.push(self._around.pop_all())
                    self._let_go(last_to_first)
        finally:
            verification, self._verification = self._verification, None
            if verification is not None:
                self.receipt["differs"] = verification.differences(self.receipt)
                warn_of(self.receipt["differs"])

    def _let_go(self, last_to_first: ExitStack) -> None:
        """Hand over all that :meth:`begin` borrowed and made, to be given back as the stack unwinds."""
        snapshot, self._snapshot = self._snapshot, None
        batches, self._batches = self._batches, None
        if self._stepper is not None and self._stepper.skipped:
            self.receipt["skipped_steps"] = self._stepper.skipped
        fixed, self._fixed = self._fixed, None
        watch, self._watch = self._watch, None
        self._stepper = self._stream = None
        if watch is not None:
            last_to_first.callback(watch.close)
        if snapshot is not None:
            last_to_first.callback(self._restore, snapshot)
        if batches is not None:
            last_to_first.callback(batches.close)
        if isinstance(fixed, RedrawnBatches):
            last_to_first.callback(fixed.close)

    def _wait_or_end(self) -> None:
        """Do as the control says, or end the sweep that has run all its rates."""
        control, record = self._control, self.record
        known = len(record)
        self._catch_up()
        if control.paused:
            if len(record) == known:  # what has just become known is handed out before the wait
                control.wait_while_paused()
        elif control.stop_reason is not None and not self._is_whole():
            record.end(control.stop_reason)
        else:
            if record.stop_reason is None and self._watch is not None:
                self._watch.finish()
            record.end("completed")

    def _is_whole(self) -> bool:
        """Return whether it is complete, though it was told to stop."""
        return False

    def _restore(self, snapshot: Snapshot) -> None:
        began = time.perf_counter()
        try:
            if notes := snapshot.restore():
                self.receipt["notes"] = notes
        finally:
            self.receipt["restore_seconds"] = time.perf_counter() - began
            self.receipt["restored_bytes"] = snapshot.written
            if snapshot.not_kept:  # known already, unless it failed before the first step
                self.receipt["not_kept"] = snapshot.not_kept

    def _catch_up(self, *, quietly: bool = False) -> None:
        """Wait for the losses still under way, and record them."""
        if self._stream is not None:
            self._add(self._stream.drain(), quietly=quietly)

    def _where(self) -> str:
        step, rates = self.steps_done, self._plan.settings.rates
        rate = f", lr = {rates[step]:.3g}" if step < len(rates) else ""
        step = min(step + 1, len(rates))
        return f"lrwidget: at step {step} of {len(rates)}{rate}; everything was restored."

    def _step(self) -> torch.Tensor | None:
        assert self._watch is not None
        self._watch.set(self._rates[self.steps_done])
        self.is_midway = True
        try:
            # Whatever the caller's mode. To enter what is there already would take as long as all else here.
            if torch.is_grad_enabled() and not (torch.is_inference_mode_enabled() or self._plan.compiled):
                return self._train_and_evaluate()
            with compiling(self._plan.compiled), torch.inference_mode(False), torch.enable_grad():
                return self._train_and_evaluate()
        finally:
            self.is_midway = False

    def _train_and_evaluate(self) -> torch.Tensor | None:
        assert self._stepper is not None
        assert self._batches is not None
        assert self._watch is not None
        loss = self._stepper.train(self._batches.draw)
        self._watch.look()
        if self._evaluates_steps and self._fixed is not None and loss is not None:
            loss = self._stepper.evaluate(self._fixed)
        return loss

    def _draw_first(self, device: torch.device) -> None:
        """Draw the first training batch, and those to evaluate on, if any.

        Both loaders are begun before a batch is drawn: the order in which pytorch-lr-finder uses random
        numbers.
        """
        plan = self._plan
        self._batches = BatchStream(plan.train_loader)
        if plan.val_loader is None:
            self._batches.require()
            if plan.fixed_batches is not None:
                like = self._batches.ahead
                kept = draw_to_keep(
                    self._batches,
                    plan.train_loader,
                    plan.fixed_batches,
                    "train_loader",
                    "fixed_batches",
                    warn=self._warn,
                )
                self._fixed = self._kept(kept, like, device)
                self._batches.require()
            return
        evaluation = BatchStream(plan.val_loader, "val_loader")
        if plan.redraw_val:
            self._fixed = RedrawnBatches(evaluation, device, plan.val_batches)
            self._batches.require()
            return
        try:
            self._batches.require()
            evaluation.require()
            kept = draw_to_keep(
                evaluation, plan.val_loader, plan.val_batches, "val_loader", "val_batches", warn=self._warn
            )
            self._fixed = self._kept(kept, self._batches.ahead, device)
        finally:
            evaluation.close()

    def _kept(self, batches: list[Any], like: Any, device: torch.device) -> FixedBatches:
        """Return what is evaluated on, joined to batches that suit the model; ``like``: one it trains on."""
        plan = self._plan
        if plan.eval_batch_size is not None:
            batches = join(batches, plan.eval_batch_size)
        elif plan.eval_mode == "batch_stats" and any(
            module.training and keeps_statistics(module) for module in plan.model.modules()
        ):
            batches = join_for_statistics(batches, like)
        return FixedBatches(batches, device)

    def _describe(self, device: torch.device) -> dict[str, Any]:
        parameters = list(self._plan.model.parameters())
        receipt: dict[str, Any] = {
            "model": type(self._plan.model).__name__,
            "optimizer": " + ".join(type(part).__name__ for part in parts_of(self._plan.optimizer)),
            "optimizer_options": optimizer_options(self._plan.optimizer),
            "device": str(device),
            "parameters": sum(parameter.numel() for parameter in parameters),
            "trainable_parameters": sum(p.numel() for p in parameters if p.requires_grad),
            "group_ratios": list(self._ratios),
            "snapshot_bytes": self._snapshot.held if self._snapshot is not None else {},
            "footprint": None if self.footprint is None else self.footprint.as_dict(),
            **versions(),
        }
        size = batch_size_of(self._plan.train_loader, self._batches.ahead if self._batches else None)
        if size is not None:
            receipt["batch_size"] = size
        if self._snapshot is not None and self._snapshot.not_kept:
            receipt["not_kept"] = self._snapshot.not_kept
        if self._warnings:
            receipt["warnings"] = self._warnings
        if self._fixed is not None:
            receipt["eval_mode"] = self._plan.eval_mode
        if isinstance(self._fixed, FixedBatches):
            receipt["evaluation_batches"] = len(self._fixed)
        if self._plan.compiled:
            receipt["compiled"] = self._plan.compiled
        if self._plan.autocast is not None:
            receipt["autocast"] = str(self._plan.autocast).removeprefix("torch.")
        return receipt
