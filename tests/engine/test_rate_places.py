"""Rates that other things than the optimizer hold: timm's schedulers, and arrays of a rate for each step."""

import copy
import importlib

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from lrwidget.engine import KeptRates, accept_rate
from lrwidget.engine.rates.places import checked_places
from lrwidget.errors import SettingsError
from tests.engine import timm_stand_in


@pytest.fixture(params=["a stand-in", "timm"])
def timm(request):
    return timm_stand_in if request.param == "a stand-in" else pytest.importorskip("timm.scheduler")


def _optimizer(*rates, scales=()):
    groups = [{"params": [nn.Parameter(torch.ones(1))], "lr": rate} for rate in rates]
    for group, scale in zip(groups, scales, strict=False):
        group["lr_scale"] = scale
    return torch.optim.SGD(groups, lr=1.0)


def _rates(optimizer, key="lr"):
    return [float(group[key]) for group in optimizer.param_groups]


def _course(optimizer, scheduler, steps):
    found = []
    for step in steps:
        scheduler.step(step)
        found.append(_rates(optimizer))
    return found


@pytest.mark.parametrize("warm_up", [{}, {"warmup_t": 4, "warmup_lr_init": 1e-6}], ids=["plain", "warm-up"])
@pytest.mark.parametrize("scales", [(), (0.5, 1.0)], ids=["", "layer decay"])
def test_timms_schedule_runs_as_if_made_with_the_accepted_rate(timm, warm_up, scales):
    optimizer = _optimizer(0.2, 0.1, scales=scales)
    scheduler = timm.CosineLRScheduler(optimizer, 20, **warm_up)
    ratio = 2 * (scales[0] / scales[1] if scales else 1)  # of the rates that the groups get
    receipt = accept_rate(optimizer, 0.04, scheduler)
    bases = (0.04, 0.04 / ratio)
    made = _optimizer(
        *(base / scale for base, scale in zip(bases, scales or (1, 1), strict=True)), scales=scales
    )
    other = timm.CosineLRScheduler(made, 20, **warm_up)
    assert np.allclose(_rates(optimizer), _rates(made), rtol=1e-12)
    steps = range(1, 20)
    assert np.allclose(_course(optimizer, scheduler, steps), _course(made, other, steps), rtol=1e-12)
    assert np.allclose(_rates(optimizer, "initial_lr"), _rates(made, "initial_lr"), rtol=1e-12)
    if warm_up:
        assert "the attached schedule puts it at" in receipt
    else:
        assert receipt == f"2 groups: 0.04, {bases[1]:.6g}"


def test_timms_schedule_in_the_middle_of_its_course_goes_on_from_the_accepted_rate(timm):
    optimizer = _optimizer(0.2, 0.1)
    scheduler = timm.CosineLRScheduler(optimizer, 20)
    _course(optimizer, scheduler, range(1, 8))
    receipt = accept_rate(optimizer, 0.04, scheduler)
    assert receipt == "2 groups: 0.04, 0.02; the attached schedule goes on from there"
    assert _rates(optimizer) == pytest.approx([0.04, 0.02])
    scheduler.step(7)  # the same step once more
    assert _rates(optimizer) == pytest.approx([0.04, 0.02])
    scheduler.step(8)
    assert _rates(optimizer)[0] == pytest.approx(0.04, rel=0.1)


def test_an_accepted_rate_is_taken_back_from_timms_schedule(timm):
    optimizer = _optimizer(0.2, 0.1)
    scheduler = timm.CosineLRScheduler(optimizer, 20, warmup_t=3)
    before = copy.deepcopy({key: value for key, value in vars(scheduler).items() if key != "optimizer"})
    groups = copy.deepcopy(optimizer.state_dict())
    kept = KeptRates(optimizer, [scheduler])
    accept_rate(optimizer, 0.04, [scheduler])
    kept.give_back()
    assert {key: value for key, value in vars(scheduler).items() if key != "optimizer"} == before
    assert optimizer.state_dict() == groups


@pytest.mark.filterwarnings("ignore:PlateauLRScheduler is deprecated:FutureWarning")
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("CosineLRScheduler", {"t_initial": 20}),
        ("StepLRScheduler", {"decay_t": 30}),
        ("MultiStepLRScheduler", {"decay_t": [30, 40]}),
        ("PolyLRScheduler", {"t_initial": 200}),
        ("TanhLRScheduler", {"t_initial": 200}),
        ("PlateauLRScheduler", {}),
    ],
)
@pytest.mark.parametrize("warmup_t", [0, 3])
def test_every_schedule_of_timms_holds_the_accepted_rate(name, options, warmup_t):
    kind = getattr(pytest.importorskip("timm.scheduler"), name)

    def course(base, accepted=None):
        optimizer = _optimizer(base, base / 2)
        scheduler = kind(optimizer, warmup_t=warmup_t, **options)
        if accepted is not None:
            accept_rate(optimizer, accepted, scheduler)
        return _course(optimizer, scheduler, range(1, 15))

    assert np.allclose(course(0.2, accepted=0.04), course(0.04), rtol=1e-9)


ARRAYS = {
    "float64": np.array,
    "float32": lambda rates: np.array(rates, dtype=np.float32),
    "two rows": lambda rates: np.array(rates).reshape(2, -1),
    "a view": lambda rates: np.repeat(rates, 2)[::2],
    "tensor": torch.tensor,
    "trained tensor": lambda rates: torch.tensor(rates, requires_grad=True),
    "list": list,
    "numpy's numbers in a list": lambda rates: list(np.float32(rates)),
}
RATES = [0.0, 0.1, 0.25, 0.5, 0.25, 1e-3]


def _plain(array):
    return np.asarray(array.detach() if isinstance(array, torch.Tensor) else array)


@pytest.mark.parametrize("kind", ARRAYS)
def test_an_array_of_rates_is_scaled_to_the_accepted_one_and_given_back_to_the_bit(kind):
    array = ARRAYS[kind](RATES)
    same, before = array, copy.deepcopy(array)
    optimizer = _optimizer(0.3)
    kept = KeptRates(optimizer, places=checked_places([array]))
    receipt = accept_rate(optimizer, 0.0123, write_to=[array])
    assert receipt == "lr = 0.0123; 6 scheduled rates scaled, up to 0.0123"
    now = _plain(array)
    assert now.max() == now.dtype.type(0.0123)
    assert np.allclose(now, _plain(before) * (0.0123 / 0.5), rtol=1e-6)
    assert array is same
    kept.give_back()
    assert _plain(array).tobytes() == _plain(before).tobytes()
    assert [type(one) for one in array] == [type(one) for one in before]


def test_arrays_stand_beside_other_places():
    array, config = np.array(RATES), {"lr": 1.0}
    accept_rate(_optimizer(0.3), 0.01, write_to=[(config, "lr"), array, [0.1, 0.2]])
    assert config == {"lr": 0.01}
    assert array.max() == 0.01


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.array([1, 2]), "is an array of int64: rates are scaled in place"),
        (torch.tensor([1, 2]), "is a tensor of torch.int64"),
        (np.array([]), "must hold finite rates"),
        (np.array([0.0, 0.0]), "must hold finite rates"),
        (np.array([0.1, np.nan]), "must hold finite rates"),
        (np.array([0.1, -0.2]), "must hold finite rates"),
        ([0.1, float("inf")], "must hold finite rates"),
        ([], r"got \[\]"),
        ((0.1, 0.2), "or an array or list of a rate for each step"),
    ],
    ids=repr,
)
def test_what_cannot_be_scaled_is_refused_before_anything_is_written(array, text):
    optimizer, config = _optimizer(0.3), {"lr": 1.0}
    with pytest.raises(SettingsError, match=rf"write_to\[1\].*{text}"):
        accept_rate(optimizer, 0.01, write_to=[(config, "lr"), array])
    assert (_rates(optimizer), config) == ([0.3], {"lr": 1.0})


def test_an_array_that_cannot_be_written_to_is_refused():
    array = np.array(RATES)
    array.flags.writeable = False
    with pytest.raises(SettingsError, match=r"write_to\[0\] is an array that cannot be written to"):
        accept_rate(_optimizer(0.3), 0.01, write_to=[array])


def test_a_rate_goes_everywhere_or_nowhere():
    class Closed:
        lr = property(lambda _: 0.5)

    optimizer, array = _optimizer(0.3), np.array(RATES)
    scheduler = lr_scheduler.StepLR(optimizer, 5)
    with pytest.raises(AttributeError):
        accept_rate(optimizer, 0.01, [scheduler], [array, (Closed(), "lr")])
    assert (_rates(optimizer), scheduler.base_lrs, array.tolist()) == ([0.3], [0.3], RATES)


@pytest.mark.parametrize("make", ["get_linear_schedule_with_warmup", "get_cosine_schedule_with_warmup"])
def test_schedules_of_transformers_hold_the_accepted_rate(make):
    schedules = pytest.importorskip("transformers")
    optimizer, fresh = _optimizer(0.2, 0.1), _optimizer(0.04, 0.02)
    one, other = (getattr(schedules, make)(each, 3, 20) for each in (optimizer, fresh))
    accept_rate(optimizer, 0.04, one)
    for _ in range(12):
        assert _rates(optimizer) == pytest.approx(_rates(fresh))
        for each, schedule in ((optimizer, one), (fresh, other)):
            each.step()
            schedule.step()


def test_there_is_a_real_timm_or_a_stand_in_with_its_attributes():
    """The stand-in has what is read of the real one."""
    try:
        real = importlib.import_module("timm.scheduler")
    except ImportError:
        pytest.skip("timm is not installed")
    made = [kind.CosineLRScheduler(_optimizer(0.2), 20, warmup_t=3) for kind in (real, timm_stand_in)]
    theirs, ours = ({key: value for key, value in vars(one).items() if key != "optimizer"} for one in made)
    assert ours == {key: theirs[key] for key in ours}
