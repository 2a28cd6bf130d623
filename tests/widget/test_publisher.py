"""The page is told often enough, and never at the sweep's expense."""

from __future__ import annotations

from lrwidget.widget.publisher import Publisher


class Clock:
    """Time that passes only when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def run(cost: float, step: float, seconds: float) -> tuple[int, float]:
    """Return how often it published in so many seconds, and the share of time that took."""
    clock, calls = Clock(), []

    def publish() -> None:
        calls.append(clock.now)
        clock.now += cost

    publisher = Publisher(publish, clock)
    while clock.now < seconds:
        clock.now += step
        publisher.tick()
    return len(calls), len(calls) * cost / clock.now


def test_at_most_15_times_a_second() -> None:
    count, _ = run(cost=0.0, step=0.001, seconds=10)
    assert 140 <= count <= 150


def test_slow_steps_are_shown_each() -> None:
    count, _ = run(cost=0.0, step=0.5, seconds=10)
    assert count == 20


def test_costly_publishing_takes_a_small_share_of_the_time() -> None:
    count, share = run(cost=0.02, step=0.001, seconds=30)
    assert count > 10
    assert share <= 0.021


def test_now_does_not_wait() -> None:
    clock, calls = Clock(), []
    publisher = Publisher(lambda: calls.append(1), clock)
    publisher.now()
    publisher.now()
    assert len(calls) == 2
