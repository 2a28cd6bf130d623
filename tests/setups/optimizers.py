"""Setups of optimizers: closures, groups, kernels, sparse gradients, classes of the user's own."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name
from torch.utils.data import DataLoader

from tests.setups.digits import cnn, loader, mlp
from tests.setups.setup import Setup, plain_step, setup, supervised


def _usual(make, model=None):
    model, criterion = mlp() if model is None else model, nn.CrossEntropyLoss()
    optimizer = make(model)
    return Setup(model, optimizer, criterion, loader(), plain_step(optimizer, supervised(model, criterion)))


def _with_closure(make):
    model, criterion = mlp(), nn.CrossEntropyLoss()
    optimizer = make(model)

    def step(draw):
        x, y = draw()
        losses = []

        def closure():
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            losses.append(loss.item())
            return loss

        optimizer.step(closure)
        return losses[0]

    return Setup(model, optimizer, criterion, loader(), step)


@setup
def lbfgs():
    return _with_closure(lambda model: torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=4))


@setup
def lbfgs_with_line_search():
    return _with_closure(
        lambda m: torch.optim.LBFGS(m.parameters(), lr=0.1, max_iter=4, line_search_fn="strong_wolfe")
    )


class _Sam(torch.optim.SGD):
    """Sharpness-aware minimization (arXiv 2010.01412): two gradients a step."""

    def step(self, closure):
        with torch.enable_grad():
            loss = closure()
        held = [p for group in self.param_groups for p in group["params"]]
        size = torch.stack([p.grad.norm() for p in held]).norm()
        with torch.no_grad():
            for p in held:
                self.state[p]["before"] = p.clone()
                p.add_(p.grad, alpha=0.05 / (float(size) + 1e-12))
        with torch.enable_grad():
            closure()
        with torch.no_grad():
            for p in held:
                p.copy_(self.state[p]["before"])
        super().step()
        return loss


@setup
def sam_with_a_closure():
    return _with_closure(lambda model: _Sam(model.parameters(), lr=0.1, momentum=0.9))


class _Lookahead(torch.optim.Optimizer):
    """Slow weights that follow every second step of the optimizer inside (arXiv 1907.08610)."""

    def __init__(self, inner):
        self.inner, self.steps = inner, 0
        super().__init__(inner.param_groups, {})
        self.param_groups = inner.param_groups

    @torch.no_grad()
    def step(self):
        self.inner.step()
        self.steps += 1
        for group in self.param_groups:
            for p in group["params"]:
                slow = self.state[p].setdefault("slow", p.clone())
                if self.steps % 2 == 0:
                    p.copy_(slow.lerp_(p, 0.5))


@setup
def lookahead_around_another():
    return _usual(lambda model: _Lookahead(torch.optim.Adam(model.parameters(), lr=1e-3)))


@setup
def groups_with_very_different_rates():
    def make(model):
        return torch.optim.AdamW(
            [
                {"params": model[0].parameters(), "lr": 1e-6},
                {"params": model[1].parameters(), "lr": 1e-2, "weight_decay": 0.1},
                {"params": model[-1].parameters()},
            ],
            lr=1e-3,
        )

    return _usual(make, cnn())


@setup
def a_frozen_group_first():
    def make(model):
        groups = [{"params": model[1].parameters(), "lr": 0.0}, {"params": model[4].parameters()}]
        return torch.optim.SGD(groups, lr=0.1, momentum=0.9, weight_decay=1e-2)

    return _usual(make)


@setup
def all_in_one_kernel():
    return _usual(lambda model: torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True))


@setup
def kernels_for_many_tensors():
    return _usual(lambda model: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, foreach=True))


@setup
def rates_that_are_tensors():
    def make(model):
        groups = [
            {"params": model[1].parameters(), "lr": torch.tensor(1e-3)},
            {"params": model[4].parameters()},
        ]
        return torch.optim.Adam(groups, lr=torch.tensor(1e-2), fused=True)

    return _usual(make)


class _Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.EmbeddingBag(50, 8, sparse=True)
        self.head = nn.Linear(8, 3)

    def forward(self, words):
        return self.head(self.embed(words))


def _texts():
    draw = torch.Generator().manual_seed(6)
    words = torch.randint(0, 50, (40, 5), generator=draw)
    return DataLoader(list(zip(words, words.sum(1) % 3, strict=True)), batch_size=8, shuffle=True)


@setup
def sparse_gradients():
    """Two optimizers: one for the sparse gradients of the embedding, one for the rest."""
    model = _Words()
    optimizers = [
        torch.optim.SparseAdam([*model.embed.parameters()], lr=1e-2),
        torch.optim.AdamW(model.head.parameters(), lr=1e-3),
    ]
    step = plain_step(optimizers, supervised(model, F.cross_entropy))
    return Setup(model, optimizers, F.cross_entropy, _texts(), step)


@setup
def sparse_gradients_of_sgd():
    model, criterion = _Words(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return Setup(model, optimizer, criterion, _texts(), plain_step(optimizer, supervised(model, criterion)))


@setup
def muon_for_matrices_and_adamw_for_the_rest():
    if not hasattr(torch.optim, "Muon"):
        pytest.skip("this PyTorch has no Muon")
    model, criterion = mlp(), nn.CrossEntropyLoss()
    matrices = [p for p in model.parameters() if p.dim() == 2]
    rest = [p for p in model.parameters() if p.dim() != 2]
    optimizers = [torch.optim.Muon(matrices, lr=0.02), torch.optim.AdamW(rest, lr=1e-3)]
    return Setup(model, optimizers, criterion, loader(), plain_step(optimizers, supervised(model, criterion)))


class _SamAsPublished(torch.optim.Optimizer):
    """Wants gradients before its step, and takes new ones within it: in the manner of the widespread one."""

    def __init__(self, params, base, **options):
        super().__init__(params, {"rho": 0.05, **options})
        self.base_optimizer = base(self.param_groups, **options)
        self.param_groups = self.base_optimizer.param_groups

    @torch.no_grad()
    def step(self, closure=None):
        assert closure is not None
        held = [(p, group["rho"]) for group in self.param_groups for p in group["params"]]
        size = torch.stack([p.grad.norm() for p, _ in held]).norm() + 1e-12
        for p, rho in held:
            self.state[p]["old_p"] = p.clone()
            p.add_(p.grad * rho / size)
        self.zero_grad()
        torch.enable_grad()(closure)()
        for p, _ in held:
            p.data = self.state[p]["old_p"]
        self.base_optimizer.step()
        self.zero_grad()


@setup
def sam_that_wants_gradients_first():
    model, criterion = mlp(), nn.CrossEntropyLoss()
    optimizer = _SamAsPublished(model.parameters(), torch.optim.SGD, lr=0.1, momentum=0.9)

    def update(batch):
        def closure():
            loss = criterion(model(batch[0]), batch[1])
            loss.backward()
            return loss

        loss = closure()
        optimizer.step(closure)
        return loss.item()

    step = {"update_fn": update}
    return Setup(model, optimizer, criterion, loader(), lambda draw: update(draw()), step)
