"""Everything at once: threads and pages that press, set and start at random, and what holds afterwards."""

from __future__ import annotations

import faulthandler
import random
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrwidget import LRWidget, StateError
from lrwidget.picks import RULES
from lrwidget.widget import controller
from tests.engine.states import assert_same_state, full_state
from tests.widget.pages import Page

STORMS, MOVES = 10, 20
OLD_RATES = [1e-3, 1e-4]


class World:
    """A warmed-up model that uses random numbers, its optimizer of two groups, and a shuffled loader."""

    def __init__(self, seed: int) -> None:
        torch.manual_seed(seed)
        self.model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 1))
        groups = [{"params": self.model[0].parameters()}, {"params": self.model[3].parameters(), "lr": 1e-4}]
        self.optimizer = torch.optim.AdamW(groups, lr=1e-3)
        data = TensorDataset(torch.randn(32, 4), torch.randn(32, 1))
        self.loader = DataLoader(data, batch_size=8, shuffle=True)
        self.model(data.tensors[0]).square().mean().backward()
        self.optimizer.step()

    def widget(self) -> LRWidget:
        return LRWidget(
            self.model, self.optimizer, nn.functional.mse_loss, self.loader, num_iter=25, end_lr=1.0
        )

    @property
    def rates(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]

    def state(self) -> dict[str, Any]:
        """Everything but the rates."""
        rates, base = self.rates, [group.get("initial_lr") for group in self.optimizer.param_groups]
        for group, old in zip(self.optimizer.param_groups, OLD_RATES, strict=True):
            group["lr"] = old
        found = full_state(self.model, self.optimizer)
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = lr
        assert base == [None, None]
        return found


def commands(w: LRWidget, draw: random.Random) -> list[Callable[[], object]]:
    """What another cell may do, each of it at any time."""
    return [
        w.start,
        w.start,
        w.run,
        w.stop,
        w.pause,
        w.resume,
        w.accept,
        w.undo,
        lambda: w.accept(draw.uniform(1e-4, 1e-2)),
        w.reset,
        lambda: w.wait(0.01),
        lambda: setattr(w, "lr", draw.choice([None, 0.01])),
        lambda: setattr(w, "rule", draw.choice(list(RULES))),
        lambda: setattr(w, "bandwidth", draw.choice([0.0, 0.2, 0.3])),
        lambda: setattr(w, "bounds", draw.choice([None, (1e-3, 1e-2)])),
        lambda: (repr(w), w.history, w.suggested_lr, w.accepted_lr, w.stop_reason, w.error),
    ]


def presses(page: Page, draw: random.Random) -> list[Callable[[], object]]:
    """What a person at a page may do; some of it comes late, or twice."""

    def say(name: str, **args: Any) -> None:
        late = {"sweep": page.state["sweep"] - 1} if draw.random() < 0.2 else {}
        page.say(name, seen=late, **args)
        if draw.random() < 0.3:
            page.send([{"n": page.said, "name": name, "args": args, "seen": {"sweep": page.state["sweep"]}}])

    return [
        lambda: say("run", start_lr=1e-7, end_lr=1.0, num_iter=draw.choice([20, 25])),
        *(lambda name=name: say(name) for name in ("run", "pause", "resume", "stop", "undo", "clear")),
        lambda: say("accept", lr=draw.choice([page.lr, draw.uniform(1e-4, 1e-2)])),
        lambda: say("move", lr=draw.choice([None, 0.003, -1.0, draw.uniform(1e-4, 1e-2)])),
        lambda: say("show_bounds", shown=draw.random() < 0.5),
        lambda: say("bounds", bounds=[1e-4, draw.uniform(1e-3, 1e-2)]),
        lambda: say("rule", rule=draw.choice(list(RULES))),
        lambda: say("bandwidth", bandwidth=draw.choice([0.0, 0.3])),
        lambda: say("plan", end_lr=draw.choice([0.5, 1.0])),
        lambda: say("export", format=draw.choice(["json", "csv", "code"])),
        lambda: say("hello", plotly=False),
        lambda: page.send([5]),
    ]


def storm(w: LRWidget, pages: list[Page], seed: int) -> None:
    """Two threads of commands and two pages make their moves; then the last sweep is ended."""
    errors: list[BaseException] = []

    def act(number: int) -> None:
        draw = random.Random(seed * 10 + number)
        moves = commands(w, draw) if number < 2 else presses(pages[number - 2], draw)
        for _ in range(MOVES):
            try:
                draw.choice(moves)()
            except StateError:
                pass
            except BaseException as error:  # noqa: BLE001 - told below, in the test's own thread
                errors.append(error)
            time.sleep(draw.choice([0, 0, 1e-3]))  # where the others come in

    threads = [threading.Thread(target=act, args=(number,), name=f"storm {number}") for number in range(4)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 30
    while any(thread.is_alive() for thread in threads):
        if time.monotonic() > deadline:
            faulthandler.dump_traceback(sys.__stderr__)
            pytest.fail("the storm does not end")
        if not threads[0].is_alive() or not threads[1].is_alive():
            w.stop()  # a run() of the other may have been paused for good
        threads[0].join(0.05)
        threads[1].join(0.05)
    w.stop()
    assert w.wait(30)
    assert errors == []


def check(w: LRWidget, pages: list[Page], world: World, accepted: list[float]) -> None:
    """What holds whenever nothing is going on."""
    for thread in threading.enumerate():
        if thread.name == "lrwidget sweep":
            thread.join(10)  # on its last line
            assert not thread.is_alive()
    history = w.history
    assert w.state in {"idle", "finished", "accepted"}
    assert (w.state == "accepted") == (w.accepted_lr is not None)
    assert w.error is None
    assert w.stop_reason == (history.stop_reason if history is not None else None)
    if w.state == "idle":
        assert history is None
    if w.state == "finished":
        assert history is not None
    pick = history.suggest(w.rule, w.bandwidth) if history is not None and len(history) else None
    assert w.pick == pick
    suggested = None if pick is None or pick.lr is None else float(f"{pick.lr:.3g}")
    assert w.suggested_lr == suggested

    told = w.get_state("_state")["_state"]
    for page in pages:
        # What was begun and refused makes a version that nobody sees.
        assert {**page.state, "version": 0} == {**told, "version": 0}, "a page shows it otherwise"
        assert page.losses == (history.loss.tolist() if history is not None else [])
        assert page.state["can"]["run"]
        assert not page.state["can"]["stop"]
        assert page.state["can"]["accept"] == (w.lr is not None and w.lr != w.accepted_lr)
        assert page.lr == w.lr
        assert not [each for each in page.answers.values() if "Unexpected" in (each["why"] or "")]

    known = [OLD_RATES, *([lr, lr / 10] for lr in accepted)]
    assert any(world.rates == pytest.approx(rates) for rates in known)
    if w.accepted_lr is not None:
        assert world.rates == pytest.approx([w.accepted_lr, w.accepted_lr / 10])


@pytest.mark.parametrize("seed", range(5))
def test_after_a_storm_everything_agrees_and_everything_is_given_back(
    seed: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    accepted: list[float] = []
    accept_rate = controller.accept_rate
    monkeypatch.setattr(
        controller,
        "accept_rate",
        lambda opt, lr, *rest: (accepted.append(lr), accept_rate(opt, lr, *rest))[1],
    )
    world = World(seed)
    before = world.state()
    w = world.widget()
    pages = [Page(w), Page(w)]
    for number in range(STORMS):
        storm(w, pages, 100 * seed + number)
        check(w, pages, world, accepted)
        assert_same_state(before, world.state())
    assert [
        str(record.exc_info or record.getMessage()) for record in caplog.records if record.name == "lrwidget"
    ] == []
    w.close()
