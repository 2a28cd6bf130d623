import json
import math
import os
import re
import socket
import stat
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrwidget.errors import HistoryFileError
from lrwidget.history import History, Settings, files, make_settings

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sweep.json"


@pytest.fixture
def saved(path):
    History([1e-3, 1e-2, 1e-1], [1.0, 0.5, math.nan], stop_reason="non-finite").save(path)
    return json.loads(path.read_text())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    losses=st.lists(st.floats(), min_size=2, max_size=30),
    receipt=st.dictionaries(st.text(max_size=5), json_values, max_size=3),
    end=st.tuples(
        st.sampled_from([None, "completed", "error"]), st.just("now"), st.none() | st.floats(0, 1e9)
    ),
    diverge_th=st.sampled_from([5.0, None]),
)
def test_what_was_saved_is_loaded_to_the_last_bit(path, losses, receipt, end, diverge_th):
    lr = np.logspace(-7, 1, len(losses))
    own = make_settings(lr_schedule=lr, diverge_th=diverge_th)
    history = History(lr, losses, own, *end, receipt)
    history.save(path)
    loaded = History.load(path)
    assert loaded == history
    np.testing.assert_array_equal(loaded.loss, losses)
    assert loaded.settings.rates == own.rates
    assert len(list(path.parent.iterdir())) == 1


def test_the_file_is_strict_json_with_its_format_and_version(path, saved):
    def refuse(constant):
        raise AssertionError(constant)

    assert json.loads(path.read_text(), parse_constant=refuse)["loss"] == [1.0, 0.5, {"$float": "nan"}]
    assert (saved["format"], saved["version"]) == ("lrwidget-history", 2)


def test_a_failed_save_leaves_the_old_file_and_nothing_else(path, saved, monkeypatch):
    before = path.read_bytes()

    def fail(self, target):
        raise OSError("disk full")

    monkeypatch.setattr(files.Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        History([1e-3], [1.0]).save(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_link_is_written_through(tmp_path, path, saved):
    link = tmp_path / "link.json"
    link.symlink_to(path)
    History([1e-3], [9.0]).save(os.fspath(link))
    assert link.is_symlink()
    assert History.load(path).loss.tolist() == [9.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON, perhaps cut off"),
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("\x80", "not a history"),
        ('{"receipt": ' + "[" * 900 + "]" * 900 + "}", "not a history"),
        ("[1, 2]", 'has no "format": "lrwidget-history"'),
        ('{"lr": [1], "loss": [1]}', 'has no "format"'),
        ('{"format": "lrwidget-history", "loss": NaN}', "NaN is not JSON"),
        ('{"format": "lrwidget-history"}', "version must be a whole number; got None"),
        (
            '{"format": "lrwidget-history", "version": 3}',
            r"newer lrwidget: file version 3.*up to 2\. Upgrade",
        ),
        ('{"format": "lrwidget-history", "version": 1}', "missing"),
    ],
)
def test_a_file_that_is_no_history_is_refused(path, text, message):
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(HistoryFileError, match=message):
        History.load(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lr": [1e-3, 1e-2]}, "equally long"),
        ({"lr": [1e-3, 1e-2, 1e-2]}, "strictly increasing"),
        ({"lr": [1e-3, 1e-2, {"$float": "inf"}]}, "finite"),
        ({"lr": "abc"}, "lr must be a list of numbers"),
        ({"loss": [1.0, True, 2.0]}, "loss must be a list of numbers"),
        ({"loss": [1.0, "2.0", 2.0]}, "loss must be a list of numbers"),
        ({"loss": [1.0, [2.0], 2.0]}, "loss must be a list of numbers"),
        ({"loss": [1.0, 10**400, 2.0]}, "loss must hold numbers"),
        ({"loss": {"$float": "nan"}}, "loss must be a list of numbers"),
        ({"settings": None}, "settings must hold exactly"),
        ({"settings": {"start_lr": 1.0}}, "settings must hold exactly"),
        ({"stop_reason": "bored"}, "stop_reason"),
        ({"stop_reason": ["completed"]}, "stop_reason"),
        ({"started_at": 5}, "started_at"),
        ({"seconds": "long"}, "seconds"),
        ({"receipt": [1]}, "receipt"),
        ({"version": "1"}, "version must be a whole number; got '1'"),
        ({"version": True}, "version"),
    ],
)
def test_a_file_that_no_sweep_can_have_written_is_refused(path, saved, change, message):
    path.write_text(json.dumps(saved | change))
    with pytest.raises(HistoryFileError, match=message):
        History.load(path)


def test_settings_that_cannot_be_are_refused(path, saved):
    saved["settings"]["end_lr"] = -1
    path.write_text(json.dumps(saved))
    with pytest.raises(HistoryFileError, match="settings that cannot be: end_lr must be finite"):
        History.load(path)


def test_every_cut_off_file_is_refused(path, saved):
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        with pytest.raises(HistoryFileError):
            History.load(path)


def test_an_enormous_file_is_not_read(path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_FILE", 1024)
    path.write_bytes(b" " * 2000)
    with pytest.raises(HistoryFileError, match="is larger than"):
        History.load(path)


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    history = History([1e-3, 1e-2], [9.0, 8.0])
    ends = []
    reader = threading.Thread(target=lambda: ends.append(History.load(pipe)), daemon=True)
    reader.start()
    history.save(pipe)
    reader.join(20)
    assert ends == [history]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_device_is_written_to_and_stays_a_device(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(os.devnull)
    for path in (os.devnull, link):
        History([1e-3], [9.0]).save(path)
        assert stat.S_ISCHR(Path(path).stat().st_mode)
    with pytest.raises(HistoryFileError, match="not valid JSON"):
        History.load(os.devnull)
    with pytest.raises(OSError, match="full"):
        History([1e-3], [9.0]).save("/dev/full")


def test_a_pipe_behind_a_file_descriptor_is_written_to():
    # /dev/stdout of a process whose output is piped, for one.
    out, into = os.pipe()
    try:
        History([1e-3, 1e-2], [9.0, 8.0]).save(f"/dev/fd/{into}")
        assert json.loads(os.read(out, 100_000))["loss"] == [9.0, 8.0]
    finally:
        os.close(out)
        os.close(into)


def test_a_folder_and_a_socket_are_refused_and_stay(tmp_path):
    name = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(name))
        for path in (tmp_path, name):
            with pytest.raises(OSError, match=re.escape(repr(os.fspath(path)))):
                History([1e-3], [9.0]).save(path)
        assert stat.S_ISSOCK(name.stat().st_mode)


def test_a_missing_file_is_a_missing_file(path):
    with pytest.raises(FileNotFoundError):
        History.load(path)


def test_default_settings_survive(path):
    History([], [], Settings()).save(path)
    assert History.load(path).settings == Settings()
