"""What is trained to see what picks are worth: models of eight kinds, small enough for one core.

Three have batch normalisation, on which it matters by which statistics the model is evaluated. The other five
guard against rules that suit these three only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import TensorDataset

if TYPE_CHECKING:
    from collections.abc import Callable


# -- models ------------------------------------------------------------------------------------------------


class Block(nn.Module):
    """Two convolutions and a way around them, as in ResNet18 (arXiv 1512.03385)."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outside)
        self.second = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outside)
        self.around: nn.Module = nn.Identity()
        if stride != 1 or inside != outside:
            self.around = nn.Sequential(
                nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the block's output."""
        y = functional.relu(self.first_norm(self.first(x)))
        return functional.relu(self.second_norm(self.second(y)) + self.around(x))


def resnet18(width: int = 8, classes: int = 10) -> nn.Module:
    """Return ResNet18 with fewer channels and the stem for small images."""
    layers: list[nn.Module] = [
        nn.Conv2d(1, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
    ]  # fmt: skip
    inside = width
    for number in range(4):
        outside = width * 2**number
        layers += [Block(inside, outside, 1 if number == 0 else 2), Block(outside, outside, 1)]
        inside = outside
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inside, classes))


def _twice(inside: int, outside: int) -> nn.Module:
    layers: list[nn.Module] = []
    for channels in (inside, outside):
        layers += [nn.Conv2d(channels, outside, 3, 1, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """A UNet (arXiv 1505.04597) of three levels, with batch normalisation."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.down = nn.ModuleList([_twice(1, width), _twice(width, 2 * width)])
        self.bottom = _twice(2 * width, 4 * width)
        self.up = nn.ModuleList([_twice(6 * width, 2 * width), _twice(3 * width, width)])
        self.head = nn.Conv2d(width, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return a logit for each pixel."""
        kept = []
        for level in self.down:
            x = level(x)
            kept.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.bottom(x)
        for level in self.up:
            x = functional.interpolate(x, scale_factor=2)
            x = level(torch.cat([x, kept.pop()], 1))
        return self.head(x)


class GIN(nn.Module):
    """A graph isomorphism network (arXiv 1810.00826) on dense adjacency matrices."""

    def __init__(self, inside: int = 4, width: int = 32, layers: int = 4, classes: int = 3) -> None:
        super().__init__()
        self.eps = nn.Parameter(torch.zeros(layers))
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Linear(inside if number == 0 else width, width), nn.BatchNorm1d(width), nn.ReLU(),
                nn.Linear(width, width), nn.BatchNorm1d(width), nn.ReLU(),
            )
            for number in range(layers)
        )  # fmt: skip
        self.head = nn.Linear(width, classes)

    def forward(self, graph: torch.Tensor) -> torch.Tensor:
        """Return logits; a graph is (nodes, features + nodes): features, then its adjacency matrix."""
        x, adjacent = graph[..., :4], graph[..., 4:]
        for eps, layer in zip(self.eps, self.layers, strict=True):
            x = (1 + eps) * x + adjacent @ x
            x = layer(x.flatten(0, 1)).unflatten(0, adjacent.shape[:2])
        return self.head(x.mean(1))


class GPT(nn.Module):
    """A small transformer that foretells the next character, as GPT-2 does: normalised before each part."""

    def __init__(
        self, characters: int, context: int, width: int = 32, heads: int = 4, layers: int = 2
    ) -> None:
        super().__init__()
        self.characters = nn.Embedding(characters, width)
        self.places = nn.Embedding(context, width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, heads, 4 * width, 0.0, functional.gelu, batch_first=True, norm_first=True
            )
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, characters)
        self.register_buffer("future", nn.Transformer.generate_square_subsequent_mask(context))

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        """Return logits, (samples, characters, places)."""
        x = self.characters(text) + self.places.weight
        for layer in self.layers:
            x = layer(x, src_mask=self.future)
        return self.head(self.norm(x)).transpose(1, 2)


class LSTM(nn.Module):
    """A long short-term memory that reads an image row by row."""

    def __init__(self, inside: int = 8, width: int = 64, classes: int = 10) -> None:
        super().__init__()
        self.reader = nn.LSTM(inside, width, batch_first=True)
        self.head = nn.Linear(width, classes)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return logits."""
        return self.head(self.reader(rows)[0][:, -1])


def perceptron(inside: int = 10, width: int = 64) -> nn.Module:
    """Return two hidden layers for tabular data, with one output."""
    return nn.Sequential(
        *(nn.Linear(inside, width), nn.ReLU()), *(nn.Linear(width, width), nn.ReLU()), nn.Linear(width, 1)
    )


def autoencoder(inside: int = 64, width: int = 64, code: int = 8) -> nn.Module:
    """Return an encoder and a decoder of two layers each."""
    return nn.Sequential(
        *(nn.Linear(inside, width), nn.Tanh(), nn.Linear(width, code)),
        *(nn.Linear(code, width), nn.Tanh(), nn.Linear(width, inside)),
    )


# -- data --------------------------------------------------------------------------------------------------


def digits() -> TensorDataset:
    """Return scikit-learn's digits, enlarged to 16 x 16 and made harder by noise."""
    from sklearn.datasets import load_digits  # only this benchmark wants it

    data = load_digits()
    x = torch.tensor(data.images, dtype=torch.float32)[:, None] / 16
    x = functional.interpolate(x, size=(16, 16), mode="bilinear")
    return TensorDataset((x - x.mean()) / x.std() + 0.5 * torch.randn(x.shape), torch.tensor(data.target))


def discs(count: int = 800, size: int = 16) -> TensorDataset:
    """Return noisy images of a bright disc among bright squares, and where the disc is."""
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    images, masks = torch.zeros(count, 1, size, size), torch.zeros(count, 1, size, size)
    for number in range(count):
        (a, b), radius = torch.randint(3, size - 3, (2,)), 2 + 3 * torch.rand(())
        c, d = torch.randint(0, size - 5, (2,)).tolist()
        images[number, 0, c : c + 5, d : d + 5] += 1
        masks[number, 0] = ((rows - a) ** 2 + (columns - b) ** 2 < radius**2).float()
    return TensorDataset(images + masks + 0.7 * torch.randn(images.shape), masks)


def graphs(count: int = 1000, nodes: int = 16) -> TensorDataset:
    """Return random graphs of three kinds: of equal chances, of two communities, around a few hubs."""
    kinds = torch.randint(0, 3, (count,))
    chances = torch.full((count, nodes, nodes), 0.25)
    side = torch.arange(nodes) < nodes // 2
    chances[kinds == 1] = torch.where(side[:, None] == side, 0.42, 0.08)
    hub = torch.arange(nodes) < 3
    chances[kinds == 2] = torch.where(hub[:, None] | hub, 0.55, 0.12)
    upper = torch.triu(torch.rand(count, nodes, nodes) < chances, 1).float()
    adjacent = upper + upper.transpose(1, 2)
    degrees = adjacent.sum(2, keepdim=True) / 4
    features = torch.cat([torch.ones(count, nodes, 1), degrees, torch.randn(count, nodes, 2)], 2)
    return TensorDataset(torch.cat([features, adjacent], 2), kinds)


def text(context: int = 32) -> TensorDataset:
    """Return pieces of scikit-learn's descriptions of its data, and the same one character later."""
    from sklearn import datasets

    texts = [
        getattr(datasets, f"load_{name}")().DESCR for name in ("diabetes", "wine", "breast_cancer", "iris")
    ]
    codes = torch.tensor([min(ord(letter), CHARACTERS - 1) for letter in "".join(texts)])
    pieces = codes.unfold(0, context + 1, context // 2)
    return TensorDataset(pieces[:, :-1], pieces[:, 1:])


def diabetes() -> TensorDataset:
    """Return scikit-learn's diabetes data, inputs and target standardised."""
    from sklearn.datasets import load_diabetes

    x, y = (torch.tensor(part, dtype=torch.float32) for part in load_diabetes(return_X_y=True))
    return TensorDataset((x - x.mean(0)) / x.std(0), ((y - y.mean()) / y.std())[:, None])


def wine() -> TensorDataset:
    """Return scikit-learn's wine data, as they are: inputs from 0.1 to 1700."""
    from sklearn.datasets import load_wine

    x, y = load_wine(return_X_y=True)
    return TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(y))


def rows() -> TensorDataset:
    """Return scikit-learn's digits, 8 rows of 8 pixels."""
    from sklearn.datasets import load_digits

    data = load_digits()
    return TensorDataset(torch.tensor(data.images, dtype=torch.float32) / 16, torch.tensor(data.target))


def pixels() -> TensorDataset:
    """Return scikit-learn's digits as 64 pixels, and once more as what is to come out."""
    x = rows().tensors[0].flatten(1)
    return TensorDataset(x, x)


# -- tasks -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """What is trained, at which 9 rates (the optimizer's own one among them), and whether as a guard only."""

    name: str
    model: Callable[[], nn.Module]
    data: Callable[[], TensorDataset]
    criterion: nn.Module
    optimizer: Callable[[Any], torch.optim.Optimizer]
    lowest: float
    batch_size: int = 32
    guard: bool = False

    @property
    def rates(self) -> list[float]:
        """Half decades from the lowest."""
        return [self.lowest * 10 ** (number / 2) for number in range(9)]


def _sgd(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=1e-2, momentum=0.9)


def _plain_sgd(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=1e-6)


def _adam(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=1e-3)


def _adamw(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, lr=1e-3)


def _rmsprop(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.RMSprop(parameters, lr=1e-3)


CHARACTERS = 128

TASKS = (
    Task("ResNet18, SGD", resnet18, digits, nn.CrossEntropyLoss(), _sgd, 1e-4),
    Task("UNet, Adam", UNet, discs, nn.BCEWithLogitsLoss(), _adam, 1e-5),
    Task("GIN, Adam", GIN, graphs, nn.CrossEntropyLoss(), _adam, 1e-5),
    Task(
        "GPT, AdamW", lambda: GPT(CHARACTERS, 32), text, nn.CrossEntropyLoss(), _adamw, 1e-4, 16, guard=True
    ),
    Task("MLP, SGD", perceptron, diabetes, nn.MSELoss(), _sgd, 1e-4, guard=True),
    Task("LSTM, RMSprop", LSTM, rows, nn.CrossEntropyLoss(), _rmsprop, 1e-5, guard=True),
    Task("autoencoder, Adam", autoencoder, pixels, nn.MSELoss(), _adam, 1e-5, guard=True),
    Task(
        "logistic, plain SGD",
        lambda: nn.Linear(13, 3),
        wine,
        nn.CrossEntropyLoss(),
        _plain_sgd,
        1e-7,
        16,
        guard=True,
    ),
)
