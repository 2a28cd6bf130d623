"""Errors of the user's own arrive as they are, after everything was given back."""

import pytest
import torch

from lrwidget.engine import RangeTest
from lrwidget.errors import RestoreError
from tests.engine.worlds import ONE, Weight, half_square, weight_and_sgd


def test_errors_are_the_users_own_with_a_note():
    error = RuntimeError("out of cheese")
    calls = []

    def criterion(output, target):
        calls.append(1)
        if len(calls) == 12:
            raise error
        return half_square(output, target)

    model, optimizer = weight_and_sgd()
    test = RangeTest(model, optimizer, criterion, ONE, start_lr=1e-3, end_lr=4, num_iter=12)
    with pytest.raises(RuntimeError) as caught, test:
        list(test)
    assert caught.value is error
    assert error.__notes__ == ["lrwidget: at step 12 of 12, lr = 4; everything was restored."]
    assert (test.stop_reason, len(test.history), model.w.item()) == ("error", 11, 1.0)
    assert list(test) == []


def _leave_by(test, error):
    try:
        raise error
    except type(error):
        test.__exit__(type(error), error, error.__traceback__)
        raise


def test_an_error_in_the_with_block_ends_the_sweep_too():
    model, optimizer = weight_and_sgd()
    test = RangeTest(model, optimizer, half_square, ONE)
    test.start()
    next(test)
    with pytest.raises(ZeroDivisionError):
        _leave_by(test, ZeroDivisionError())
    assert (test.stop_reason, model.w.item()) == ("error", 1.0)


def test_a_stop_iteration_of_the_users_does_not_look_like_the_end():
    model, optimizer = weight_and_sgd()
    test = RangeTest(model, optimizer, None, ONE, step_fn=lambda batch: next(iter(())))
    with pytest.raises(RuntimeError, match="raised StopIteration"):
        test.run()
    assert test.stop_reason == "error"


def test_a_failed_restore_says_so_beside_the_error():
    class Stubborn(Weight):
        def get_extra_state(self):
            return 1

        def set_extra_state(self, state):
            raise OSError("no")

    model = Stubborn()
    test = RangeTest(model, torch.optim.SGD(model.parameters(), lr=1), half_square, ONE, num_iter=3)
    with pytest.raises(RestoreError, match="extra state of model"):
        test.run()
    assert model.w.item() == 1.0
    test.close()
