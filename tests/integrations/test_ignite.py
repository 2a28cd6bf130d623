"""A sweep whose steps are a real Engine's own, against that Engine's own run at the same rates."""

import sys

import pytest
import torch
from ignite.engine import Engine, Events

from lrwidget import LRWidget
from lrwidget.errors import LossError, SettingsError, SetupError
from lrwidget.integrations.ignite import widget
from tests.engine.states import assert_same_state
from tests.integrations.ignite_world import PASS, RATES, World, own_trainer


def test_the_losses_are_those_of_its_own_run():
    world = World(warm=False)
    torch.manual_seed(7)
    expected = world.run_at(RATES)
    world = World(warm=False)
    torch.manual_seed(7)
    before = world.state()
    w = world.widget()
    assert isinstance(w, LRWidget)
    assert w.run().loss.tolist() == expected
    assert w.stop_reason == "completed"
    assert_same_state(before, world.state())


def test_a_trained_trainer_is_as_before_and_its_handlers_rest():
    world = World()
    before = world.state()
    assert world.trainer.state.iteration == 2 * PASS
    assert before["its state"]["metrics"].keys() == {"id", "'mean'"}
    assert len(world.widget().run()) == 24
    assert_same_state(before, world.state())
    assert len(world.losses) == 24
    world.trainer.run(world.loader, max_epochs=3)  # goes on where it was
    assert world.trainer.state.epoch == 3
    assert world.trainer.state.iteration == 3 * PASS


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_an_error_and_an_interrupt_in_the_step_leave_no_trace(kind):
    world = World()
    before = world.state()
    world.fails = kind("stop here")
    w = world.widget()
    if kind is ValueError:
        with pytest.raises(ValueError, match="stop here"):
            w.run()
    else:
        assert w.run().stop_reason == "interrupted"
    assert_same_state(before, world.state())


def test_the_accepted_rate_is_the_next_runs():
    world = World()
    w = world.widget()
    w.run()
    w.accept(0.02)
    seen = []
    world.trainer.add_event_handler(
        Events.ITERATION_COMPLETED, lambda: seen.append(world.optimizer.param_groups[0]["lr"])
    )
    world.trainer.run(world.loader, max_epochs=3)
    assert seen == [0.02] * PASS


@pytest.mark.parametrize(
    "shape",
    [
        lambda loss, output, target: loss.item(),
        lambda loss, output, target: loss,
        lambda loss, output, target: loss.detach().reshape(1),
        lambda loss, output, target: {"loss": loss.item(), "output": output},
        lambda loss, output, target: (output, target, loss.item()),
        lambda loss, output, target: [loss, output],
    ],
    ids=["float", "tensor", "one element", "dict", "tuple", "list"],
)
def test_the_loss_is_found_in_what_the_function_returns(shape):
    world = World(warm=False)
    own_trainer(world, shape)
    before = world.state()
    history = world.widget().run()
    assert world.iterations == list(range(1, 25))
    assert_same_state(before, world.state())
    assert history.loss.tolist() == pytest.approx(World(warm=False).widget().run().loss.tolist())


@pytest.mark.parametrize(
    ("shape", "named"),
    [
        (lambda loss, output, target: None, "None"),
        (lambda loss, output, target: "0.5", "a str"),
        (lambda loss, output, target: output, r"a tensor of shape \(8, 3\)"),
        (lambda loss, output, target: {"a": 1, "b": 2}, "a dict with 'a', 'b'"),
        (lambda loss, output, target: {}, "a dict with nothing in it"),
        (
            lambda loss, output, target: (loss.item(), 0.5, output),
            r"a tuple of \(a float, a float, a tensor of shape \(8, 3\)\)",
        ),
    ],
    ids=["None", "str", "tensor", "dict", "empty", "two numbers"],
)
def test_a_loss_that_is_not_found_is_asked_for(shape, named):
    world = World(warm=False)
    own_trainer(world, shape)
    before = world.state()
    with pytest.raises(
        SetupError, match=rf"update function returned {named}, and .* Pass output_transform=\.\.\."
    ):
        world.widget().run()
    assert_same_state(before, world.state())


def test_output_transform_says_which_is_the_loss_and_what_a_metric_is_of():
    world = World(warm=False)
    own_trainer(world, lambda loss, output, target: (0.5, loss.item(), output, target))
    history = world.widget(output_transform=lambda made: made[1]).run()
    assert len(set(history.loss)) == 24
    history = world.widget(
        output_transform=lambda made: made[1:],
        metric=lambda output, target: (output.argmax(1) == target).float().mean(),
    ).run()
    assert 0 <= min(history.metric) < max(history.metric) <= 1
    with pytest.raises(LossError, match="the loss must be a tensor of one element; got a str"):
        world.widget(output_transform=str).run()
    with pytest.raises(SettingsError, match=r"output_transform must be a function from what .* got 1"):
        world.widget(output_transform=1)


def test_events_that_the_function_fires_call_nobody():
    world = World(warm=False)
    own_trainer(world, lambda loss, output, target: loss.item(), fires=True)
    before = world.state()
    world.widget().run()
    assert_same_state(before, world.state())
    world.iterations.clear()
    world.trainer.run(world.loader, max_epochs=1)
    assert len(world.calls) == PASS


def test_accumulation_inside_the_function_steps_at_every_nth_rate():
    world = World(warm=False, gradient_accumulation_steps=4)
    before = world.state()
    steps = []
    hook = world.optimizer.register_step_post_hook(
        lambda optimizer, *_: steps.append(optimizer.param_groups[0]["lr"])
    )
    history = world.widget().run()
    hook.remove()
    assert len(history) == 24
    assert steps == RATES[3::4]
    assert_same_state(before, world.state())


def test_bfloat16_and_a_gradient_scaler_of_the_functions_own():
    world = World(warm=False)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**20, growth_interval=3)

    def update(engine, batch):
        world.optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            loss = world.criterion(world.model(batch[0]), batch[1])
        scaler.scale(loss).backward()
        scaler.step(world.optimizer)
        scaler.update()
        return loss.item()

    world.trainer = Engine(update)
    scaler.scale(torch.ones(1))  # made on first use
    held = scaler.state_dict()
    before = world.state()
    world.widget().run()
    assert scaler.state_dict() == held
    assert_same_state(before, world.state())
    world.trainer.run(world.loader, max_epochs=1)
    assert scaler.state_dict() != held


def test_evaluation_needs_a_way_to_the_loss():
    world = World()
    for settings in ({"fixed_batches": 2}, {"val_loader": world.loader}):
        name = next(iter(settings))
        with pytest.raises(SetupError, match=f"{name} needs a way to a loss without training"):
            world.widget(**settings)
        before = world.state()
        history = world.widget(criterion=world.criterion, **settings).run()
        assert history.settings.loss_source in {"fixed", "val"}
        assert_same_state(before, world.state())
    history = world.widget(
        fixed_batches=1, step_fn=lambda batch: world.criterion(world.model(batch[0]), batch[1])
    ).run()
    assert len(history) == 24


def test_what_does_not_fit_is_told():
    world = World(warm=False)
    with pytest.raises(SetupError, match=r"trainer must be an ignite.engine.Engine; got a Sequential"):
        widget(world.model, world.model, world.optimizer, world.loader)
    with pytest.raises(SettingsError, match="update_fn is not for you to give here: it follows from the tr"):
        world.widget(update_fn=float)
    with pytest.raises(SettingsError, match="accumulation_steps and update_fn exclude each other"):
        world.widget(accumulation_steps=2).run()


def test_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "ignite.engine", None)
    with pytest.raises(ImportError, match=r"needs ignite, .*: pip install pytorch-ignite"):
        widget(None, None, None, None)
