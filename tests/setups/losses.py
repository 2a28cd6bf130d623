"""Setups whose loss is not ``criterion(model(x), y)``, and batches that are not ``(x, y)``."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name
from torch.utils.data import DataLoader

from tests.setups.digits import cnn, digits, loader, mlp
from tests.setups.setup import Setup, plain_step, setup, supervised


@setup
def supervised_classifier():
    model, criterion = cnn(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    return Setup(model, optimizer, criterion, loader(), plain_step(optimizer, supervised(model, criterion)))


class _TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU())
        self.classify, self.rebuild = nn.Linear(16, 10), nn.Linear(16, 64)

    def forward(self, x):
        hidden = self.body(x)
        return self.classify(hidden), self.rebuild(hidden)


class _LearnedWeights(nn.Module):
    """Kendall's weighting of losses by their learned uncertainty (arXiv 1705.07115)."""

    def __init__(self):
        super().__init__()
        self.log_variance = nn.Parameter(torch.zeros(2))

    def forward(self, outputs, x, y):
        losses = torch.stack([F.cross_entropy(outputs[0], y), F.mse_loss(outputs[1], x.flatten(1))])
        return (losses * torch.exp(-self.log_variance) + self.log_variance).sum()


@setup
def several_losses_with_learned_weights():
    model, weigh = _TwoHeads(), _LearnedWeights()
    optimizer = torch.optim.Adam([*model.parameters(), *weigh.parameters()], lr=1e-3)

    def loss_of(batch):
        x, y = batch
        return weigh(model(x), x, y)

    step = plain_step(optimizer, loss_of)
    return Setup(model, optimizer, None, loader(), step, {"step_fn": loss_of}, {"weigh": weigh})


@setup
def contrastive_with_two_views():
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 8))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def two_views(samples):
        x = torch.stack([image for image, _ in samples])
        return x + 0.1 * torch.randn_like(x), x.roll(1, -1)

    def info_nce(views):
        one, other = (F.normalize(model(view), dim=1) for view in views)
        return F.cross_entropy(one @ other.T / 0.1, torch.arange(len(one)))

    views = loader(collate_fn=two_views)
    return Setup(model, optimizer, None, views, plain_step(optimizer, info_nce), {"step_fn": info_nce})


@dataclass
class _Output:
    loss: torch.Tensor | None
    logits: torch.Tensor


class _LanguageModel(nn.Module):
    """Called by keyword, with or without labels, as the models of transformers are."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(11, 8)
        self.mix = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
        self.head = nn.Linear(8, 11, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, input_ids, attention_mask=None, labels=None):
        causal = nn.Transformer.generate_square_subsequent_mask(input_ids.shape[1]).bool()
        padding = None if attention_mask is None else attention_mask == 0
        logits = self.head(self.mix(self.embed(input_ids), causal, padding))
        if labels is None:
            return _Output(None, logits)
        return _Output(F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()), logits)


@setup
def dict_batches_and_an_output_with_its_loss():
    model = _LanguageModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    tokens = torch.randint(0, 11, (40, 6), generator=torch.Generator().manual_seed(5))
    rows = [{"input_ids": row, "attention_mask": torch.ones_like(row), "labels": row} for row in tokens]
    step = plain_step(optimizer, lambda batch: model(**batch).loss)
    return Setup(model, optimizer, None, DataLoader(rows, batch_size=8, shuffle=True), step)


class _OwnLoss(nn.Module):
    """Takes inputs and targets, and returns a dict with its loss."""

    def __init__(self):
        super().__init__()
        self.body = mlp()

    def forward(self, x, y):
        logits = self.body(x)
        return {"loss": F.cross_entropy(logits, y), "logits": logits}


@setup
def tuple_batches_and_an_output_that_is_a_dict():
    model = _OwnLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    step = plain_step(optimizer, lambda batch: model(*batch)["loss"])
    return Setup(model, optimizer, None, loader(), step)


def _own_batches(collate, loss_of):
    """A setup whose batches are of another kind."""
    model = mlp()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def from_batch(batch):
        x, y = loss_of(batch)
        return F.cross_entropy(model(x), y)

    def collated(samples):
        return collate(torch.stack([x for x, _ in samples]), torch.stack([y for _, y in samples]))

    batches = loader(collate_fn=collated)
    return Setup(model, optimizer, None, batches, plain_step(optimizer, from_batch), {"step_fn": from_batch})


@setup
def dict_batches():
    return _own_batches(lambda x, y: {"image": x, "label": y}, lambda batch: (batch["image"], batch["label"]))


@setup
def nested_batches():
    return _own_batches(
        lambda x, y: {"inputs": [x, {"mask": x > 0}], "name": "digits", "labels": (y, None)},
        lambda batch: (batch["inputs"][0] * batch["inputs"][1]["mask"], batch["labels"][0]),
    )


@dataclass(frozen=True)
class _Batch:
    image: torch.Tensor
    label: torch.Tensor
    source: str = "digits"


@setup
def dataclass_batches():
    return _own_batches(_Batch, lambda batch: (batch.image, batch.label))


class _Named(NamedTuple):
    image: torch.Tensor
    label: torch.Tensor


@setup
def namedtuple_batches():
    model, criterion = mlp(), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows = [_Named(x, y) for x, y in digits()]
    step = plain_step(optimizer, lambda batch: criterion(model(batch.image), batch.label))
    return Setup(model, optimizer, criterion, DataLoader(rows, batch_size=8, shuffle=True), step)
