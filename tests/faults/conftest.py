"""What every fault is tried in: a folder of its own for temporary files, and no wait for dead workers."""

import multiprocessing.util
import tempfile
from collections.abc import Iterator

import pytest
from torch.utils.data.dataloader import _MultiProcessingDataLoaderIter


@pytest.fixture(autouse=True, scope="module")
def _temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Other programs leave files in the usual one."""
    usual = tempfile.tempdir
    tempfile.tempdir = str(tmp_path_factory.mktemp("left"))
    multiprocessing.util.get_temp_dir()  # made by the first worker, and kept by Python to the end
    yield
    tempfile.tempdir = usual


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that ends without a word is otherwise missed after five seconds."""
    monkeypatch.setattr(_MultiProcessingDataLoaderIter._try_get_data, "__defaults__", (0.1,))
