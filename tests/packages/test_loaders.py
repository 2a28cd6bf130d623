"""Loaders and datasets of other packages give, after a sweep, what they would have given without one."""

import gc
import io
import random
import tarfile

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from tests.oracle.passes import WHEN, check_loader, pair

pytestmark = [
    pytest.mark.filterwarnings("ignore:'set_vital' is deprecated"),
    pytest.mark.filterwarnings(
        "ignore:unclosed file:ResourceWarning"
    ),  # a pass that is left leaves its shard open
    pytest.mark.filterwarnings("ignore:To copy construct from a tensor"),
    pytest.mark.filterwarnings("ignore:.with_length.. only sets"),
    pytest.mark.filterwarnings("ignore:The given NumPy array is not writable"),
]

LOADERS = {}


def kind(make):
    """Add a maker of a loader, which is given a folder for files."""
    LOADERS[make.__name__] = make
    return make


def _rows():
    for index in range(12):
        yield {"x": [float(index)] * 6, "y": index % 3}


def _hugging_face():
    from datasets import IterableDataset

    return IterableDataset.from_generator(_rows).with_format("torch")


@kind
def hugging_face_stream(folder):
    return DataLoader(_hugging_face(), batch_size=4), pair


@kind
def hugging_face_stream_that_is_shuffled(folder):
    return DataLoader(_hugging_face().shuffle(seed=1, buffer_size=6), batch_size=4), pair


@kind
def hugging_face_stream_with_a_function_of_its_own(folder):
    draws = np.random.default_rng(0)

    def noisy(row):
        return {**row, "x": row["x"] + float(draws.random())}

    return DataLoader(_hugging_face().map(noisy), batch_size=4), pair


@kind
def hugging_face_stream_in_a_stateful_loader(folder):
    from torchdata.stateful_dataloader import StatefulDataLoader

    return StatefulDataLoader(_hugging_face(), batch_size=4), pair


def _shards(folder):
    for number in range(3):
        with tarfile.open(folder / f"{number}.tar", "w") as file:
            for index in range(4 * number, 4 * number + 4):
                written = io.BytesIO()
                np.save(written, np.full(6, float(index), dtype=np.float32))
                for name, data in (
                    (f"{index:03}.npy", written.getvalue()),
                    (f"{index:03}.cls", str(index % 3).encode()),
                ):
                    member = tarfile.TarInfo(name)
                    member.size = len(data)
                    file.addfile(member, io.BytesIO(data))
    return [str(folder / f"{number}.tar") for number in range(3)]


def _webdataset(folder, **options):
    import webdataset

    data = webdataset.WebDataset(_shards(folder), **{"shardshuffle": 3, "seed": 1, **options})
    return (
        data.shuffle(6, rng=random.Random(0))
        .decode()
        .to_tuple("npy", "cls")
        .map_tuple(torch.as_tensor, torch.as_tensor)
    )


@kind
def webdataset_stream(folder):
    return DataLoader(_webdataset(folder), batch_size=4), tuple


@kind
def webdataset_loader(folder):
    import webdataset

    return webdataset.WebLoader(_webdataset(folder), batch_size=4).with_length(3), tuple


def _mosaic(folder):
    from streaming import MDSWriter

    if not (folder / "index.json").exists():
        with MDSWriter(out=str(folder), columns={"x": "ndarray", "y": "int"}) as file:
            for row in _rows():
                file.write({"x": np.asarray(row["x"], dtype=np.float32), "y": row["y"]})


@kind
def mosaic_stream(folder):
    from streaming import StreamingDataset

    _mosaic(folder)
    return DataLoader(StreamingDataset(local=str(folder), shuffle=True, batch_size=4), batch_size=4), pair


@kind
def mosaic_stream_in_its_own_loader(folder):
    from streaming import StreamingDataLoader, StreamingDataset

    _mosaic(folder)
    data = StreamingDataset(local=str(folder), shuffle=True, batch_size=4)
    return StreamingDataLoader(data, batch_size=4), pair


def _graphs():
    from torch_geometric.data import Data

    draw = torch.Generator().manual_seed(0)
    edges = torch.tensor([[0, 1], [1, 0]])
    return [
        Data(x=torch.randn(2, 3, generator=draw), edge_index=edges, y=torch.tensor([n % 3]))
        for n in range(12)
    ]


def _of_graphs(batch):
    return batch.x.reshape(len(batch.y), -1), batch.y


@kind
def graphs(folder):
    from torch_geometric.loader import DataLoader as GraphLoader

    return GraphLoader(_graphs(), batch_size=4, shuffle=True), _of_graphs


@kind
def graphs_in_batches_of_a_size(folder):
    from torch_geometric.loader import DataLoader as GraphLoader
    from torch_geometric.loader import DynamicBatchSampler

    sampler = DynamicBatchSampler(_graphs(), max_num=8, shuffle=True, num_steps=3)
    return GraphLoader(_graphs(), batch_sampler=sampler), _of_graphs


@kind
def parts_of_a_graph(folder):
    from torch_geometric.data import Data
    from torch_geometric.loader import RandomNodeLoader

    draw = torch.Generator().manual_seed(0)
    edges = torch.randint(0, 12, (2, 30), generator=draw)
    graph = Data(x=torch.randn(12, 6, generator=draw), edge_index=edges, y=torch.arange(12) % 3)
    return RandomNodeLoader(graph, num_parts=3, shuffle=True), lambda part: (part.x, part.y)


@pytest.fixture(autouse=True)
def _collected():
    yield
    gc.collect()


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("name", LOADERS)
def test_it_gives_what_it_would_have_given(name, when, monkeypatch, tmp_path):
    # Hugging Face's packages make folders for what they cache.
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    # Mosaic's streams leave locks in the folder for temporary files, which every later run would step over.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if "mosaic" in name:  # and what streams of earlier tests have left behind makes a new one stumble
        from streaming.base.util import clean_stale_shared_memory

        clean_stale_shared_memory()
    files = tmp_path / "files"
    files.mkdir()
    _, as_pair = LOADERS[name](files)
    check_loader(lambda: LOADERS[name](files)[0], when, as_pair)
