import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from lrwidget.errors import SettingsError
from lrwidget.history import Settings, make_settings


def test_the_defaults_are_a_sweep_of_eight_decades():
    settings = Settings()
    assert settings.rates[0] == 1e-7
    assert settings.rates[-1] == 10.0
    assert len(settings.rates) == 100


def test_the_error_says_what_came_what_is_allowed_and_what_to_do():
    with pytest.raises(SettingsError) as caught:
        Settings(start_lr=1.0, end_lr=0.1)
    assert str(caught.value) == (
        "start_lr must be smaller than end_lr; got start_lr=1.0, end_lr=0.1. "
        "Give start_lr < end_lr, for example start_lr=1e-7, end_lr=10."
    )


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"start_lr": 0}, "start_lr must be finite and greater than 0; got start_lr=0.0"),
        ({"start_lr": -1e-3}, "start_lr must be finite and greater than 0"),
        ({"start_lr": math.nan}, "start_lr must be finite"),
        ({"start_lr": "1e-3"}, "start_lr must be a number; got '1e-3' of type str"),
        ({"start_lr": True}, "start_lr must be a number; got True of type bool"),
        ({"end_lr": math.inf}, "end_lr must be finite"),
        ({"end_lr": 10**400}, "end_lr must be finite"),
        ({"end_lr": 1e-7}, "start_lr must be smaller than end_lr"),
        ({"num_iter": 1}, "num_iter must be at least 2; got num_iter=1"),
        ({"num_iter": 10.0}, "num_iter must be a whole number; got 10.0 of type float"),
        ({"num_iter": True}, "num_iter must be a whole number"),
        ({"step_mode": "log"}, "step_mode must be one of 'exp', 'linear', 'list'; got 'log'"),
        ({"step_mode": ["exp"]}, "step_mode must be one of"),
        ({"step_mode": "list"}, r"belong together.*Give lr_schedule=\[\.\.\.\] alone: LRWidget, RangeTest"),
        ({"lr_schedule": [1e-3, 1e-2]}, "belong together"),
        ({"lr_schedule": [1e-3, 1e-2], "step_mode": "list"}, "must be those of lr_schedule"),
        ({"smooth_f": 1.5}, r"smooth_f .* must lie in \[0, 1\]; got 1.5"),
        ({"smooth_f": math.nan}, "smooth_f"),
        ({"diverge_th": 1}, "diverge_th must be greater than 1; got 1.0"),
        ({"diverge_th": math.nan}, "diverge_th must be greater than 1"),
        ({"accumulation_steps": 0}, "accumulation_steps must be at least 1"),
        ({"loss_source": "test"}, "loss_source must be one of 'train', 'val', 'fixed'; got 'test'"),
        ({"early_stop": 1}, "early_stop must be True or False; got 1"),
    ],
)
def test_a_setting_that_cannot_work_is_named(wrong, text):
    with pytest.raises(SettingsError, match=text):
        Settings(**wrong)


def test_numbers_become_plain_and_none_switches_divergence_off():
    settings = Settings(start_lr=np.float32(0.5), end_lr=1, num_iter=np.int64(3), diverge_th=None)
    assert (type(settings.start_lr), type(settings.end_lr), type(settings.num_iter)) == (float, float, int)
    assert settings.diverge_th == math.inf
    assert settings == Settings(start_lr=0.5, end_lr=1.0, num_iter=3, diverge_th=math.inf)
    with pytest.raises(FrozenInstanceError):
        settings.start_lr = 1.0


def test_a_schedule_of_ones_own_decides_the_range():
    settings = make_settings(
        lr_schedule=np.array([1e-3, 2e-3, 1e-1]), start_lr=1e-7, num_iter=100, smooth_f=0
    )
    assert settings.rates == settings.lr_schedule == (1e-3, 2e-3, 1e-1)
    assert (settings.start_lr, settings.end_lr, settings.num_iter) == (1e-3, 1e-1, 3)
    assert settings.step_mode == "list"
    assert make_settings(num_iter=7) == Settings(num_iter=7)
