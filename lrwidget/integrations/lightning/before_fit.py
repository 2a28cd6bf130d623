"""A widget for a LightningModule, before ``trainer.fit``."""

from __future__ import annotations

import importlib
import logging
import warnings
from functools import partial
from typing import Any

from torch import nn
from torch.utils.data import DataLoader

from lrwidget.errors import SettingsError, SetupError
from lrwidget.integrations.borrowed import kept, kept_random
from lrwidget.integrations.lightning.batches import Batches
from lrwidget.integrations.lightning.loop import PACKAGES, Loop
from lrwidget.integrations.lightning.modules import check_module, package_of
from lrwidget.integrations.lightning.optimizers import one_optimizer
from lrwidget.integrations.lightning.places import places_of_the_rate, warn_unless_used
from lrwidget.integrations.refusals import refuse_own
from lrwidget.widget.lrwidget import LRWidget

__all__ = ["widget"]


def widget(
    module: Any,
    trainer: Any = None,
    train_dataloaders: Any = None,
    datamodule: Any = None,
    val_dataloaders: Any = None,
    **settings: Any,
) -> LRWidget:
    """Return a widget that sweeps a LightningModule as ``trainer.fit`` would train it.

    ``prepare_data``, ``setup("fit")`` and ``configure_model`` of datamodule and module are called once, here,
    and what they made stays; ``configure_optimizers`` is called once, and its optimizer is the widget's own.

    Parameters
    ----------
    module : LightningModule
        With automatic optimization and one optimizer.
    trainer : Trainer, optional
        Its precision, device, ``accumulate_grad_batches``, ``gradient_clip_val`` and ``limit_train_batches``
        are the sweep's. When left out, the module's own trainer, or a plain one where the module is.
    train_dataloaders, datamodule
        As for ``trainer.fit``; when both are left out, ``module.train_dataloader()``.
    val_dataloaders : DataLoader, optional
        Evaluate ``training_step``'s loss on its batches, drawn once, instead of on each training batch. A
        whole loader after every step is slow: see ``val_batches``.
    **settings
        Those of :class:`~lrwidget.LRWidget`: ``start_lr``, ``end_lr``, ``num_iter``, ``rule``,
        ``fixed_batches``, ... A ``metric`` is called with what ``training_step`` returned, and the batch's
        target.

    Returns
    -------
    LRWidget

    Raises
    ------
    ImportError
        When Lightning is not installed.
    SetupError
        For manual optimization, several optimizers, several processes, no loader, or no LightningModule.
    SettingsError
        When a setting cannot work, or is one that module and trainer decide.
    """
    refuse_own(settings, "module and trainer")
    module = getattr(module, "_orig_mod", module)  # what torch.compile made is called by nobody here
    package = package_of(module)
    if hasattr(train_dataloaders, "train_dataloader"):
        train_dataloaders, datamodule = None, train_dataloaders
    if train_dataloaders is not None and datamodule is not None:
        raise SettingsError("train_dataloaders and datamodule exclude each other. Leave one out.")
    check_module(module)
    stand_in = trainer is None and getattr(module, "_trainer", None) is None
    if trainer is None:
        trainer = _plain_trainer(module, package) if stand_in else module.trainer
    loop = Loop(
        module,
        trainer,
        package,
        train_dataloaders=train_dataloaders,
        datamodule=datamodule,
        stand_in=stand_in,
    )
    loaders, configured = _prepared(loop, train_dataloaders, datamodule)
    optimizer, schedulers = one_optimizer(configured)
    places = places_of_the_rate(module)
    warn_unless_used(places, module, optimizer)
    batches = Batches(loaders, loop.ready, loop.package, trainer.limit_train_batches)
    settings.setdefault("accumulation_steps", trainer.accumulate_grad_batches)
    val_loader = _one_loader(val_dataloaders, settings.pop("val_loader", None))
    return LRWidget(
        module,
        optimizer,
        None,
        batches,
        None if val_loader is None else Batches(val_loader, loop.ready, loop.package),
        step_fn=loop.step,
        grad_scaler=getattr(trainer.precision_plugin, "scaler", None),
        around=partial(loop.around, optimizer, schedulers, batches),
        write_to=places,
        **settings,
    )


def _prepared(loop: Loop, train_dataloaders: Any, datamodule: Any) -> tuple[Any, Any]:
    """Have data and model made as at the beginning of a fit; return the loaders and the optimizers.

    The trainer is as before; random numbers that were drawn will be drawn again by the fit itself.
    """
    module, trainer = loop.module, loop.trainer
    owners = [module] if datamodule is None else [datamodule, module]
    pointers = [(vars(part), name) for part in _owners(owners) for name in ("_trainer", "trainer")]
    held = [(attributes, name, attributes[name]) for attributes, name in pointers if name in attributes]
    with kept_random(), kept([trainer], PACKAGES, leave=owners):
        try:
            loop.attach()
            for owner in owners:
                owner.prepare_data()
            for owner in owners:
                owner.setup(stage="fit")
            module.configure_model()
            return _loaders(train_dataloaders, owners[0], loop.package), module.configure_optimizers()
        finally:
            for attributes, name, value in held:
                attributes[name] = value


def _owners(owners: list[Any]) -> list[Any]:
    return [
        part for owner in owners for part in (owner.modules() if isinstance(owner, nn.Module) else [owner])
    ]


def _loaders(train_dataloaders: Any, owner: Any, package: str) -> Any:
    if train_dataloaders is not None:
        return train_dataloaders
    missing = importlib.import_module(f"{package}.utilities.exceptions").MisconfigurationException
    try:
        return owner.train_dataloader()
    except missing as error:
        raise SetupError(
            f"there is nothing to train on: {type(owner).__name__} has no train_dataloader(). Pass "
            "train_dataloaders=... or datamodule=..., as to trainer.fit."
        ) from error


def _one_loader(val_dataloaders: Any, val_loader: Any) -> Any:
    """Return the one loader to evaluate on, by whichever name it came; None = there is none."""
    if val_dataloaders is not None and val_loader is not None:
        raise SettingsError("val_dataloaders and val_loader are the same thing. Leave one out.")
    loader = val_loader if val_dataloaders is None else val_dataloaders
    if not isinstance(loader, (list, tuple)) or not any(isinstance(one, DataLoader) for one in loader):
        return loader
    if len(loader) != 1:
        raise SettingsError(f"val_dataloaders are {len(loader)}, and one loss is recorded. Pass one of them.")
    return loader[0]


def _plain_trainer(module: Any, package: str) -> Any:
    """Return a trainer for a module that has none: where the module is, and silent."""
    device = next((parameter.device for parameter in module.parameters()), None)
    kind = "cpu" if device is None else device.type
    talk = logging.getLogger(f"{package}.utilities.rank_zero")
    level = talk.level
    talk.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there is a GPU which the module is not on, and the like
            return importlib.import_module(package).Trainer(
                accelerator=kind,
                devices=1 if device is None or device.index is None else [device.index],
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
            )
    finally:
        talk.setLevel(level)
