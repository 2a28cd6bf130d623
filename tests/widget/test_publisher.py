"""The page is told often enough, and never at the sweep's expense."""

from __future__ import annotations

from contextlib import suppress

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


def test_one_publication_that_took_long_does_not_freeze_the_plot() -> None:
    clock, calls = Clock(), []

    def publish() -> None:
        calls.append(clock.now)
        clock.now += 2.0 if len(calls) == 1 else 0.0  # another cell held the interpreter

    publisher = Publisher(publish, clock)
    assert publisher.tick()
    clock.now += 1.01
    assert publisher.tick()


def test_a_new_sweep_is_shown_from_its_first_step() -> None:
    clock, calls = Clock(), []

    def publish() -> None:
        calls.append(clock.now)
        clock.now += 2.0

    publisher = Publisher(publish, clock)
    assert publisher.tick()
    assert not publisher.tick()
    publisher.begin()
    assert publisher.tick()


def test_what_fails_is_not_tried_at_every_step() -> None:
    clock, calls = Clock(), []

    def publish() -> None:
        calls.append(clock.now)
        raise ConnectionError

    publisher = Publisher(publish, clock)
    for _ in range(1000):
        clock.now += 0.001
        with suppress(ConnectionError):
            publisher.tick()
    assert 10 <= len(calls) <= 16
