"""Setups of models: parametrized, normalized, tied, partly frozen and hooked layers."""

import warnings

import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune
from torch.utils.checkpoint import checkpoint

from tests.setups.digits import cnn, loader, mlp
from tests.setups.setup import Setup, plain_step, setup, supervised


def _usual(model, parameters=None, **more):
    criterion = nn.CrossEntropyLoss()
    parameters = model.parameters() if parameters is None else parameters
    optimizer = torch.optim.SGD(parameters, lr=0.05, momentum=0.9)
    step = plain_step(optimizer, supervised(model, criterion))
    return Setup(model, optimizer, criterion, loader(), step, **more)


class _Symmetric(nn.Module):
    def forward(self, w):
        return w.triu() + w.triu(1).T


@setup
def parametrized_weights():
    model = nn.Sequential(
        *(nn.Flatten(), nn.Linear(64, 12), nn.Tanh(), nn.Linear(12, 12), nn.Tanh(), nn.Linear(12, 10))
    )
    parametrize.register_parametrization(model[3], "weight", _Symmetric())
    parametrizations.orthogonal(model[5])
    return _usual(model)


@setup
def weight_norm():
    model = mlp()
    parametrizations.weight_norm(model[1])
    return _usual(model)


@setup
def weight_norm_as_it_was():
    model = mlp()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        nn.utils.weight_norm(model[1])
    return _usual(model)


@setup
def spectral_norm():
    model = mlp()
    parametrizations.spectral_norm(model[1])
    return _usual(model)


@setup
def spectral_norm_as_it_was():
    model = mlp()
    nn.utils.spectral_norm(model[1])
    return _usual(model)


@setup
def pruned_weights():
    model = mlp()
    prune.l1_unstructured(model[1], "weight", amount=0.5)
    return _usual(model)


@setup
def recomputed_activations():
    class Frugal(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = mlp()

        def forward(self, x):
            return checkpoint(self.body, x, use_reentrant=False)

    return _usual(Frugal())


@setup
def tied_weights():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.encode, self.read = nn.Linear(64, 16), nn.Linear(64, 10)
            self.decode = nn.Linear(16, 64)
            self.decode.weight = nn.Parameter(torch.randn(64, 16) / 8)
            self.encode_again = nn.Linear(64, 16)
            self.encode_again.weight = self.encode.weight

        def forward(self, x):
            hidden = torch.tanh(self.encode(x.flatten(1)))
            return self.read(torch.tanh(self.decode(torch.tanh(self.encode_again(self.decode(hidden))))))

    return _usual(Tied())


@setup
def recurrent_layers():
    class Rows(nn.Module):
        """Reads an image row by row."""

        def __init__(self):
            super().__init__()
            self.read = nn.LSTM(8, 12, num_layers=2, dropout=0.1, batch_first=True)
            self.head = nn.Linear(12, 10)

        def forward(self, x):
            return self.head(self.read(x.squeeze(1))[0][:, -1])

    return _usual(Rows())


class _Lora(nn.Module):
    """A frozen layer and its low-rank update (arXiv 2106.09685)."""

    def __init__(self, frozen):
        super().__init__()
        self.frozen = frozen.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(2, frozen.in_features) / 8)
        self.up = nn.Parameter(torch.zeros(frozen.out_features, 2))

    def forward(self, x):
        return self.frozen(x) + x @ self.down.T @ self.up.T


@setup
def low_rank_updates_of_frozen_layers():
    model = mlp()
    model[1], model[4] = _Lora(model[1]), _Lora(model[4])
    return _usual(model, [p for p in model.parameters() if p.requires_grad])


@setup
def frozen_batch_norm():
    """In evaluation mode within a model in training mode, as fine-tuned backbones are."""

    class Fixed(nn.BatchNorm2d):
        def train(self, mode=True):
            return super().train(False)

    model = cnn()
    model[1] = Fixed(4).requires_grad_(False)
    model[1].running_mean.fill_(0.1)
    return _usual(model.train())


@setup
def a_memory_in_buffers():
    """A queue of past features, written in place and replaced (MoCo's, arXiv 1911.05722)."""

    class Remembers(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.head = nn.Sequential(nn.Flatten(), nn.Linear(64, 8)), nn.Linear(8, 10)
            self.register_buffer("queue", torch.zeros(16, 8), persistent=False)
            self.register_buffer("mean", torch.zeros(8))
            self.at, self.history = 0, []

        def forward(self, x):
            hidden = self.body(x)
            if self.training:
                with torch.no_grad():
                    self.queue[self.at : self.at + 8] = hidden[:8]
                    self.mean = 0.9 * self.mean + 0.1 * hidden.mean(0)
                self.at = (self.at + 8) % 16
                self.history.append(self.at)
            return self.head(hidden - self.mean + self.queue.mean(0))

    return _usual(Remembers())


@setup
def hooks_of_every_kind():
    """They run in a sweep as in training, and are no part of what is given back."""

    def double(p):
        p.grad.mul_(2)

    def bound(*_):
        first.weight.data.clamp_(-0.1, 0.1)

    model = mlp()
    first, last = model[1], model[4]
    first.register_forward_pre_hook(lambda module, args: (args[0] - 0.5,))
    first.register_forward_hook(lambda module, args, output: output * 1.1)
    last.register_full_backward_hook(lambda module, inward, outward: tuple(0.5 * g for g in inward))
    last.weight.register_hook(lambda grad: grad.clamp(-0.05, 0.05))
    last.bias.register_post_accumulate_grad_hook(double)
    made = _usual(model)
    made.optimizer.register_step_pre_hook(lambda *_: double(first.bias))
    made.optimizer.register_step_post_hook(bound)
    return made
