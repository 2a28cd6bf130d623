"""Tasks that both finders sweep, each made anew from one seed; and the real pytorch-lr-finder."""

import contextlib
import io
import warnings
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import lrwidget.compat
from tests.engine.states import full_state
from tests.engine.worlds import Cnn, images


def pytorch_lr_finder():
    with warnings.catch_warnings():
        # Imports tqdm's notebook front end and matplotlib, which warn of what is not installed.
        warnings.filterwarnings("ignore", category=Warning)
        import torch_lr_finder
    return torch_lr_finder


def packages():
    """Return both packages, theirs first."""
    return pytorch_lr_finder(), lrwidget.compat


@dataclass
class Task:
    """What a finder is made with; ``own_iterators`` makes the loaders into iterators of the user's own."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    criterion: Any
    train: Any
    val: Any
    own_iterators: Any = None
    options: dict[str, Any] = field(default_factory=dict)


def _points(n, seed):
    draw = torch.Generator().manual_seed(seed)
    return TensorDataset(torch.randn(n, 5, generator=draw), torch.randint(0, 3, (n,), generator=draw))


def mlp():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
    return Task(
        model,
        torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9),
        nn.CrossEntropyLoss(),
        DataLoader(_points(50, 1), batch_size=8, shuffle=True),
        DataLoader(_points(23, 2), batch_size=10, shuffle=True),
    )


def cnn():
    torch.manual_seed(0)
    model = Cnn()
    return Task(
        model,
        torch.optim.AdamW(model.parameters(), lr=1e-5),
        nn.CrossEntropyLoss(),
        DataLoader(images(24), batch_size=5, shuffle=True, drop_last=True),
        DataLoader(images(11, seed=8), batch_size=4),
    )


class Sentences(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        draw = torch.Generator().manual_seed(seed)
        self.words = torch.randint(0, 20, (n, 6), generator=draw)
        self.label = torch.randint(0, 2, (n,), generator=draw)

    def __len__(self):
        return len(self.label)

    def __getitem__(self, index):
        return {"words": self.words[index], "length": torch.tensor(6), "label": self.label[index]}


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.gru = nn.GRU(8, 12, num_layers=2, dropout=0.1, batch_first=True)
        self.head = nn.Linear(12, 2)

    def forward(self, inputs):
        words, _ = inputs
        return self.head(self.gru(self.embedding(words))[0][:, -1])


def gru():
    torch.manual_seed(0)
    model = Reader()

    def own_iterators(package, task):
        class Train(package.TrainDataLoaderIter):
            def inputs_labels_from_batch(self, batch_data):
                return (batch_data["words"], batch_data["length"]), batch_data["label"]

        class Val(package.ValDataLoaderIter):
            def __next__(self):  # another way people do it
                self.run_counter += 1
                batch = next(self._iterator)
                return (batch["words"], batch["length"]), batch["label"]

        return Train(task.train), Val(task.val)

    return Task(
        model,
        torch.optim.Adam(model.parameters(), lr=1e-5),
        nn.CrossEntropyLoss(),
        DataLoader(Sentences(30, 1), batch_size=4, shuffle=True),
        DataLoader(Sentences(10, 2), batch_size=4, shuffle=True),
        own_iterators,
    )


def discriminative():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 16), nn.Dropout(0.1), nn.ReLU(), nn.Linear(16, 3))
    groups = [
        {"params": model[0].parameters(), "lr": 3e-6},
        {"params": model[3].parameters(), "lr": 7e-4, "weight_decay": 1e-2},
    ]
    return Task(
        model,
        torch.optim.SGD(groups),
        nn.CrossEntropyLoss(),
        DataLoader(_points(50, 1), batch_size=8, shuffle=True),
        DataLoader(_points(23, 2), batch_size=10),
    )


TASKS = [mlp, cnn, gru, discriminative]


def swept(package, make, *, val=False, seed=1, **options):
    """Return a finder of that package after one range test of a task made anew, and what it printed."""
    task = make()
    finder = package.LRFinder(task.model, task.optimizer, task.criterion, **task.options)
    torch.manual_seed(seed)
    train, evaluation = task.train, task.val
    if task.own_iterators is not None:
        train, evaluation = task.own_iterators(package, task)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        finder.range_test(train, evaluation if val else None, **{"num_iter": 20, **options})
    return finder, printed.getvalue()


def finder_of(task, **options):
    return lrwidget.compat.LRFinder(task.model, task.optimizer, task.criterion, **options)


def quietly(finder, *loaders, **options):
    """Sweep, and return the finder."""
    with contextlib.redirect_stdout(io.StringIO()):
        finder.range_test(*loaders, **{"num_iter": 12, "end_lr": 0.1, **options})
    return finder


def train(task, steps=3):
    for _, (x, y) in zip(range(steps), task.train, strict=False):
        task.optimizer.zero_grad()
        task.criterion(task.model(x), y).backward()
        task.optimizer.step()


def state_of(task):
    return full_state(task.model, task.optimizer, task.criterion)
