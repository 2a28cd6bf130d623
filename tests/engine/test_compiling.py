"""A sweep through ``torch.compile``: the same losses to rounding, compiled once, and no trace left."""

import pytest
import torch
from torch import nn
from torch._dynamo.testing import CompileCounterWithBackend

from lrwidget.engine import RangeTest
from lrwidget.engine.step import compiling
from lrwidget.errors import SettingsError, SetupError
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import cnn_world

# Said to dynamo, which asks each tensor for its gradient.
pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")


@pytest.fixture
def counter(monkeypatch):
    """Follow and differentiate as always, but have PyTorch itself run the outcome, without a C++ compiler."""
    torch._dynamo.reset()
    counter = CompileCounterWithBackend("aot_eager")
    whole = torch.compile
    monkeypatch.setattr(compiling.torch, "compile", lambda f, mode: whole(f, backend=counter))
    yield counter
    torch._dynamo.reset()


def _small(optimizer):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
    data = [(torch.randn(5, 6), torch.randint(3, (5,))) for _ in range(4)]
    return model, optimizer(model.parameters(), lr=1e-3), nn.CrossEntropyLoss(), data


OPTIMIZERS = {
    "SGD": lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9),
    "AdamW": torch.optim.AdamW,
}


@pytest.mark.usefixtures("counter")
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {}),
        ("SGD", {"accumulation_steps": 2}),
        ("AdamW", {}),
        ("AdamW", {"fixed_batches": 2}),
        ("AdamW", {"clip_grad_norm": 1.0}),
    ],
)
def test_losses_are_those_of_the_plain_step(name, options):
    plain = RangeTest(*_small(OPTIMIZERS[name]), num_iter=20, end_lr=0.1, **options).run()
    model, optimizer, *rest = _small(OPTIMIZERS[name])
    before, rate = full_state(model, optimizer), optimizer.param_groups[0]["lr"]
    test = RangeTest(model, optimizer, *rest, num_iter=20, end_lr=0.1, compiled=True, **options)
    assert test.run().loss == pytest.approx(plain.loss, rel=1e-5)
    assert test.history.stop_reason == plain.stop_reason
    assert_same_state(before, full_state(model, optimizer))
    assert optimizer.param_groups[0]["lr"] is rate
    assert test.history.receipt["compiled"] is True


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_no_rate_is_compiled_in(counter, name):
    counts = []
    RangeTest(
        *_small(OPTIMIZERS[name]),
        num_iter=20,
        end_lr=0.1,
        compiled=True,
        callback=lambda point: counts.append(counter.frame_count),
    ).run()
    # In the first steps: the loss, and the optimizer's step without and with its state.
    assert counts[3] >= 2
    assert counts[4:] == [counts[3]] * 16


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_that_has_stepped_is_compiled_for_all_sweeps(counter, name):
    world = model, optimizer, criterion, data = _small(OPTIMIZERS[name])
    criterion(model(data[0][0]), data[0][1]).backward()
    optimizer.step()
    RangeTest(*world, num_iter=6, end_lr=0.1, compiled=True).run()
    graphs = counter.frame_count
    assert graphs >= 2
    for _ in range(3):
        RangeTest(*world, num_iter=6, end_lr=0.1, compiled=True).run()
    assert counter.frame_count == graphs


def test_a_step_that_cannot_be_compiled_is_told_and_loses_nothing(monkeypatch):
    def fail(graph, inputs):
        raise OSError("no compiler here")

    torch._dynamo.reset()
    whole = torch.compile
    monkeypatch.setattr(compiling.torch, "compile", lambda f, mode: whole(f, backend=fail))
    world = cnn_world()
    before = full_state(world.model, world.optimizer)
    with pytest.raises(SetupError, match=r"compiled=True: torch.compile could not.*Leave compiled out"):
        RangeTest(*world, num_iter=4, compiled=True).run()
    assert_same_state(before, full_state(world.model, world.optimizer))
    torch._dynamo.reset()


@pytest.mark.usefixtures("counter")
def test_an_error_of_the_users_is_let_through():
    model, optimizer, _, data = _small(OPTIMIZERS["SGD"])

    def criterion(output, target):
        raise ZeroDivisionError("of the user")

    with pytest.raises(ZeroDivisionError, match="of the user"):
        RangeTest(model, optimizer, criterion, data, num_iter=4, compiled=True).run()


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"compiled": 3}, SettingsError, "compiled must be True, False, or a mode of torch.compile"),
        ({"compiled": "fast"}, SettingsError, '"reduce-overhead".*got .fast.'),
        ({"compiled": True, "update_fn": lambda batch: 1.0}, SettingsError, "compiled and update_fn exclude"),
    ],
)
def test_what_cannot_work_is_refused(options, kind, text):
    with pytest.raises(kind, match=text):
        RangeTest(*cnn_world(), **options).start()


def test_an_optimizer_with_a_closure_is_refused():
    model, optimizer, criterion, data = _small(lambda p, lr: torch.optim.LBFGS(p, lr=lr))
    with pytest.raises(SetupError, match="LBFGS needs a closure in each step, which cannot be compiled"):
        RangeTest(model, optimizer, criterion, data, compiled=True).start()


STEPPED_AS_THEY_ARE = {
    "foreach": (lambda p, lr: torch.optim.Adam(p, lr=lr, foreach=True), {}),
    "a scaler": (torch.optim.AdamW, {"grad_scaler": True}),
    "one's own": (type("Own", (torch.optim.SGD,), {"__module__": "somewhere"}), {}),
}


@pytest.mark.parametrize("name", STEPPED_AS_THEY_ARE)
def test_optimizers_that_cannot_be_compiled_step_as_they_are(counter, name):
    make, options = STEPPED_AS_THEY_ARE[name]

    def losses(**more):
        given = {"grad_scaler": torch.amp.GradScaler("cpu", init_scale=2.0)} if options else {}
        world = _small(make)
        kinds = []
        world[1].register_step_pre_hook(lambda o, *_: kinds.append(type(o.param_groups[0]["lr"])))
        found = RangeTest(*world, num_iter=8, end_lr=0.1, **given, **more).run().loss
        assert set(kinds) == {float}
        return found

    assert losses(compiled=True) == pytest.approx(losses(), rel=1e-5)
    assert counter.frame_count == 1  # the loss


def test_the_guard_of_a_widget_breaks_no_graph(counter):
    def graphs(guarded):
        torch._dynamo.reset()
        before = counter.frame_count
        test = RangeTest(*_small(OPTIMIZERS["AdamW"]), num_iter=5, end_lr=0.1, compiled=True)
        if guarded:
            with test.guarded():
                test.run()
        else:
            test.run()
        return counter.frame_count - before

    assert graphs(guarded=True) == graphs(guarded=False)
