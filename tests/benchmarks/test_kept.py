"""The table of what is kept: ours keeps everything, the others are really measured, and the page shows it."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from benchmarks import kept
from benchmarks.apart import quiet
from benchmarks.engines import ENGINES, Engine
from benchmarks.kept_world import EXITS, KINDS, REQUEST, World, observe, same

PAGE = Path(__file__).parents[2] / "docs" / "migration.md"
BESIDE = [name for name in ENGINES if name not in {"lrwidget", "fastai"}]


def page_column(name: str) -> list[str]:
    """What the page's table of details says of one engine."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text().splitlines()
        if "|" in line
    ]
    start = next(i for i, row in enumerate(rows) if row[0] == "kept to the bit?")
    at = rows[start].index(name)
    return [row[at] for row in rows[start + 2 : start + 2 + len(KINDS)]]


def test_lrwidget_keeps_every_kind_of_state_on_every_exit() -> None:
    found = kept.measure("lrwidget")
    lost = {kind: exits for kind, exits in found["kept"].items() if not all(exits.values())}
    assert lost == {"settings and callbacks of the trainer": dict.fromkeys(EXITS)}  # it has no trainer
    assert page_column("lrwidget") == [kept.cell(exits) for exits in found["kept"].values()]


@pytest.mark.parametrize("name", BESIDE)
def test_others_are_measured_and_the_page_shows_it(name: str) -> None:
    found = kept.column(name)
    assert list(found["kept"]) == list(KINDS)
    assert found["kept"]["weights"]["finish"]
    assert not found["kept"]["gradients"]["finish"]
    if all(f"{package} {which}" in PAGE.read_text() for package, which in found["versions"].items()):
        assert page_column(name) == [kept.cell(exits) for exits in found["kept"].values()]


def test_every_kind_is_seen_to_be_lost(tmp_path: Path) -> None:
    """A sweep that gives nothing back, so that a "yes" in the table means something."""

    class Careless(Engine):
        def sweep(self) -> None:
            world = self.world
            world.model.train().requires_grad_(True).register_forward_hook(lambda *_: None)
            world.optimizer.step = world.optimizer.step  # type: ignore[method-assign]
            world.optimizer.param_groups[0] |= {"lr": 1.0, "initial_lr": 1.0}
            for batch in world.loader:
                world.step(*batch)
            (tmp_path / "left").touch()
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    with quiet():
        for warm in (True, False):
            world = World(warm=warm)
            before = observe(world, "before", tmp_path)
            Careless(world, tmp_path, REQUEST).sweep()
            after = observe(world, "after", tmp_path)
            kinds = [kind for kind, (where, _) in KINDS.items() if where == warm]
            assert [kind for kind in kinds if same(kind, before, after)] == []
            (tmp_path / "left").unlink()
            signal.signal(signal.SIGINT, signal.default_int_handler)


def test_an_engine_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "no such engine")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(RuntimeError, match=r"measuring ignite failed:\nno such engine"):
        kept.column("ignite")


def test_a_sweep_that_never_trained_or_left_otherwise_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Idle(Engine):
        def sweep(self) -> None:
            pass

    with pytest.raises(AssertionError, match="Idle, finish: did not train"):
        kept._swept(Idle, "finish", warm=True)
    with pytest.raises(AssertionError, match="Idle, error: left with None"):
        kept._swept(Idle, "error", warm=True)


def test_cells_and_counts() -> None:
    exits = dict.fromkeys(EXITS, True)
    assert kept.cell(exits) == "yes"
    assert kept.cell(dict.fromkeys(EXITS, False)) == "no"
    assert kept.cell(exits | {"error": False}) == "not after error"
    assert kept.cell(dict.fromkeys(EXITS)) == "-"
    some = {
        "versions": {},
        "kept": {"weights": exits, "files": exits | {"error": False}, "x": dict.fromkeys(EXITS)},
    }
    assert "| error | 1 of 2 |" in kept.counts({"this": some})
