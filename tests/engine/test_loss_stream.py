"""Losses that arrive late give the same sweep as losses that are known at once."""

import random

import pytest
import torch

from lrwidget.curves.stop import first_stop
from lrwidget.engine import RangeTest, sweep
from lrwidget.engine.record import Record
from lrwidget.engine.step.loss_stream import DeviceStream, ImmediateStream, PeriodicStream, stream_for
from lrwidget.history.settings import Settings
from tests.engine.worlds import ONE, Weight

CPU = torch.device("cpu")


class LateEvent:
    """Done only after it was asked a few times, or waited for."""

    def __init__(self, lateness):
        self.lateness, self.left, self.waits = lateness, 0, 0

    def record(self):
        self.left = self.lateness()

    def query(self):
        self.left -= 1
        return self.left < 0

    def synchronize(self):
        self.left, self.waits = 0, self.waits + 1


def late_stream(capacity, lateness, **options):
    return DeviceStream(capacity, CPU, lambda: LateEvent(lateness), **options)


def _through(stream, losses):
    known = []
    for loss in losses:
        stream.push(torch.tensor(loss, dtype=torch.float64))
        known.append(stream.ready())
    return known, stream.drain()


@pytest.mark.parametrize(
    "make",
    [
        ImmediateStream,
        lambda: PeriodicStream(100, CPU),
        lambda: late_stream(100, lambda: 0),
        lambda: late_stream(100, lambda: 5),
        lambda: late_stream(100, lambda: 10**9),
        lambda: late_stream(100, lambda: 10**9, run_ahead=3),
    ],
)
def test_every_loss_comes_once_and_in_order(make):
    losses = [random.random() for _ in range(100)]
    stream = make()
    known, rest = _through(stream, losses)
    assert [loss for some in known for loss in some] + rest == losses
    assert stream.drain() == []


def test_late_losses_come_together():
    known, rest = _through(late_stream(10, lambda: 2), [float(i) for i in range(10)])
    assert known == [[], [], [0.0], [], [], [1.0, 2.0], [], [], [3.0, 4.0, 5.0], []]
    assert rest == [6.0, 7.0, 8.0, 9.0]


def test_the_host_never_runs_further_ahead_than_allowed():
    stream = late_stream(100, lambda: 10**9, run_ahead=8)
    ahead = longest = 0
    for i in range(100):
        stream.push(torch.tensor(float(i)))
        ahead += 1 - len(stream.ready())
        longest = max(longest, ahead)
    assert longest == 7
    assert stream._event.waits < 30


def test_losses_of_any_shape_and_precision_keep_their_value():
    stream = late_stream(3, lambda: 0)
    for loss in (torch.tensor([0.1]), torch.tensor(0.1, dtype=torch.bfloat16), torch.ones(1, 1) * 3):
        stream.push(loss)
    assert stream.drain() == [torch.tensor(0.1).item(), torch.tensor(0.1, dtype=torch.bfloat16).item(), 3.0]


def test_the_device_decides_which_stream():
    assert isinstance(stream_for(torch.ones(()), 3), ImmediateStream)
    assert isinstance(stream_for(torch.ones((), device="meta"), 3), PeriodicStream)


def _random_losses(draw):
    losses, level = [], 2.0
    for _ in range(draw.randint(3, 60)):
        level *= draw.choice([0.9, 0.95, 1.0, 1.1, 1.6])
        losses.append(draw.choice([1, 1, 1, -1]) * level * draw.uniform(0.8, 1.2))
        if draw.random() < 0.02:
            losses[-1] = draw.choice([float("nan"), float("inf"), -float("inf")])
    return losses


def test_a_late_stop_keeps_exactly_what_an_immediate_one_does():
    draw = random.Random(5)
    stopped = 0
    for _ in range(1000):
        losses = _random_losses(draw)
        settings = Settings(
            num_iter=len(losses), diverge_th=draw.choice([1.5, 3.0]), smooth_f=draw.choice([0, 0.3])
        )
        seen = []
        record = Record(settings, seen.append)
        stream = late_stream(len(losses), lambda: draw.randint(0, 6), run_ahead=draw.choice([4, 64]))
        handed_out = []
        for loss in losses:
            if record.stop_reason is not None:
                break
            stream.push(torch.tensor(loss, dtype=torch.float64))
            record.add(stream.ready())
            while (point := record.take()) is not None:
                handed_out.append(point)
        record.add(stream.drain())
        while (point := record.take()) is not None:
            handed_out.append(point)
        expected = first_stop(losses, settings.diverge_th, settings.smooth_f)
        size = len(losses) if expected is None else expected[0] + 1
        assert repr([point.loss for point in handed_out]) == repr(losses[:size])
        assert repr(seen) == repr(handed_out)
        assert len(record) == size
        assert record.stop_reason == (None if expected is None else expected[1])
        stopped += expected is not None
    assert 200 < stopped < 1000


@pytest.fixture
def lagging(monkeypatch):
    """Make every sweep's losses arrive late."""
    monkeypatch.setattr(sweep, "stream_for", lambda loss, capacity: late_stream(capacity, lambda: 4))


def _replay(losses, **options):
    """Sweep with these losses, whatever the model does."""
    model = Weight()
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    given = iter(losses)

    def step_fn(batch):
        return model.w * 0 + next(given)

    return RangeTest(model, optimizer, None, ONE, step_fn=step_fn, num_iter=len(losses), **options)


@pytest.mark.usefixtures("lagging")
def test_a_whole_sweep_with_late_losses_is_the_same():
    losses = [1.0, 0.9, 0.8, 0.7, 9.0, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.1]
    test = _replay(losses, smooth_f=0)
    points = list(test)
    assert [p.loss for p in points] == losses[:5]
    assert (test.stop_reason, len(test.history)) == ("diverged", 5)
    assert test.steps_done > 5

    test = _replay(losses, diverge_th=None)
    assert test.run().loss.tolist() == losses
    assert test.stop_reason == "completed"


@pytest.mark.usefixtures("lagging")
def test_losses_under_way_are_kept_on_stop_pause_and_error():
    losses = [1.0 - 0.01 * i for i in range(20)]
    test = _replay(losses)
    next(test)
    taken = test.steps_done
    test.stop()
    rest = list(test)
    assert len(test.history) == taken == len(rest) + 1

    with _replay(losses) as test:
        for point in test:
            if point.index == 6:
                break
    assert len(test.history) == test.steps_done > 7

    test = _replay(losses)
    error = RuntimeError("of the user")

    def failing(batch):
        if test.steps_done == 9:
            raise error
        return step_fn(batch)

    step_fn = test._plan.step_fn
    object.__setattr__(test._plan, "step_fn", failing)
    with pytest.raises(RuntimeError, match="of the user"):
        test.run()
    assert test.history.loss.tolist() == losses[:9]


@pytest.mark.usefixtures("lagging")
def test_an_error_after_a_divergence_never_happened():
    # A divergence that is still under way ended the sweep before the step that fails.
    losses = [1.0, 0.9, 0.8, 50.0, 60.0]
    history = _replay([*losses], smooth_f=0, lr_schedule=[10.0**i for i in range(-6, 1)]).run()
    assert history.loss.tolist() == losses[:4]
    assert history.stop_reason == "diverged"
