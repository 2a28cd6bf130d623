"""A small task with a real Learner, and all of its state."""

import random
import warnings

import fastai.callback.schedule  # noqa: F401 - gives a Learner lr_find and fit_one_cycle
import torch
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader as FastaiLoader
from fastai.learner import Learner
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrwidget.integrations.fastai import widget
from tests.engine.states import full_state, random_state
from tests.integrations.marks import marks

RATES = [1e-3 * 1.4**step for step in range(24)]


def split(model):
    return [list(model[:2].parameters()), list(model[2:4].parameters()), list(model[4].parameters())]


class World:
    """A Learner on shuffled batches of fastai's own loader; every loss of its is noted."""

    def __init__(self, path, *, loader="fastai", size=8, **options):
        torch.manual_seed(1)
        random.seed(1)
        model = nn.Sequential(
            nn.Linear(6, 12), nn.BatchNorm1d(12), nn.Linear(12, 12), nn.Dropout(0.2), nn.Linear(12, 3)
        )
        x = torch.randn(96, 6)
        data = TensorDataset(x, x[:, :3].argmax(1))
        if loader == "fastai":
            loaders = [FastaiLoader(data, bs=size, shuffle=shuffle) for shuffle in (True, False)]
        else:
            loaders = [DataLoader(data, batch_size=size, shuffle=shuffle) for shuffle in (True, False)]
        self.losses, self.fails = [], None
        self.criterion = nn.CrossEntropyLoss()
        self.learn = Learner(
            DataLoaders(*loaders, device=torch.device("cpu")),
            model,
            loss_func=self.loss,
            path=path,
            **options,
        )

    def loss(self, output, target):
        if self.fails is not None and len(self.losses) == 14:
            raise self.fails
        loss = self.criterion(output, target)
        self.losses.append(loss.item())
        return loss

    def fit(self, epochs=1, **options):
        with self.learn.no_bar(), self.learn.no_logging():
            self.learn.fit(epochs, **options)
        self.losses.clear()

    def lr_find(self, **options):
        """Return the raw losses of fastai's own range test."""
        with self.learn.no_bar(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it loads from its checkpoint names old modules of numpy
            self.learn.lr_find(show_plot=False, suggest_funcs=None, **options)
        return self.losses[:]

    def widget(self, **settings):
        return widget(self.learn, **({"lr_schedule": RATES} | settings))

    def state(self):
        learn = self.learn
        opt = learn.opt
        state = {
            **full_state(learn.model),
            "random": random_state(),
            "learn": marks(learn),
            "callbacks": [marks(callback) for callback in learn.cbs],
            "loaders": [marks(loader, 1) for loader in learn.dls.loaders],
            "draws": [random_of(loader) for loader in learn.dls.loaders],
        }
        if opt is not None:
            layers = [opt, *([opt.opt] if "opt" in vars(opt) else [])]
            state["layers"] = [marks(layer, 0) for layer in layers]
            state["hypers"] = [dict(hypers) for hypers in opt.hypers]
            state["steps"] = [
                {key: copied(value) for key, value in opt.state[p].items()}
                for group in opt.param_lists
                for p in group
            ]
            state["slow"] = [copied(p) for group in getattr(opt, "slow_weights", None) or () for p in group]
            if isinstance(layers[-1], torch.optim.Optimizer):
                state["inner"] = full_state(learn.model, layers[-1])
        return state


def random_of(loader):
    return repr(loader.rng.getstate()) if hasattr(loader, "rng") else None


def copied(value):
    return value.clone() if isinstance(value, torch.Tensor) else value
