"""pytorch-lr-finder's class, as its users know it; the sweep itself is the engine's."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from IPython.display import display

from lrwidget.compat.arguments import check_folder, place, sweep
from lrwidget.compat.loaders import for_training, for_validation
from lrwidget.compat.newest import Newest
from lrwidget.compat.plot import draw
from lrwidget.compat.precision import check_amp, loss_of
from lrwidget.compat.steps import StepMethods
from lrwidget.compat.trained import Marks, changed_since, marks
from lrwidget.errors import LRWidgetWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import torch
    from torch import nn
    from torch.utils.data import DataLoader

    from lrwidget.compat.loaders import TrainDataLoaderIter, ValDataLoaderIter
    from lrwidget.history.record import StopReason
    from lrwidget.widget.lrwidget import LRWidget

__all__ = ["LRFinder"]


class LRFinder(StepMethods):
    """pytorch-lr-finder's range test: change the import, keep the rest.

    ::

        lr_finder = LRFinder(model, optimizer, criterion, device="cuda")
        lr_finder.range_test(train_loader, end_lr=100, num_iter=100)
        lr_finder.plot()
        lr_finder.reset()

    ``history`` and ``best_loss`` are pytorch-lr-finder 0.2.2's, on a CPU bit for bit. In a notebook
    the sweep draws itself while it runs, in the widget that the finder shows (:attr:`widget`).

    Parameters
    ----------
    model, optimizer, criterion
        What you train with. They are looked up when they are used: assign another before a
        :meth:`range_test`, and that one is swept.
    device : torch.device or str, optional
        Where to sweep; by default where the model is.
    memory_cache, cache_dir : bool; str or path, optional
        Taken and not used: everything is given back from memory, no file is written. ``cache_dir`` must be a
        directory.
    amp_backend, amp_config, grad_scaler : {"torch"}; dict; torch.amp.GradScaler; optional
        Mixed precision: train, but do not evaluate, under ``torch.amp.autocast(**amp_config)``, and scale the
        loss. With a backend there must be a scaler; ``amp_config`` is by default the model's device.

    Raises
    ------
    SettingsError
        When ``amp_backend`` is unknown or lacks its scaler; when ``cache_dir`` is no directory.

    Notes
    -----
    Differences from pytorch-lr-finder, each of them on purpose:

    - When :meth:`range_test` returns, or raises, Ctrl-C included, everything is back already: weights,
      buffers, training flags, gradients, optimizer, rates, scaler, random generators, loaders, the device.
      The model's tensors are the very same. Only an iterator object of your own has moved on.
    - :meth:`reset` therefore has nothing to give back, and takes back no training done since.
    - An attached scheduler is no error. Layers frozen in evaluation mode stay there.
    - The validation loss is the mean over the samples seen, also with a sampler or ``drop_last``. An empty
      ``val_loader`` is an error.
    - A loss whose gradient needs its own value, such as a square root, works: none is changed in place.
    - A loss that is NaN or infinite ends the sweep (:attr:`stop_reason`), and no suggestion looks at it; the
      very first one is an error. A best loss of 0 or less is judged by the spread of the first losses.
    - A group at rate 0 stays there, in linear sweeps too, and the history shows the first group that is not.
      ``end_lr`` must exceed that one's start, and ``diverge_th`` must exceed 1.
    - A step that the gradient scaler skips does not advance the sweep.
    - A train iterator with ``auto_reset=False`` that has no more batches ends the sweep.

    The methods that take a step there can be overridden here too: ``_train_batch``, ``_validate``,
    ``_move_to_device``, ``_set_learning_rate`` and ``_check_for_scheduler``, with the same arguments. As soon
    as one of the first three is, every step goes through them, as it does there; a scaler's skipped step then
    counts as a step. What they change is found and given back as with ``update_fn``.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        criterion: Callable[..., Any],
        device: torch.device | str | int | None = None,
        memory_cache: bool = True,
        cache_dir: str | Path | None = None,
        amp_backend: str | None = None,
        amp_config: Mapping[str, Any] | None = None,
        grad_scaler: Any = None,
    ) -> None:
        check_amp(amp_backend, grad_scaler)
        check_folder(cache_dir)
        self.model = model
        self.optimizer = optimizer
        self.criterion = criterion
        self.device = device
        self.memory_cache = memory_cache
        self.cache_dir = cache_dir
        self.amp_backend = amp_backend
        self.amp_config = amp_config
        self.grad_scaler = grad_scaler
        self._newest = Newest()
        self._marks: Marks | None = None
        self._check_for_scheduler()

    def range_test(
        self,
        train_loader: DataLoader[Any] | TrainDataLoaderIter,
        val_loader: DataLoader[Any] | ValDataLoaderIter | None = None,
        start_lr: float | list[float] | None = None,
        end_lr: float = 10,
        num_iter: int = 100,
        step_mode: str = "exp",
        smooth_f: float = 0.05,
        diverge_th: float = 5,
        accumulation_steps: int = 1,
        non_blocking_transfer: bool = True,
    ) -> None:
        """Sweep the learning rate, fill :attr:`history`, and give everything else back.

        Parameters
        ----------
        train_loader : DataLoader or TrainDataLoaderIter
            Batches ``(inputs, labels, ...)``; for others override ``inputs_labels_from_batch`` of the
            iterator class. Shorter than the sweep, it starts over.
        val_loader : DataLoader or ValDataLoaderIter, optional
            Then the loss recorded is the mean over it, in evaluation mode, after each step.
        start_lr : float or list of float, optional
            First rate, of all groups or of each; by default (and with 0) each group's own.
        end_lr : float
            Last rate, of all groups; run too.
        num_iter : int
            Number of rates, at least 2.
        step_mode : {"exp", "linear"}
            Equal steps in log-rate, or in rate.
        smooth_f : float
            Weight of the new loss in the running mean that is recorded, in [0, 1); 0 = the raw loss.
        diverge_th : float
            Stop once the recorded loss exceeds this multiple of the best one; greater than 1.
        accumulation_steps : int
            Batches per step.
        non_blocking_transfer : bool
            Handed to overridden methods; not used otherwise, as transfers overlap wherever that is safe.

        Raises
        ------
        SettingsError, SetupError
            When an argument cannot work; nothing was touched. Both are ValueErrors.
        Exception
            What the model, criterion or loader raised, and KeyboardInterrupt, after everything was given
            back; :attr:`history` keeps what was seen.
        """
        self._newest.forget()
        self._marks = None
        model, optimizer, criterion = self.model, self.optimizer, self.criterion
        self._check_for_scheduler()
        options: dict[str, Any] = {
            **sweep(optimizer, self._start_of_groups(start_lr), end_lr, num_iter, step_mode, smooth_f),
            **place(model, optimizer, self.device),
            "diverge_th": diverge_th,
            "accumulation_steps": accumulation_steps,
            "robust": "negative",
            "redraw_val": val_loader is not None,
            "eval_mode": "eval",
            "step_fn": loss_of(model, criterion, self.amp_backend, self.amp_config),
            "grad_scaler": self.grad_scaler if self.amp_backend == "torch" else None,
        }
        train, val = for_training(train_loader), for_validation(val_loader)
        own = self._own_steps(train_loader, val_loader, accumulation_steps, non_blocking_transfer)
        if own is not None:
            train, val, steps = own
            options |= {**steps, "accumulation_steps": 1}
        self._newest.run(model, optimizer, criterion, train, val, **options)
        self._marks = marks(model)
        if self.stop_reason in ("diverged", "non-finite"):
            print("Stopping early, the loss has diverged")
        print("Learning rate search finished. See the graph with {finder_name}.plot()")

    def plot(
        self,
        skip_start: int = 10,
        skip_end: int = 5,
        log_lr: bool = True,
        show_lr: float | None = None,
        ax: Any = None,
        suggest_lr: bool = True,
    ) -> Any:
        """Draw :attr:`history` with matplotlib, and print a suggestion.

        Parameters
        ----------
        skip_start, skip_end : int
            Points left out at either end, 0 or more.
        log_lr : bool
            A logarithmic axis.
        show_lr : float, optional
            Where to draw a vertical line.
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default a new figure, which is shown.
        suggest_lr : bool
            Mark where the recorded loss falls most from one point to the next.

        Returns
        -------
        Axes, or (Axes, float)
            With ``suggest_lr`` also the suggested rate.

        Raises
        ------
        SettingsError
            When a number of points is negative; when ``show_lr`` is no float.
        StateError
            When there are too few points, or finite losses, for a suggestion. It is a RuntimeError.
        ImportError
            When a figure is to be made, and there is no matplotlib.
        """
        return draw(self.history, skip_start, skip_end, log_lr, show_lr, ax, suggest_lr)

    def reset(self) -> None:
        """End a sweep that is still on; everything is back then, as it is after :meth:`range_test`.

        Unlike pytorch-lr-finder's it does not go back to the time the finder was made: training done since,
        and a rate accepted in the widget, stay; a warning tells of the training.
        """
        self._newest.end()
        self._follow()
        if self._marks is not None and changed_since(self.model, self._marks):
            warnings.warn(
                "The model has been trained since the range test, and reset() leaves it as it is: the range "
                "test itself was undone when it ended. To train from the beginning, make the model anew.",
                LRWidgetWarning,
                stacklevel=2,
            )

    @property
    def history(self) -> dict[str, list[float]]:
        """``{"lr": [...], "loss": [...]}`` of the newest sweep, the loss smoothed; :meth:`plot` draws it.

        Yours to change, or to assign, until the next sweep, also one started from the widget.
        """
        self._follow()
        return self._newest.lists

    @history.setter
    def history(self, value: dict[str, list[float]]) -> None:
        self._follow()
        self._newest.lists = value

    @property
    def best_loss(self) -> float | None:
        """The smallest smoothed loss of the newest sweep; None before the first."""
        self._follow()
        return self._newest.best_loss

    @property
    def stop_reason(self) -> StopReason | None:
        """Why the newest sweep ended: "completed", "diverged", "non-finite", "exhausted", ...; or None."""
        self._follow()
        return self._newest.record.stop_reason if self._newest.record is not None else None

    @property
    def widget(self) -> LRWidget | None:
        """In a notebook the widget of the newest sweep; None before it, and where there is no notebook."""
        return self._newest.widget

    def __repr__(self) -> str:
        points = len(self.history["lr"])
        if not points:
            return "LRFinder(no rates yet: call range_test(train_loader))"
        return f"LRFinder({points} rates, {self.stop_reason}: plot() draws them)"

    def _ipython_display_(self) -> None:
        if self.widget is not None:
            display(self.widget)  # type: ignore[no-untyped-call]
        else:
            display({"text/plain": repr(self)}, raw=True)  # type: ignore[no-untyped-call]

    def _follow(self) -> None:
        if self._newest.follow():
            self._marks = None  # that sweep has written to the model too
