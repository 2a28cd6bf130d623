"""The widget as its users know it: a thin, documented face of the controller."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets

from lrwidget._text import format_rate
from lrwidget._validate import checked_seconds
from lrwidget.engine.checks import check_model
from lrwidget.engine.range_test import RangeTest
from lrwidget.engine.rates.cycles import cyclic, one_cycle
from lrwidget.engine.rates.places import checked_places
from lrwidget.engine.rates.schedulers import checked_schedulers
from lrwidget.engine.signatures import takes_options
from lrwidget.engine.threads.caller import capture
from lrwidget.widget.choice import Choice, checked_on
from lrwidget.widget.controller import Controller
from lrwidget.widget.events import Events
from lrwidget.widget.facts import Facts
from lrwidget.widget.holding import forget, keep_for_cell, place
from lrwidget.widget.owners import owner_of
from lrwidget.widget.surroundings import in_kernel
from lrwidget.widget.waiting import until_accepted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import torch
    from torch import nn
    from torch.optim.lr_scheduler import CyclicLR, OneCycleLR
    from typing_extensions import Unpack

    from lrwidget.curves.axis import StepMode
    from lrwidget.engine.options import Options
    from lrwidget.history.record import History

__all__ = ["LRWidget"]


class LRWidget(Facts, ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Find a learning rate by eye: a live range test with a draggable marker.

    Display it, press Run, drag the marker if you disagree with the suggestion, press Accept. The model,
    the optimizer and all random generators are then exactly as before, and the optimizer holds the rate.

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
        scaled so that the largest is the accepted one. Reset gives back what stood there.
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
        **options: Unpack[Options],
    ) -> None:
        check_model(model)
        make_test = partial(
            RangeTest,
            model,
            optimizer,
            criterion,
            train_loader,
            val_loader,
            step_mode=step_mode,
            lr_schedule=lr_schedule,
            smooth_f=smooth_f,
            diverge_th=diverge_th,
            early_stop=early_stop,
            accumulation_steps=accumulation_steps,
            **options,
        )
        # A test that is never started: bad settings are told here, where they were written.
        first = make_test(start_lr=start_lr, end_lr=end_lr, num_iter=num_iter)
        choice = Choice(rule, bandwidth, checked_on(on, first.metric_name))
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
            settings=first.settings,
            choice=choice,
            metric_name=first.metric_name,
        )
        Events(self._control)
        super().__init__(self._control.screen.panel.rows, _dom_classes=["lrwidget"])
        self._control.screen.belong_to(self)

    def __repr__(self) -> str:
        parts: list[str] = [self.state, *([self.stop_reason] if self.stop_reason else [])]
        parts += [f"lr={format_rate(self.lr)}"] if self.lr is not None else []
        return f"LRWidget({', '.join(parts)})"

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

    def stop(self) -> None:
        """End the sweep before its next step; everything is restored. Nothing happens when none is on."""
        self._control.session.stop()

    def pause(self) -> None:
        """Hold the sweep before its next step."""
        self._control.session.pause()

    def resume(self) -> None:
        """Go on from a pause, with the same data iterator."""
        self._control.session.resume()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no sweep is on; return False when ``timeout`` seconds were not enough."""
        return self._control.session.wait(checked_seconds("timeout", timeout))

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

    def reset(self) -> None:
        """Give back the rates from before Accept, forget the sweep, and empty the figure.

        The model is not touched: it was restored when the sweep ended, and may have been trained since.
        While a sweep is on, this raises StateError.
        """
        self._control.reset()

    async def accepted(self, *, unattended: str = "refuse") -> float:
        """Wait until a person presses Accept, and return the rate: ``lr = await w.accepted()``.

        It waits as long as a page answers while the cell waits. Where none does, it raises, and nothing is
        written into the optimizer: an open page whose buttons wait for the cell (ipykernel 6, front ends
        without subshells) is not taken for an absent one.

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
        return await until_accepted(self._control, unattended)

    def close(self) -> None:
        """End a running sweep, restore, close the view, and let go of model and optimizer."""
        control = getattr(self, "_control", None)  # absent when the constructor refused its arguments
        if control is not None and not control.closed:
            control.close()
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

    def _ipython_display_(self) -> None:
        alive = not self._control.closed
        if alive and in_kernel():
            keep_for_cell(self, place())
        screen = self._control.screen
        screen.fallback.display(super()._repr_mimebundle_() if alive else None, repr(self))
        if alive:
            screen.plot.send_plotly()

    def _show_once(self) -> None:
        """Display the widget unless a cell, or a container around it, has done so."""
        screen = self._control.screen
        if in_kernel() and not screen.fallback.displayed and not screen.plot.connected:
            self._ipython_display_()
