"""Optimizers that want more than ``step()``: a closure beside gradients, gradients with a graph, a mode."""

import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest
from lrwidget.errors import SetupError
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import seed_all

RATES = {"start_lr": 1e-4, "end_lr": 1e-1, "num_iter": 8, "diverge_th": None}


class SAM(torch.optim.Optimizer):
    """Sharpness-aware minimization (arXiv 2010.01412), as it is written most often."""

    def __init__(self, params, lr, rho=0.05):
        super().__init__(params, {"lr": lr, "rho": rho})
        self.base = torch.optim.SGD(self.param_groups, lr=lr, momentum=0.9)
        self.param_groups = self.base.param_groups

    @torch.no_grad()
    def step(self, closure=None):
        assert closure is not None, "Sharpness Aware Minimization requires closure, but it was not provided"
        closure = torch.enable_grad()(closure)
        group = self.param_groups[0]
        norm = torch.stack([p.grad.norm() for p in group["params"]]).norm() + 1e-12
        old = [p.clone() for p in group["params"]]
        for p in group["params"]:
            p.add_(p.grad * group["rho"] / norm)
        closure()
        for p, before in zip(group["params"], old, strict=True):
            p.copy_(before)
        self.base.step()


class AdaHessian(torch.optim.Optimizer):
    """Of its step (arXiv 2006.00719) only what it asks for."""

    def __init__(self, params, lr, graph_in_name=True):
        super().__init__(params, {"lr": lr})
        self.named = graph_in_name

    def step(self, closure=None):
        for group in self.param_groups:
            grads = [p.grad for p in group["params"]]
            if self.named and any(g.grad_fn is None for g in grads):
                raise RuntimeError("Gradient tensor 0 does not have grad_fn. Set create_graph to True.")
            signs = [torch.ones_like(g) for g in grads]
            curved = torch.autograd.grad(grads, group["params"], grad_outputs=signs)
            with torch.no_grad():
                for p, g, c in zip(group["params"], grads, curved, strict=True):
                    p.sub_(group["lr"] * g / (c.abs() + 1))


def _world(make):
    seed_all()
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    data = [(torch.randn(16, 4), torch.randn(16, 1)) for _ in range(3)]
    return model, make(model.parameters(), 0.05), nn.MSELoss(), data


def _by_hand(make, step, num=8):
    model, optimizer, criterion, data = _world(make)
    losses = []
    for index in range(num):
        for group in optimizer.param_groups:
            group["lr"] = 1e-4 * 1000 ** (index / (num - 1))
        losses.append(step(model, optimizer, criterion, *data[index % 3]))
    return losses


def _sam_step(model, optimizer, criterion, x, y):
    def closure():
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        return loss

    loss = closure()
    optimizer.step(closure)
    return loss.item()


def _hessian_step(model, optimizer, criterion, x, y):
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    torch.autograd.backward(loss, create_graph=True)
    optimizer.step()
    return loss.item()


CASES = {
    "SAM": (SAM, _sam_step),
    "AdaHessian": (AdaHessian, _hessian_step),
    "AdaHessian, no word of it": (lambda p, lr: AdaHessian(p, lr, graph_in_name=False), _hessian_step),
}


@pytest.mark.filterwarnings(r"ignore:Using backward\(\) with create_graph=True")
@pytest.mark.parametrize("name", CASES)
def test_the_sweep_is_what_a_loop_by_hand_does(name):
    make, step = CASES[name]
    expected = _by_hand(make, step)
    model, optimizer, criterion, data = _world(make)
    before = full_state(model, optimizer)
    history = RangeTest(model, optimizer, criterion, data, **RATES).run()
    assert history.loss == pytest.approx(expected, rel=1e-5)
    assert history.loss[-1] < history.loss[0]
    assert_same_state(before, full_state(model, optimizer))


@pytest.mark.parametrize(
    "options", [{"accumulation_steps": 3}, {"clip_grad_norm": 0.1}, {"fixed_batches": 2}]
)
@pytest.mark.parametrize("make", [SAM, AdaHessian])
def test_with_other_options(make, options):
    history = RangeTest(*_world(make), **RATES, **options).run()
    assert len(history) == 8
    assert len(RangeTest(*_world(make), **RATES).run()) == 8


def test_among_several_optimizers():
    seed_all()
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    both = [torch.optim.SGD(model[0].parameters(), lr=0.05), SAM(model[2].parameters(), lr=0.05)]
    steps = []
    both[0].register_step_post_hook(lambda *_: steps.append(1))
    data = [(torch.randn(16, 4), torch.randn(16, 1))]
    assert len(RangeTest(model, both, nn.MSELoss(), data, **RATES).run()) == 8
    assert len(steps) == 8


def test_an_error_of_the_step_itself_is_let_through():
    class Broken(torch.optim.SGD):
        def step(self, closure=None):
            raise RuntimeError("out of order")

    with pytest.raises(RuntimeError, match="out of order"):
        RangeTest(*_world(lambda p, lr: Broken(p, lr=lr)), **RATES).run()


def test_batches_of_a_closure_are_copies():
    """A loader that fills one buffer again and again, and a step that needs all its batches at once."""
    x, y = torch.randn(3, 8, 4, generator=torch.Generator().manual_seed(1)), torch.zeros(8, 1)

    class Reuses:
        def __iter__(self):
            buffer = torch.empty(8, 4)
            for each in x:
                buffer.copy_(each)
                yield buffer, y

    def losses(loader):
        seed_all()
        model = nn.Linear(4, 1)
        optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=2)
        options = {"accumulation_steps": 3, "num_iter": 3, "end_lr": 1e-2}
        return RangeTest(model, optimizer, nn.MSELoss(), loader, **options).run().loss.tolist()

    assert losses(Reuses()) == losses([(each, y) for each in x])


class ScheduleFree(torch.optim.Optimizer):
    """In the manner of schedule-free optimizers (arXiv 2405.15682): trains and evaluates on other weights."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr, "train_mode": False})

    def train(self):
        self._switch(True)

    def eval(self):
        self._switch(False)

    @torch.no_grad()
    def _switch(self, training):
        for group in self.param_groups:
            if group["train_mode"] != training:
                for p in group["params"]:
                    if p in self.state:
                        p.add_(self.state[p]["away"], alpha=1 if training else -1)
                group["train_mode"] = training

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            if not group["train_mode"]:
                raise Exception("Optimizer was not in train mode when step is called.")
            for p in group["params"]:
                p.sub_(group["lr"] * p.grad)
                self.state[p]["away"] = 0.1 * p.clone()


@pytest.mark.parametrize("options", [{}, {"fixed_batches": 1}])
@pytest.mark.parametrize("trained", [0, 3])
def test_an_optimizer_with_modes_is_put_in_training_mode_and_back(trained, options):
    model, optimizer, criterion, data = _world(ScheduleFree)
    optimizer.train()
    for x, y in data[:trained]:
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()
    optimizer.eval()
    before = full_state(model, optimizer)
    assert len(RangeTest(model, optimizer, criterion, data, **RATES, **options).run()) == 8
    assert optimizer.param_groups[0]["train_mode"] is False
    assert_same_state(before, full_state(model, optimizer))


def test_a_closure_cannot_go_with_a_scaler():
    options = {"grad_scaler": torch.amp.GradScaler("cpu", init_scale=2.0)}
    with pytest.raises((SetupError, AssertionError), match="closure"):
        RangeTest(*_world(SAM), **RATES, **options).run()
