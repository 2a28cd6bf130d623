"""Histories on disk: what is there is refused by its name, or read right; what was there is never lost."""

from __future__ import annotations

import errno
import json
import math
import os
import resource
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrwidget.errors import HistoryFileError
from lrwidget.history import History, Settings, files, make_settings
from tests.bad_values import CHEAP, MARKUP, anything, assert_useful

HISTORY = History(
    [1e-3, 1e-2, 1e-1],
    [1.0, 0.5, math.nan],
    make_settings(lr_schedule=[1e-3, 1e-2, 1e-1, 1.0]),
    "non-finite",
    "2026-01-01T00:00:00+00:00",
    2.5,
    {"device": "cpu", "groups": [1, {"a": None}]},
    [0.1, math.inf, 0.3],
    "accuracy",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "sweep.json"
    HISTORY.save(file)
    return file


def loaded(path: Path, data: bytes) -> History | None:
    """Return what a file of these bytes holds; where it is refused, hold the error to its promises."""
    path.write_bytes(data)
    try:
        return History.load(path)
    except HistoryFileError as error:
        assert_useful(error, str(path))
        return None


def refusal(call: Callable[[Any], object], value: Any) -> HistoryFileError | OSError | None:
    try:
        call(value)
    except (HistoryFileError, OSError) as error:
        return error
    return None


def test_a_file_cut_off_anywhere_is_refused(path: Path) -> None:
    data = path.read_bytes()
    for length in range(len(data)):
        assert loaded(path, data[:length]) is None, length
    assert loaded(path, data) == HISTORY


@CHEAP
@given(st.data())
def test_a_file_with_any_bytes_changed_is_refused_or_read(path: Path, data: st.DataObject) -> None:
    HISTORY.save(path)
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    made = loaded(path, bytes(whole))
    assert made is None or len(made) == len(made.loss)


def deep(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = {"a": [value]}
    return value


ODD: list[Any] = [
    *(10**400, 10**4000, -(10**400), 1e308, 5e-324, 0, 1, 2, 3, True, -1),
    *({"$float": "nan"}, {"$float": "-inf"}, {"$float": 5}, {"$$float": "nan"}, [{"$float": "nan"}] * 3),
    *([1, 2, 3], [3, 2, 1], [[1], [2], [3]], [0.1] * 3, [None] * 3, [1e-3, 1e-2], [1e-3, 1e-2, "0.1"]),
    *([1e-3, 1e-2, 10**400], deep(30), deep(40), MARKUP, dict.fromkeys(MARKUP), "x" * 1_000_000),
    *("completed", "linear", "list", "exp", "train"),
]
values = st.recursive(
    st.sampled_from(ODD) | st.none() | st.booleans() | st.integers() | st.floats(-1e300, 1e300) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@CHEAP
@given(
    st.sampled_from(["", *json.loads(json.dumps(sorted(History.__dataclass_fields__))), "format", "version"]),
    st.sampled_from(["", "start_lr", "num_iter", "lr_schedule", "early_stop", "diverge_th", "another"]),
    values,
)
def test_a_file_with_anything_in_any_place_is_refused_or_read(
    path: Path, key: str, setting: str, value: Any
) -> None:
    HISTORY.save(path)
    fields = json.loads(path.read_bytes())
    if not key:
        fields = value
    elif key == "settings" and setting:
        fields["settings"][setting] = value
    else:
        fields[key] = value
    made = loaded(path, json.dumps(fields).encode())
    if made is not None:
        assert len(made) == len(made.loss)
        made.suggest()
        made.save(path)
        assert History.load(path) == made


@CHEAP
@given(
    st.recursive(
        st.none() | st.floats() | st.sampled_from(["nan", "inf", "-inf", "", *MARKUP]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["$float", "$$float", "$", "a"]), inner, max_size=2)
        ),
    )
)
def test_a_receipt_that_looks_like_the_files_own_signs_comes_back_as_it_was(path: Path, value: Any) -> None:
    history = History([1.0], [1.0], receipt={"value": value})
    history.save(path)
    assert History.load(path) == history


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ((b'"lr": ', b'"lr": [1.0], "lr": '), "'lr' stands there twice"),
        ((b'"num_iter": ', b'"num_iter": 5, "num_iter": '), "'num_iter' stands there twice"),
        ((b'"device": ', b'"device": 5, "device": '), "'device' stands there twice"),
        ((b"0.001", b"1e999"), "'1e999' is too large for a float"),
        ((b"0.001", b"1" * 5000), "not valid JSON"),
        ((b"0.001", b"NaN"), "NaN is not JSON"),
        ((b'"version": 2', b'"version": 3'), "written by a newer lrwidget: file version 3"),
        ((b'"version": 2', b'"version": ' + b"9" * 3000), "newer lrwidget"),
        ((b'"version": 2', b'"version": 2.0'), "version must be a whole number; got 2.0"),
        ((b'"version": 2, ', b""), "version must be a whole number; got None"),
        ((b"accuracy", b"\xff\xfe"), "not valid JSON"),
        ((b"accuracy", b"\xed\xa0\x80"), "not valid JSON"),
    ],
)
def test_what_could_be_meant_in_two_ways_or_none_is_refused(
    path: Path, change: tuple[bytes, bytes], text: str
) -> None:
    data = path.read_bytes()
    assert change[0] in data
    path.write_bytes(data.replace(*change, 1))
    with pytest.raises(HistoryFileError, match=text) as caught:
        History.load(path)
    assert_useful(caught.value, str(path))


def test_a_byte_order_mark_is_no_harm_and_another_encoding_is_refused(path: Path) -> None:
    text = path.read_text()
    assert loaded(path, text.encode("utf-8-sig")) == HISTORY
    for encoding in ("utf-16", "utf-32", "utf-16-le"):
        assert loaded(path, text.encode(encoding)) is None


def test_a_million_points_are_written_and_read_in_bounded_time_and_memory(tmp_path: Path) -> None:
    count, path = 1_000_000, tmp_path / "long.json"
    history = History(np.linspace(1e-7, 10, count), np.linspace(3, 1, count), Settings(num_iter=count))
    began = time.process_time()
    history.save(path)
    assert History.load(path) == history
    assert time.process_time() - began < 60
    assert path.stat().st_size < files.LARGEST_FILE


def test_a_file_that_would_burst_the_memory_is_refused_before_it_is_parsed(path: Path) -> None:
    bomb = b"[" + b"[]," * 11_000_000 + b"[]]"
    path.write_bytes(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(HistoryFileError, match="holds more than 10000000 values"):
            History.load(path)
        assert tracemalloc.get_traced_memory()[1] < 3 * len(bomb)
    finally:
        tracemalloc.stop()


def test_what_could_not_be_read_again_is_not_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()
    monkeypatch.setattr(files, "LARGEST_FILE", len(before) - 1)
    with pytest.raises(HistoryFileError, match="which no history is"):
        HISTORY.save(path)
    assert path.read_bytes() == before


@CHEAP
@given(value=anything)
def test_a_path_that_is_none_is_refused(value: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if isinstance(value, (str, bytes, np.bytes_)) and {"/", "."} & set(os.fsdecode(ascii(value))):
        return  # only files of this folder
    for call in (HISTORY.save, History.load):
        error = refusal(call, value)
        if error is None:
            assert History.load(value) == HISTORY
        elif isinstance(error, HistoryFileError):
            assert_useful(error, "path")
        else:
            assert error.filename == os.fsdecode(value)


def test_what_the_system_refuses_names_the_path(tmp_path: Path, path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for call in (HISTORY.save, History.load):
        with pytest.raises(IsADirectoryError, match="folder"):
            call(folder)
        with pytest.raises(NotADirectoryError, match=r"sweep\.json/in"):
            call(path / "in")
        with pytest.raises(FileNotFoundError, match=r"absent/a\.json"):
            call(tmp_path / "absent" / "a.json")
        with pytest.raises(HistoryFileError, match="is no path that a file can have"):
            call(f"{tmp_path}/\0")
        with pytest.raises(HistoryFileError, match="path is empty"):
            call("")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder", "sweep.json"]


def test_a_file_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("😀" * 62)  # 248 bytes of 255
    HISTORY.save(path)
    assert History.load(path) == HISTORY


@pytest.mark.parametrize("room", [0, 100])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(path: Path, room: int) -> None:
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(OSError, match=r"sweep\.json"):
            HISTORY.save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_disk_that_is_full_only_when_asked_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*sweep\.json'"):
        HISTORY.save(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_file_keeps_who_may_read_it_and_a_read_only_one_is_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.chmod(0o600)
    History([1.0], [2.0]).save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    monkeypatch.setattr(files.os, "access", lambda *_: False)  # for root, every file is writable
    with pytest.raises(PermissionError, match=r"sweep\.json"):
        HISTORY.save(path)
    assert path.read_bytes() == before
