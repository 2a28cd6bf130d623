"""Where the copies of a snapshot are held, and what is said when there is no room for them."""

import tempfile
from pathlib import Path

import pytest
import torch
from torch import nn

from lrwidget import RangeTest, SettingsError, SetupError
from lrwidget.engine import Snapshot
from lrwidget.engine.state import memory, places
from tests.engine.states import assert_same_state, check_comes_back, full_state
from tests.engine.worlds import cnn_world, small_step, small_world

CPU = torch.device("cpu")


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("place", ["auto", "device", "host", "disk"])
def test_all_comes_back_from_wherever_it_was_held(place, temporary):
    model, optimizer = small_world()
    small_step(model, optimizer)
    check_comes_back(model, optimizer, lambda: small_step(model, optimizer), place=place)
    assert list(temporary.glob("lrwidget*")) == []


def test_every_kind_of_value_can_lie_on_disk(temporary):
    dtypes = (torch.float32, torch.float64, torch.bfloat16, torch.complex64, torch.int8, torch.bool)
    model = nn.Module()
    for dtype in dtypes:
        model.register_buffer(str(dtype).replace(".", "_"), torch.randn(3, 5).to(dtype))
    model.register_buffer("turned", torch.randn(4, 6).t())
    model.register_buffer("empty", torch.zeros(0))
    model.register_buffer("scalar", torch.tensor(1.5))
    model.w = nn.Parameter(torch.randn(7))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def change():
        with torch.no_grad():
            for tensor in (*model.parameters(), *model.buffers()):
                tensor.zero_()

    check_comes_back(model, optimizer, change, place="disk")


def test_a_sweep_from_disk_is_the_sweep_from_memory_and_leaves_no_file(temporary):
    def swept(**options):
        world = cnn_world(warm=True)
        before = full_state(world.model, world.optimizer)
        history = RangeTest(*world, num_iter=5, **options).run()
        assert_same_state(before, full_state(world.model, world.optimizer))
        return history

    on_disk, in_memory = swept(snapshot="disk"), swept()
    assert list(on_disk.loss) == list(in_memory.loss)
    size = in_memory.receipt["snapshot_bytes"]["host"]
    assert on_disk.receipt["snapshot_bytes"] == {"disk": size}
    assert size > 0
    assert list(temporary.glob("lrwidget*")) == []


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads how Linux counts memory")
def test_a_snapshot_on_disk_takes_no_memory(temporary):
    def taken():
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

    model = nn.Linear(4096, 4096)
    size = memory.nbytes(model.parameters())
    before = taken()
    snapshot = Snapshot(model, torch.optim.SGD(model.parameters(), lr=0.1), place="disk")
    assert taken() - before < 0.1 * size
    snapshot.free()


def test_a_snapshot_that_fails_leaves_no_file(temporary, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("mapping failed")

    monkeypatch.setattr(torch, "from_file", fails)
    with pytest.raises(RuntimeError, match="mapping failed"):
        Snapshot(*small_world(), place="disk")
    assert list(temporary.glob("lrwidget*")) == []


def test_without_room_nothing_is_touched_and_the_text_says_what_to_do(monkeypatch, temporary):
    world = cnn_world(warm=True)
    before = full_state(world.model, world.optimizer)
    monkeypatch.setattr(places, "free_bytes", lambda device: 1000)
    match = r"takes \d\.\d+ KB, and 900 bytes are free in the host's memory\. Pass snapshot=.disk."
    with pytest.raises(SetupError, match=match):
        RangeTest(*world).run()
    monkeypatch.setattr(places, "free_on_disk", lambda: ("/some/where", 10))
    with pytest.raises(SetupError, match=r"10 bytes are free on the disk of /some/where\. Set TMPDIR"):
        RangeTest(*world, snapshot="disk").run()
    assert_same_state(before, full_state(world.model, world.optimizer))
    monkeypatch.undo()
    assert len(RangeTest(*world, num_iter=3).run()) == 3


def test_a_place_that_does_not_exist():
    with pytest.raises(SettingsError, match=r"snapshot must be one of .auto., .*; got .gpu."):
        RangeTest(*cnn_world(), snapshot="gpu").run()


@pytest.fixture
def linux(tmp_path, monkeypatch):
    """Return a function that writes the files in which Linux tells of memory; the machine has 5 GB free."""

    def tell(name, text):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="ascii")

    tell("meminfo", "MemTotal: 9 kB\nMemAvailable: 5000000 kB\n")
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "_GROUP", tmp_path / "group")
    monkeypatch.setattr(memory, "_GROUPS", tmp_path / "groups")
    return tell


def _free():
    return memory.free_bytes(CPU)


def test_free_memory_is_that_of_the_machine_or_of_its_container(linux, tmp_path):
    assert _free() == 5_000_000 * 1024
    linux("groups/memory.max", "4000\n")
    linux("groups/memory.current", "3000\n")
    linux("groups/memory.stat", "anon 7\ninactive_file 500\n")
    assert _free() == 1500
    linux("groups/memory.max", "max\n")
    assert _free() == 5_000_000 * 1024
    (tmp_path / "meminfo").unlink()
    assert _free() == float("inf")


@pytest.mark.parametrize("limited", ["", "/job_7", "/job_7/step_0", "/job_7/step_0/user/task_3"])
@pytest.mark.parametrize("version", [1, 2])
def test_the_limit_of_any_group_around_the_process_counts(linux, limited, version):
    """Slurm sets it on the job or on its step, and starts the process in a group further down."""
    path = "/job_7/step_0/user/task_3"
    if version == 2:
        linux("group", f"0::{path}\n")
        root, most, now = "groups", "memory.max", "memory.current"
    else:
        linux("group", f"12:cpu,cpuacct:/elsewhere\n4:memory:{path}\n0::/other\n")
        root, most, now = "groups/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
    for depth in range(5):
        here = "/".join(path.split("/")[: depth + 1])
        unlimited = "max" if version == 2 else str(2**63 - 4096)
        linux(f"{root}{here}/{most}", "1000000\n" if here == limited else f"{unlimited}\n")
        linux(f"{root}{here}/{now}", "400000\n")
        linux(f"{root}{here}/memory.stat", "inactive_file 0\n")
    assert _free() == 600000


@pytest.mark.parametrize("text", ["", "nonsense", "0::", "0::/../../host/path", "a:b:c:d:e", "4:memory:"])
def test_groups_that_are_told_in_another_way_limit_nothing(linux, text):
    linux("group", text)
    assert _free() == 5_000_000 * 1024


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 KB"), (2e9, "2 GB"), (3e13, "30 TB")]
)
def test_sizes_are_told_as_people_write_them(size, text):
    assert memory.readable(size) == text


def test_a_sparse_tensor_counts_what_it_holds():
    sparse = torch.sparse_coo_tensor([[0, 5]], [1.0, 2.0], (1_000_000,), check_invariants=True)
    assert memory.nbytes([sparse]) == 2 * 8 + 2 * 4
