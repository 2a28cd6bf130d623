"""On a GPU: a model that is elsewhere is moved for the sweep only. Runs where there is one."""

import pytest
import torch

from lrwidget import compat
from tests.compat.tasks import cnn, mlp, state_of, swept
from tests.engine.states import assert_same_state

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]


@pytest.mark.parametrize("make", [mlp, cnn])
@pytest.mark.parametrize("amp", [False, True])
def test_the_model_is_back_on_the_cpu_in_its_own_tensors(make, amp):
    task = make()
    for x, y in task.train:
        task.criterion(task.model(x), y).backward()
        task.optimizer.step()
    seen = set()
    task.model.register_forward_hook(lambda module, inputs, output: seen.add(output.device.type))
    before = state_of(task)
    options = {"device": "cuda"}
    if amp:
        options |= {
            "amp_backend": "torch",
            "amp_config": {"device_type": "cuda", "dtype": torch.float16},
            "grad_scaler": torch.amp.GradScaler("cuda"),
        }
    task.options = options
    task.val = None
    finder, _ = swept(compat, lambda: task, end_lr=0.1)
    torch.set_rng_state(before["random"]["torch"])  # the helper has seeded anew
    assert seen == {"cuda"}
    assert len(finder.history["loss"]) == 20
    assert_same_state(before, state_of(task))
