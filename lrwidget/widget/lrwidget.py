"""The widget as its users know it: one anywidget, a thin and documented face of the controller."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import traitlets
from IPython.display import display

from lrwidget._text import exact_rate
from lrwidget._validate import checked_seconds, whole
from lrwidget.engine.checks import check_model
from lrwidget.engine.docstrings import shows_parameters_of
from lrwidget.engine.range_test import RangeTest
from lrwidget.engine.rates.cycles import cyclic, one_cycle
from lrwidget.engine.rates.places import checked_places
from lrwidget.engine.rates.schedulers import checked_schedulers
from lrwidget.engine.signatures import takes_options
from lrwidget.engine.threads.caller import capture
from lrwidget.engine.variants.comparison import Comparison
from lrwidget.errors import LRWidgetError
from lrwidget.history.refine import extended, zoomed
from lrwidget.plot.blank import HEIGHT
from lrwidget.plot.bundle import prepare_plotly_js
from lrwidget.widget.commands import Commands
from lrwidget.widget.controller import STEPS, Controller
from lrwidget.widget.host import hear_while_cells_run, in_kernel, runs_reactively
from lrwidget.widget.judgement import Choice, checked_bandwidth, checked_on, checked_rule
from lrwidget.widget.lifetime import forget, hold_weakly, is_contained, keep_for_cell, place
from lrwidget.widget.model import Model
from lrwidget.widget.owners import owner_of
from lrwidget.widget.page import Page
from lrwidget.widget.record import record
from lrwidget.widget.saved import Saved
from lrwidget.widget.screen import Screen
from lrwidget.widget.traits import Mirror
from lrwidget.widget.waiting import until_accepted
from lrwidget.widget.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import torch
    from torch import nn
    from torch.optim.lr_scheduler import CyclicLR, OneCycleLR
    from typing_extensions import Unpack

    from lrwidget.curves.axis import StepMode
    from lrwidget.engine.options import Options
    from lrwidget.history.record import History, StopReason
    from lrwidget.history.runs import Runs
    from lrwidget.history.trials import Trials
    from lrwidget.picks.pick import Pick

__all__ = ["LRWidget"]

_static = files("lrwidget.widget") / "static"

#: What is shown of the state outside of it, as traits that can be observed and linked.
_MIRRORED: Final = ("state", "lr", "suggested_lr", "accepted_lr")


@shows_parameters_of(RangeTest)
class LRWidget(Model):
    """Find a learning rate by eye: a live range test with a draggable marker.

    Display it, press Run, drag the marker if you disagree with the suggestion, press Accept. The optimizer
    then holds the rate; model, optimizer, loaders and random generators are otherwise exactly as before.
    What is found and cannot be copied is named in a warning before the first batch.

    Parameters
    ----------
    model, optimizer, criterion, train_loader, val_loader
        What you train with; see :class:`lrwidget.RangeTest`. ``criterion`` may be None with ``step_fn``, and
        ``optimizer`` a list of several.
    start_lr, end_lr, num_iter, step_mode, lr_schedule
        The rates: from ``start_lr`` to ``end_lr``, both run, in ``num_iter`` (at least 2) equal steps of
        log-rate ("exp") or rate ("linear"); or your own increasing list. The fields show the first three.
    smooth_f, diverge_th, early_stop
        When a sweep stops by itself; see :class:`lrwidget.RangeTest`.
    accumulation_steps : int
        Batches per step.
    rule : str
        How a rate is picked: "steepest", "knee", "floor", "edge", "valley", "minimum" or "seed".
    bandwidth : float
        Smoothing of curve and picks, in decades of the rate; 0 is none.
    on : {"loss", "metric"}
        What the rule judges; of a metric more is better.
    scheduler : object or sequence, optional
        Attached schedulers; Accept updates their base rates, so that they go on from the accepted one.
    write_to : sequence, optional
        Where else Accept writes the rate: pairs of a mapping and a key, or of an object and an attribute's
        name, for example ``(config, "lr")``; or an array, tensor or list of a rate for each step, which is
        scaled so that the largest is the accepted one. Undo and Reset give back what stood there.
    height : int
        Of the figure, in pixels, from 240 to 2000.
    **options
        What is evaluated on, your own step, a metric, clipping, precision, and the rest: see
        :class:`lrwidget.engine.options.Options`.

    Raises
    ------
    SettingsError
        When a setting cannot work; nothing was touched.

    Notes
    -----
    Making a second widget for the same model ends a sweep that the first one still runs, because the first
    one's buttons are gone when its cell is run again. A widget lives as long as something leads to it: a
    variable, a sweep, or the output of the cell that displayed it.
    """

    _esm = (_static / "widget.js").read_text(encoding="utf-8")
    _css = (_static / "widget.css").read_text(encoding="utf-8")

    state = Mirror(
        lambda self: self._control.state.phase,
        doc="""One of "idle", "running", "paused", "finished", "failed", "accepted".""",
    )
    suggested_lr = Mirror(
        lambda self: self._control.state.suggested,
        doc="""The rule's pick, or the best rate of trials, to three significant digits; None: none is.""",
    )
    accepted_lr = Mirror(
        lambda self: self._control.state.accepted,
        doc="""The rate pushed to the optimizer; None until then.""",
    )
    lr = Mirror(
        lambda self: self._control.state.lr,
        lambda self, value: self._control.set_lr(value),
        doc="""Where the marker stands: the override if there is one, else the suggestion.

        Set it to override the suggestion; None takes the override back.
        """,
    )
    # By which a page finds what the saved notebook keeps of this widget.
    _id = traitlets.Unicode().tag(sync=True)
    _state = Mirror(lambda self: self._record())
    _figure = Mirror(lambda self: self._page.figure)
    # A page sets it to have marimo run the cells again that read this widget; see ``host.runs_reactively``.
    _seen = traitlets.Int(0).tag(sync=True)

    @takes_options
    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer | Sequence[torch.optim.Optimizer],
        criterion: Callable[..., Any] | None,
        train_loader: Iterable[Any],
        val_loader: Iterable[Any] | None = None,
        *,
        start_lr: float = 1e-7,
        end_lr: float = 10.0,
        num_iter: int = 100,
        step_mode: StepMode = "exp",
        lr_schedule: Sequence[float] | None = None,
        smooth_f: float = 0.05,
        diverge_th: float = 5.0,
        early_stop: bool = False,
        accumulation_steps: int = 1,
        rule: str = "steepest",
        bandwidth: float = 0.3,
        on: str = "loss",
        scheduler: object | Sequence[object] | None = None,
        write_to: Sequence[Any] = (),
        height: int = HEIGHT,
        **options: Unpack[Options],
    ) -> None:
        check_model(model)
        height = whole("height", height, 240, 2000)
        common: dict[str, Any] = {
            "model": model,
            "optimizer": optimizer,
            "criterion": criterion,
            "train_loader": train_loader,
            "val_loader": val_loader,
            "step_mode": step_mode,
            "lr_schedule": lr_schedule,
            "smooth_f": smooth_f,
            "diverge_th": diverge_th,
            "early_stop": early_stop,
            "accumulation_steps": accumulation_steps,
            **options,
        }
        make_test = partial(RangeTest, **common)
        # A test that is never started: bad settings are told here, where they were written.
        first = make_test(start_lr=start_lr, end_lr=end_lr, num_iter=num_iter)
        choice = Choice(checked_rule(rule), checked_bandwidth(bandwidth), checked_on(on, first.metric_name))
        schedulers, places = checked_schedulers(scheduler), checked_places(write_to)
        previous = owner_of(model)
        if previous is not None:
            previous.stop()
            previous.wait()
        self._control = Controller(
            model=model,
            optimizer=optimizer,
            scheduler=schedulers,
            write_to=places,
            make_test=make_test,
            make_comparison=partial(_comparison, common),
            settings=first.settings,
            choice=choice,
            metric_name=first.metric_name,
        )
        self._page = Page(
            self,
            self._control.sweeps.progress,
            lambda: self._control.state,
            metric_name=first.metric_name,
            height=height,
        )
        self._wire = Wire(Commands(self._control, self._page.greet).obey, self.send)
        name = uuid4().hex
        self._saved = Saved(name, lambda: self._control.state, self._tell_saved)
        self._control.screen = Screen(self, self._control, self._page, self._wire, self._saved)
        super().__init__(_id=name)
        self.on_msg(_hear)
        hear_while_cells_run(self)
        hold_weakly(self)

    def __repr__(self) -> str:
        if not hasattr(self, "_control"):  # the constructor refused its arguments
            return "LRWidget()"
        parts: list[str] = [self.state, *([self.stop_reason] if self.stop_reason else [])]
        parts += [f"lr={exact_rate(self.lr)}"] if self.lr is not None else []
        return f"LRWidget({', '.join(parts)})"

    # -- what is known ---------------------------------------------------------------------------

    @property
    def stop_reason(self) -> StopReason | None:
        """Why the last sweep, or the last trials, ended; None before the first and while one is on."""
        return self._control.state.stop_reason

    @property
    def error(self) -> BaseException | None:
        """What a failed sweep, or failed trials, raised."""
        return self._control.state.error

    @property
    def history(self) -> History | None:
        """What the running sweep has recorded, or the run that is judged; None before the first."""
        return self._control.sweeps.history

    @property
    def pick(self) -> Pick | None:
        """The rule's answer: its exact rate, why, what speaks against it; None before there is a point."""
        return self._control.state.judgement.pick

    @property
    def runs(self) -> Runs:
        """Every sweep that took a step, by name: ``w.runs["SGD, wd 0.1"].history``; one of them is judged.

        Names come from what the sweeps differ in. It is frozen: :meth:`show_run`, :meth:`rename_run` and
        :meth:`remove_run` change what is kept, ``w.runs.save("runs.json")`` keeps it for later.
        """
        return self._control.state.kept.runs

    @property
    def trials(self) -> Trials | None:
        """What the running or last trials recorded, from the start of the run that is judged; else None."""
        return self._control.sweeps.trials

    @property
    def bounds(self) -> tuple[float, float] | None:
        """``(base_lr, max_lr)`` for a cyclical schedule: where the loss starts to fall, and where it stops.

        Set it to move both edges of the band, and to show it; None moves them back to what the curve shows.
        """
        return self._control.state.bounds

    @bounds.setter
    def bounds(self, value: tuple[float, float] | None) -> None:
        self._control.set_bounds(value)

    @property
    def rule(self) -> str:
        """How the rate is picked; setting it picks anew at once."""
        return self._control.state.choice.rule

    @rule.setter
    def rule(self, value: str) -> None:
        self._control.choose(rule=checked_rule(value))

    @property
    def bandwidth(self) -> float:
        """Smoothing in decades of the rate; setting it draws and picks anew at once."""
        return self._control.state.choice.bandwidth

    @bandwidth.setter
    def bandwidth(self, value: float) -> None:
        self._control.choose(bandwidth=checked_bandwidth(value))

    @property
    def on(self) -> str:
        """What the rule judges, "loss" or "metric"; setting it picks anew at once."""
        return self._control.state.choice.on

    @on.setter
    def on(self, value: str) -> None:
        self._control.choose(on=value)

    # -- commands --------------------------------------------------------------------------------

    def start(self) -> None:
        """Sweep in the background, as the Run button does; the kernel stays free.

        What goes wrong in the sweep appears in the status line and in :attr:`error`.

        Raises
        ------
        StateError, SettingsError
            When a sweep is already on; when the fields hold a setting that cannot work.
        """
        self._control.start(capture())

    def run(self) -> History:
        """Sweep now, in this cell, and return the history; it draws live all the same.

        The kernel's interrupt (Ctrl-C) ends it cleanly: everything is restored, and the history so far is
        returned. In a script or a terminal a line of text shows the progress instead.

        Raises
        ------
        StateError
            When a sweep is already on.
        Exception
            What the model, criterion or loader raised, after everything was restored.
        """
        self._show_once()
        return self._control.run()

    def try_rates(
        self, rates: Sequence[float] | None = None, steps: int = STEPS, *, scheduler: Any = None
    ) -> Trials:
        """Train shortly at a few rates, each from the same start and on the same batches, and compare them.

        In this cell, as :meth:`run`; the Try button does the same in the background. After each trial
        everything is given back as after a sweep. The best rate becomes :attr:`suggested_lr`, where the
        marker then stands.

        Parameters
        ----------
        rates : sequence of float, optional
            2 to 100 different ones. By default three, half a decade apart, around where the marker stands,
            none above the edge where the loss blows up; and up to two more, while the best is at their end.
            Where the sweep shows no rate, around the optimizer's own.
        steps : int
            Optimizer steps of each, at least 2. Those that are certain to end above the best end early.
        scheduler : object, sequence or callable, optional
            Whose shape the rates follow, stepped after each step; else they are held. See
            :class:`lrwidget.RateTrials`.

        Raises
        ------
        StateError, SettingsError
            While a sweep is on, or when there is no rate to try others around; when a rate is none.
        Exception
            What the model, criterion or loader raised, after everything was restored.
        """
        self._show_once()
        return self._control.run_trials(rates, steps, scheduler)

    def compare(self, variants: Mapping[str, Mapping[str, Any]] | Sequence[Mapping[str, Any]]) -> Runs:
        """Sweep variants one after another, each from the same start, in this cell.

        They are drawn as they come, and each is kept as a run. Smith's grid over weight decays (arXiv
        1803.09820)::

            w.compare({f"wd {wd:g}": {"weight_decay": wd} for wd in (0, 1e-5, 1e-4, 1e-3)})

        Parameters
        ----------
        variants : mapping or list
            A name for each, and what it changes: ``optimizer``, any option of its param groups,
            ``batch_size``, ``seed``, ``group``, and any setting; see :class:`lrwidget.Comparison`. A list:
            each is called by what it changes.

        Returns
        -------
        Runs
            Those that took a step. Stop ends the one that is on, and those to come.

        Raises
        ------
        SettingsError, StateError
            When what a variant names cannot be varied, before the first begins; while a sweep is on.
        Exception
            What a variant's model, criterion or loader raised, after everything was restored.
        """
        self._show_once()
        return self._control.compare(variants)

    def zoom(self, low: float, high: float, num_iter: int | None = None) -> History:
        """Sweep the run that is shown once more, densely between two rates, and as before outside of them.

        It is one whole sweep over all these rates from the restored start, just what it would have been at
        once; it takes the place of the run. On the page: zoom into the rates, then "Run here".

        Parameters
        ----------
        low, high : float
            Ends of the part, both run.
        num_iter : int, optional
            How many rates to run there; by default twice as many as before, at least 50.

        Raises
        ------
        SettingsError, StateError
            When that is no part of the range, or no denser; while a sweep is on, or when no run of this
            widget's own objects is shown.
        """
        self._show_once()
        return self._control.run_refined(partial(zoomed, low=low, high=high, num_iter=num_iter))

    def extend(self, *, start_lr: float | None = None, end_lr: float | None = None) -> History:
        """Sweep the run that is shown once more over a longer range, as closely as at that end.

        It is one whole sweep from the restored start, and takes the place of the run. On the page: Extend,
        where the loss has not blown up.

        Parameters
        ----------
        start_lr, end_lr : float, optional
            The new ends, both run: below the first rate, above the last.

        Raises
        ------
        SettingsError, StateError
            As for :meth:`zoom`.
        """
        self._show_once()
        return self._control.run_refined(partial(extended, start_lr=start_lr, end_lr=end_lr))

    def show_run(self, which: int | str) -> None:
        """Judge another run, by its name or place in :attr:`runs`: its curve and its pick are shown.

        Raises
        ------
        SettingsError, StateError
            When there is no such run; while a sweep is on.
        """
        self._control.show_run(self._control.state.kept.named(which))

    def rename_run(self, which: int | str, name: str) -> None:
        """Give a run another name: one line of at most 80 characters, that no other run has."""
        self._control.rename_run(self._control.state.kept.named(which), name)

    def remove_run(self, which: int | str) -> None:
        """Forget a run. Of the one that is judged, the last of the others is judged instead.

        The only one is forgotten by :meth:`reset`.
        """
        self._control.remove_run(self._control.state.kept.named(which))

    def stop(self) -> None:
        """End the sweep, or the trials, before the next step; everything is restored. Harmless at rest."""
        self._control.sweeps.stop()

    def pause(self) -> None:
        """Hold the sweep, or the trials, before the next step."""
        self._control.sweeps.pause()

    def resume(self) -> None:
        """Go on from a pause, with the same data iterator."""
        self._control.sweeps.resume()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no sweep is on, and no trials; return False when ``timeout`` seconds were not enough."""
        return self._control.sweeps.wait(checked_seconds("timeout", timeout))

    def accept(self, lr: float | None = None) -> float:
        """Put a rate into the optimizer, every param group in its ratio to the first, and return it.

        Parameters
        ----------
        lr : float, optional
            The rate; when left out, where the marker stands.

        Raises
        ------
        StateError, SettingsError
            While a sweep is on, or when there is no rate to accept; when ``lr`` is not finite and positive.
        """
        return self._control.accept(lr)

    def undo(self) -> None:
        """Give back the rates from before Accept; curve and marker stay.

        Nothing happens when nothing was accepted since the last sweep. While one is on, this raises
        StateError.
        """
        self._control.undo()

    def reset(self) -> None:
        """Give back the rates from before Accept, forget every run, and empty the figure.

        The model is not touched: it was restored when the sweep ended, and may have been trained since.
        While a sweep is on, this raises StateError.
        """
        self._control.reset()

    async def accepted(self, *, unattended: str = "refuse") -> float:
        """Wait until a person presses Accept, and return the rate: ``lr = await w.accepted()``.

        It waits as long as a page answers while the cell waits. Where none does, it raises and says what to
        do instead, and nothing is written into the optimizer: an open page whose buttons wait for the cell
        (ipykernel 6, front ends without subshells) is not taken for an absent one.

        Parameters
        ----------
        unattended : {"refuse", "suggestion"}
            What to do where nobody could press: in a script, or in a notebook that is executed by a program
            that takes no input (nbconvert, papermill, nbclient) and that no page has shown. "refuse" raises.
            "suggestion" runs the sweep if there is no rate yet, accepts the marker's rate, which is the
            rule's unless :attr:`lr` was set, and warns that it did.

        Raises
        ------
        StateError
            When no page answers within 10 seconds; when nobody could press and that is refused; when the
            widget is closed meanwhile; when there is neither a page nor a suggestion.
        SettingsError
            When ``unattended`` is something else.
        """
        self._show_once()
        reactive = runs_reactively(self)
        return await until_accepted(self._control, self._wire, unattended, reactive=reactive)

    def close(self) -> None:
        """End a running sweep, restore, close the view, and let go of model and optimizer."""
        control = getattr(self, "_control", None)  # absent when the constructor refused its arguments
        if control is not None and not control.state.closed:
            control.close()
            self.on_msg(_hear, remove=True)
            self._control.screen.changed()
        forget(self)
        super().close()

    def one_cycle(self, total_steps: int, **options: Any) -> OneCycleLR:
        """Return a ``torch.optim.lr_scheduler.OneCycleLR`` from ``base_lr`` up to ``max_lr`` and down again.

        Parameters
        ----------
        total_steps, **options
            See :func:`lrwidget.engine.rates.cycles.one_cycle`.

        Raises
        ------
        StateError, SettingsError
            While a sweep is on, or when there are no bounds; when an option cannot work.
        """
        scheduler: OneCycleLR = self._control.make_schedule(one_cycle, total_steps, options)
        return scheduler

    def cyclic(self, step_size_up: int, **options: Any) -> CyclicLR:
        """Return a ``torch.optim.lr_scheduler.CyclicLR`` between ``base_lr`` and ``max_lr``.

        Parameters and errors are as for :meth:`one_cycle`; see :func:`lrwidget.engine.rates.cycles.cyclic`.
        """
        scheduler: CyclicLR = self._control.make_schedule(cyclic, step_size_up, options)
        return scheduler

    # -- display ---------------------------------------------------------------------------------

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if self._control.state.closed:
            return {"text/plain": repr(self)}
        if in_kernel():
            keep_for_cell(self, place())
            self._saved.display()
            prepare_plotly_js()
        return super()._repr_mimebundle_(**kwargs)

    def _show_once(self) -> None:
        """Display the widget unless a cell, or a container around it, has done so."""
        if in_kernel() and not (self._saved.displayed or self._wire.connected or is_contained(self)):
            display(self)  # type: ignore[no-untyped-call]

    def _record(self) -> dict[str, Any]:
        control = self._control
        told = record(control.state, control.sweeps.progress(), control.metric_name)
        return told | {"reactive": runs_reactively(self)}

    def _tell_saved(self, bundle: dict[str, str]) -> None:
        if self._wire.connected:
            self.send({"kind": "saved", "bundle": bundle})

    # -- what pages and observers are told, and say -----------------------------------------------

    def observables(self) -> dict[str, Any]:
        """Return what can be observed of the state, by name: for the widget's own screen."""
        return {name: getattr(self, name) for name in _MIRRORED}

    def take_lr(self, lr: object) -> None:
        """Move the marker for another widget that is linked to this one in the page."""
        try:
            self._control.set_lr(lr, soon=True)  # type: ignore[arg-type]  # it is checked there
        except LRWidgetError as error:
            self._control.complain(str(error))


def _comparison(common: dict[str, Any], variants: Any, **fields: Any) -> Comparison:
    """Return a comparison whose sweeps are those of a widget."""
    callback = common.get("callback")
    told = None if callback is None else lambda _name, _repeat, point: callback(point)
    return Comparison(variants, **{**common, **fields, "callback": told})


def _hear(widget: LRWidget, content: object, _buffers: object) -> None:
    """Take a message of a page."""
    if widget._wire.hear(content):  # noqa: SLF001 - a part of the class; a method would keep the widget alive
        widget._control.hearing(deaf=False)  # noqa: SLF001
