"""While a sweep is on, another thread that would train the same model is told so, and changes nothing."""

import threading

import pytest
import torch
from torch import nn

from lrwidget import LRWidget, RangeTest, StateError
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import cnn_world


class Held:
    """A sweep in the background that stands still within a step until it is let go."""

    def __init__(self, world, **options):
        self._reached, self._go_on = threading.Event(), threading.Event()
        self.widget = LRWidget(*world, num_iter=6, callback=self._wait, **options)

    def _wait(self, point):
        self._reached.set()
        assert self._go_on.wait(60)

    def __enter__(self):
        self.widget.start()
        assert self._reached.wait(60)
        return self.widget

    def __exit__(self, *_):
        self._go_on.set()
        assert self.widget.wait(60)


def test_another_cell_can_neither_run_nor_step_the_model():
    world = cnn_world()
    x, _ = next(iter(world.loader))
    before = full_state(world.model, world.optimizer)
    with Held(world) as widget:
        during = full_state(world.model, world.optimizer)
        for call in (lambda: world.model(x), world.optimizer.step):
            with pytest.raises(StateError, match=r"is training this model now \(step 1 of 6\).*w\.wait\(\)"):
                call()
        assert_same_state(during["model."], full_state(world.model, world.optimizer)["model."])
    assert widget.stop_reason == "completed"
    assert widget.error is None
    assert_same_state(before, full_state(world.model, world.optimizer))
    world.train(1)


def test_the_models_of_a_list_and_every_optimizer_are_guarded():
    world = cnn_world()
    other = nn.Linear(2, 2)
    both = nn.ModuleList([world.model, other])
    steps = [torch.optim.SGD(model.parameters(), lr=0.1) for model in both]

    def step_fn(batch):
        return world.criterion(world.model(batch[0]), batch[1]) + other.weight.square().sum()

    x, _ = next(iter(world.loader))
    with Held((both, steps, None, world.loader), step_fn=step_fn):
        for call in (lambda: world.model(x), lambda: other(torch.ones(2)), *(s.step for s in steps)):
            with pytest.raises(StateError, match="in another thread"):
                call()


def test_a_wrapper_without_hooks_guards_the_optimizer_that_it_holds():
    class Wrapper(torch.optim.Optimizer):
        def __init__(self, inner):
            self.inner = inner

        param_groups = property(lambda self: self.inner.param_groups)
        state = property(lambda self: self.inner.state)

        def zero_grad(self):
            self.inner.zero_grad()

        def step(self):
            self.inner.step()

    world = cnn_world()
    wrapper = Wrapper(world.optimizer)
    with Held((world.model, wrapper, world.criterion, world.loader)), pytest.raises(StateError):
        wrapper.step()


def test_the_guard_goes_with_the_sweep_and_leaves_the_hooks_as_they_were():
    world = cnn_world()
    seen = []
    world.model.register_forward_pre_hook(lambda *_: seen.append("forward"))
    world.optimizer.register_step_pre_hook(lambda *_: seen.append("step"))
    tables = (world.model._forward_pre_hooks, world.optimizer._optimizer_step_pre_hooks)
    before = [list(table.items()) for table in tables]

    def fails(output, target):
        assert len(world.model._forward_pre_hooks) == 2
        raise RuntimeError("criterion")

    widget = LRWidget(world.model, world.optimizer, fails, world.loader)
    with pytest.raises(RuntimeError, match="criterion"):
        widget.run()
    assert [list(table.items()) for table in tables] == before
    assert seen == ["forward"]


def test_a_range_test_without_a_widget_guards_when_asked_to():
    world = cnn_world()
    caught = []

    def meanwhile():
        try:
            world.optimizer.step()
        except StateError as error:
            caught.append(error)

    test = RangeTest(*world, num_iter=3)
    with test.guarded(), test:
        next(test)
        thread = threading.Thread(target=meanwhile)
        thread.start()
        thread.join()
        assert len(list(test)) == 2
    assert len(caught) == 1
    world.optimizer.step()


def test_a_script_module_is_swept_as_any_other():
    model = torch.jit.script(nn.Linear(4, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    batches = [(torch.randn(8, 4), torch.randint(0, 2, (8,)))]
    assert len(LRWidget(model, optimizer, nn.CrossEntropyLoss(), batches, num_iter=5, end_lr=0.1).run()) == 5
