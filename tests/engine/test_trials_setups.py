"""Trials of every setup, looked at by the oracle: nothing is left, and each is the training done by hand."""

import pytest

from tests.oracle.judge import swept
from tests.oracle.oracle import Oracle
from tests.setups.table import SETUPS

TRIED, STEPS = [5e-4, 2e-3], 4

pytestmark = [
    # Said to whoever asks tensors for their gradient, and to torchdata's loader.
    pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf"),
    pytest.mark.filterwarnings("ignore:'set_vital' is deprecated"),
]


@pytest.mark.parametrize("before", [0, 3], ids=["fresh", "mid-training"])
@pytest.mark.parametrize(
    "make",
    [make for name, make in SETUPS.items() if "compiled" not in name],
    ids=[name for name in SETUPS if "compiled" not in name],
)
def test_trials_leave_nothing_and_are_the_training_by_hand(make, before):
    setup = make()
    setup.train(before)
    roots = {
        "model": setup.model,
        "optimizer": setup.optimizer,
        "criterion": setup.criterion,
        "loader": setup.loader,
        "scheduler": setup.scheduler,
        "the_loop_by_hand": setup.step,
        **setup.options,
        **setup.also,
    }
    trials = swept(Oracle(roots), setup.test().rate_trials(TRIED, steps=STEPS).run)
    assert [one.ended for one in trials] == ["completed"] * 2
    assert len({one.loss[0] for one in trials}) == 1
    if before and getattr(setup.loader, "persistent_workers", False):
        return  # workers made anew, as in every sweep, get other seeds than those that go on
    for one in trials:
        plain = make()
        plain.train(before)
        expected = plain.train_at([one.lr] * STEPS)
        assert one.loss.tolist() == (pytest.approx(expected, rel=1e-5) if setup.rounded else expected)
