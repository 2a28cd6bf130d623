"""What pytorch-lr-finder's users override in a subclass, or watch with a spy, is in force here too."""

import contextlib
import io
from unittest import mock

import pytest
import torch
from torch import nn

from lrwidget import LRFinder
from lrwidget.compat import TrainDataLoaderIter, ValDataLoaderIter
from tests.compat.tasks import cnn, discriminative, finder_of, gru, mlp, packages, quietly, state_of, swept
from tests.engine.states import assert_same_state


def swept_by(kind_of, make, **options):
    """The finders of both packages after a sweep of a subclass that ``kind_of`` makes of their class."""
    found = []
    for package in packages():
        own = type("package", (), {**vars(package), "LRFinder": kind_of(package.LRFinder)})
        found.append(swept(own, make, **options)[0])
    return found


def clipped(base):
    """The commonest override: the body of _train_batch copied, and a line added."""

    class Clipped(base):
        calls = 0

        def _train_batch(self, train_iter, accumulation_steps, non_blocking_transfer=True):
            self.calls += 1
            self.model.train()
            self.optimizer.zero_grad()
            total_loss = None
            for _ in range(accumulation_steps):
                inputs, labels = next(train_iter)
                inputs, labels = self._move_to_device(inputs, labels, non_blocking=non_blocking_transfer)
                loss = self.criterion(self.model(inputs), labels) / accumulation_steps
                loss.backward()
                total_loss = loss if total_loss is None else total_loss + loss
            nn.utils.clip_grad_norm_(self.model.parameters(), 0.01)
            self.optimizer.step()
            return total_loss.item()

    return Clipped


def around_super(base):
    class Around(base):
        trained = validated = 0

        def _train_batch(self, *args, **kwargs):
            self.trained += 1
            return 2 * super()._train_batch(*args, **kwargs)

        def _validate(self, *args, **kwargs):
            self.validated += 1
            return 3 * super()._validate(*args, **kwargs)

    return Around


def moved(base):
    class Moved(base):
        def _move_to_device(self, inputs, labels, non_blocking=True):
            inputs, labels = super()._move_to_device(inputs, labels, non_blocking=non_blocking)
            return (inputs[0] * 0.5, inputs[1]) if isinstance(inputs, tuple) else inputs * 0.5, labels

    return Moved


def unchecked(base):
    class Unchecked(base):
        def _check_for_scheduler(self):
            self.checked = getattr(self, "checked", 0) + 1

    return Unchecked


def rates_of_its_own(base):
    class Rates(base):
        def _set_learning_rate(self, new_lrs):
            for number, group in enumerate(self.optimizer.param_groups):
                group["lr"] = new_lrs * (number + 1)

    return Rates


@pytest.mark.parametrize("make", [mlp, cnn, gru], ids=lambda make: make.__name__)
@pytest.mark.parametrize("val", [False, True], ids=["train", "val"])
@pytest.mark.parametrize("kind_of", [clipped, around_super], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("parts", [1, 3])
def test_an_overridden_step_records_what_theirs_records(kind_of, make, val, parts):
    theirs, ours = swept_by(kind_of, make, val=val, accumulation_steps=parts)
    assert ours.history == theirs.history
    assert ours.history != swept(packages()[1], make, val=val, accumulation_steps=parts)[0].history
    for name in ("calls", "trained", "validated"):
        assert getattr(ours, name, 0) == getattr(theirs, name, 0)


def test_an_overridden_move_and_start_are_in_force():
    theirs, ours = swept_by(moved, mlp)
    assert ours.history == theirs.history
    theirs, ours = swept_by(rates_of_its_own, discriminative, start_lr=1e-5)
    assert ours.history == theirs.history
    assert ours.history["loss"] != swept(packages()[1], discriminative, start_lr=1e-5)[0].history["loss"]


def test_an_overridden_check_is_called_and_may_refuse():
    theirs, ours = swept_by(unchecked, mlp)
    assert ours.checked == theirs.checked == 2

    class Refuses(LRFinder):
        def _check_for_scheduler(self):
            raise RuntimeError("not today")

    task = mlp()
    with pytest.raises(RuntimeError, match="not today"):
        Refuses(task.model, task.optimizer, task.criterion)


def test_everything_is_given_back_around_own_steps_and_their_errors():
    for error in (None, ZeroDivisionError(), KeyboardInterrupt()):
        task = cnn()
        before = state_of(task)

        class Failing(around_super(LRFinder)):
            def _train_batch(self, *args, **kwargs):
                loss = super()._train_batch(*args, **kwargs)
                if self.trained == 5 and self.error is not None:
                    raise self.error
                return loss

        finder = Failing(task.model, task.optimizer, task.criterion)
        finder.error = error
        expected = contextlib.nullcontext() if error is None else pytest.raises(type(error))
        with expected, contextlib.redirect_stdout(io.StringIO()):
            finder.range_test(task.train, task.val, num_iter=12)
        assert_same_state(before, state_of(task))
        assert len(finder.history["lr"]) == (12 if error is None else 4)


def test_a_method_put_on_the_finder_itself_counts_as_overridden():
    task = mlp()
    finder = finder_of(task)
    spy = mock.Mock(side_effect=finder._train_batch)
    finder._train_batch = spy
    quietly(finder, task.train)
    assert spy.call_count == 12
    plain = mlp()
    assert len(quietly(finder_of(plain), plain.train).history["loss"]) == 12


def test_own_iterators_reach_the_overridden_methods():
    seen = []

    class Watching(LRFinder):
        def _train_batch(self, train_iter, accumulation_steps, non_blocking_transfer=True):
            seen.append(train_iter)
            return super()._train_batch(train_iter, accumulation_steps, non_blocking_transfer)

        def _validate(self, val_iter, non_blocking_transfer=True):
            seen.append(val_iter)
            return super()._validate(val_iter, non_blocking_transfer)

    task = mlp()
    loaders = TrainDataLoaderIter(task.train), ValDataLoaderIter(task.val)
    quietly(Watching(task.model, task.optimizer, task.criterion), *loaders)
    assert set(map(id, seen)) == set(map(id, loaders))
    once = TrainDataLoaderIter(task.train, auto_reset=False)
    finder = quietly(Watching(task.model, task.optimizer, task.criterion), once)
    assert finder.stop_reason == "exhausted"
    assert len(finder.history["lr"]) == len(task.train)


@pytest.mark.parametrize("spy_of", [lambda c: mock.Mock(wraps=c), lambda c: mock.Mock(spec=c, side_effect=c)])
def test_a_spied_criterion_keeps_its_counts(spy_of):
    task = mlp()
    task.criterion = spy_of(task.criterion)
    quietly(finder_of(task), task.train, accumulation_steps=4)
    assert task.criterion.call_count == 4 * 12
    assert len(task.criterion.call_args_list) == 4 * 12


def test_spies_on_methods_keep_their_counts():
    task = mlp()
    with mock.patch.object(task.model, "forward", wraps=task.model.forward) as forward:
        quietly(finder_of(task), task.train)
    assert forward.call_count == 12
    scaler = torch.amp.GradScaler("cpu", enabled=True)
    with mock.patch.object(scaler, "scale", wraps=scaler.scale) as scale:
        options = {"amp_backend": "torch", "amp_config": {"device_type": "cpu", "dtype": torch.bfloat16}}
        quietly(finder_of(task, grad_scaler=scaler, **options), task.train)
    assert scale.call_count == 12
