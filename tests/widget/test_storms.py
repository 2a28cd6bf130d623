"""Everything at once: threads and pages that press, set and start at random, and what holds afterwards."""

from __future__ import annotations

import faulthandler
import random
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrwidget import LRWidget, StateError
from lrwidget.picks import RULES
from lrwidget.widget import controller
from lrwidget.widget.holding import family
from tests.engine.states import assert_same_state, full_state
from tests.widget.test_page import Page

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


class Wire:
    """What the pages were told of each part of a widget, message after message."""

    def __init__(self, widget: LRWidget) -> None:
        self.parts = [part for part in family(widget) if part is not widget]
        self.told: dict[str, dict[str, Any]] = {}
        self.texts: list[str] = []
        for part in self.parts:
            self.told[part.model_id] = dict(part.get_state())
            part.comm.publish_msg = self._listener(self.told[part.model_id])

    def _listener(self, told: dict[str, Any]) -> Callable[..., None]:
        def listen(_kind: str, data: dict[str, Any] | None = None, **more: Any) -> None:
            data = data or {}
            told.update(data.get("state", {}))
            # Bytes travel beside the rest.
            buffers = zip(data.get("buffer_paths", []), more.get("buffers") or [], strict=False)
            told.update({path[0]: part for path, part in buffers if len(path) == 1})
            self.texts += told.get("details") or []

        return listen

    @staticmethod
    def send(part: Any, **state: Any) -> None:
        """Do what a page does: send a change of a part's state."""
        part.comm.handle_msg({"content": {"data": {"method": "update", "state": state}}, "buffers": []})

    @staticmethod
    def message(part: Any, content: Any) -> None:
        """Send a message of the page's script."""
        data = {"method": "custom", "content": content}
        part.comm.handle_msg({"content": {"data": data}, "buffers": []})

    def untold(self) -> list[str]:
        """What a page shows otherwise than the kernel has it."""
        skipped = {"_snapshot", "_wanted_picture", "_pictured", "_esm", "_css"}
        return [
            f"{type(part).__name__} {getattr(part, 'description', '')}.{name}"
            for part in self.parts
            for name, value in part.get_state().items()
            if name not in skipped and self.told[part.model_id][name] != value
        ]


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
        lambda: w.accept(draw.uniform(1e-4, 1e-2)),
        w.reset,
        lambda: w.wait(0.01),
        lambda: setattr(w, "lr", draw.choice([None, 0.01])),
        lambda: setattr(w, "rule", draw.choice(list(RULES))),
        lambda: setattr(w, "bandwidth", draw.choice([0.0, 0.2, 0.3])),
        lambda: setattr(w, "bounds", draw.choice([None, (1e-3, 1e-2)])),
        lambda: (repr(w), w.history, w.suggested_lr, w.accepted_lr, w.stop_reason, w.error),
    ]


def presses(w: LRWidget, draw: random.Random) -> list[Callable[[], object]]:
    """What a person at a page may do."""
    page, send = Page(w), Wire.send
    panel, plot = page.panel, page.plot
    buttons = (panel.run, panel.run, panel.stop, panel.accept, panel.reset, panel.suggestion)
    return [
        *(lambda button=button: send(button, value=True) for button in buttons),
        lambda: send(panel.bounds, value=draw.random() < 0.5),
        lambda: send(panel.lr, value=draw.choice([0.003, -1.0])),
        lambda: send(panel.rule, index=draw.randrange(len(RULES))),
        lambda: send(panel.bandwidth, value=draw.choice([0.0, 0.3])),
        lambda: page.say("lr", draw.uniform(1e-4, 1e-2)),
        lambda: page.say("bounds", [1e-4, draw.uniform(1e-3, 1e-2)]),
        lambda: page.say("hello"),
        lambda: page.say("press", "run", label=draw.choice(["Run", "Pause", "Resume"])),
        lambda: page.say("press", draw.choice(["stop", "accept", "reset", "suggestion"]), lr=0.005),
        lambda: Wire.message(plot, {"picture": "data:image/png;base64,cGljdHVyZQ==", "of": 1}),
    ]


def storm(w: LRWidget, seed: int) -> None:
    """Two threads of commands and two pages make their moves; then the last sweep is ended."""
    errors: list[BaseException] = []

    def act(number: int) -> None:
        draw = random.Random(seed * 10 + number)
        moves = (commands if number < 2 else presses)(w, draw)
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


def check(w: LRWidget, wire: Wire, world: World, accepted: list[float]) -> None:
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
    assert w.suggested_lr == (pick.lr if pick is not None else None)

    panel, plot = w._control.screen.panel, w._control.screen.plot
    assert panel.run.description == "Run"
    assert panel.stop.disabled
    assert panel.accept.disabled == (w.lr is None or w.lr == w.accepted_lr)
    assert panel.reset.disabled == (not (history is not None and len(history)) and w.accepted_lr is None)
    assert (plot.lr, panel.rule.value, panel.bandwidth.value) == (w.lr, w.rule, w.bandwidth)
    shown = np.frombuffer(plot.get_state("_snapshot")["_snapshot"]["buffers"][1])
    np.testing.assert_array_equal(shown, history.loss if history is not None else [])
    assert wire.untold() == []
    assert not [text for text in wire.texts if text.startswith("Unexpected")]

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
    wire = Wire(w)
    for number in range(STORMS):
        storm(w, 100 * seed + number)
        check(w, wire, world, accepted)
        assert_same_state(before, world.state())
    assert caplog.records == []
    w.close()
