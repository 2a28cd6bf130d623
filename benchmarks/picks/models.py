"""Models of the kinds that people train, small enough for one core."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from benchmarks.evaluation_tasks import GPT

CHARACTERS = 128


class ViT(nn.Module):
    """A vision transformer (arXiv 2010.11929): patches as words, normalised before each part."""

    def __init__(self, patch: int = 4, width: int = 48, heads: int = 4, layers: int = 3) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, width, patch, patch)
        self.places = nn.Parameter(0.02 * torch.randn(1, (16 // patch) ** 2, width))
        self.layers = nn.Sequential(*(transformer_layer(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits."""
        x = self.patches(x).flatten(2).transpose(1, 2) + self.places
        return self.head(self.norm(self.layers(x)).mean(1))


def transformer_layer(width: int, heads: int) -> nn.Module:
    """Return a transformer's layer without dropout."""
    return nn.TransformerEncoderLayer(
        width, heads, 2 * width, 0.0, functional.gelu, batch_first=True, norm_first=True
    )


class Mixer(nn.Module):
    """An MLP-Mixer (arXiv 2105.01601): perceptrons over places and over channels in turn."""

    def __init__(self, patch: int = 4, width: int = 48, layers: int = 3) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, width, patch, patch)
        places = (16 // patch) ** 2
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * layers))
        self.over_places = nn.ModuleList(_narrow_wide(places, 32) for _ in range(layers))
        self.over_channels = nn.ModuleList(_narrow_wide(width, 96) for _ in range(layers))
        self.head = nn.Linear(width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits."""
        x = self.patches(x).flatten(2).transpose(1, 2)
        for number, (places, channels) in enumerate(zip(self.over_places, self.over_channels, strict=True)):
            x = x + places(self.norms[2 * number](x).transpose(1, 2)).transpose(1, 2)
            x = x + channels(self.norms[2 * number + 1](x))
        return self.head(x.mean(1))


def _narrow_wide(narrow: int, wide: int) -> nn.Module:
    return nn.Sequential(nn.Linear(narrow, wide), nn.GELU(), nn.Linear(wide, narrow))


class GCN(nn.Module):
    """A graph convolutional network (arXiv 1609.02907) on dense adjacency matrices, without normalisation."""

    def __init__(self, inside: int = 4, width: int = 64, layers: int = 3, classes: int = 3) -> None:
        super().__init__()
        sizes = [inside, *[width] * layers]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.head = nn.Linear(width, classes)

    def forward(self, graph: torch.Tensor) -> torch.Tensor:
        """Return logits; a graph is (nodes, features + nodes): features, then its adjacency matrix."""
        x, adjacent = graph[..., :4], graph[..., 4:]
        adjacent = adjacent + torch.eye(adjacent.shape[-1])
        scale = adjacent.sum(-1).rsqrt()
        adjacent = scale[..., :, None] * adjacent * scale[..., None, :]
        for layer in self.layers:
            x = functional.relu(adjacent @ layer(x))
        return self.head(x.mean(1))


class CharacterLSTM(nn.Module):
    """Two layers of long short-term memory that foretell the next character."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.characters = nn.Embedding(CHARACTERS, 32)
        self.reader = nn.LSTM(32, width, num_layers=2, batch_first=True)
        self.head = nn.Linear(width, CHARACTERS)

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        """Return logits, (samples, characters, places)."""
        return self.head(self.reader(self.characters(text))[0]).transpose(1, 2)


class ConvolutionalAutoencoder(nn.Module):
    """Strided convolutions down to a code of 32 numbers, and transposed ones back."""

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            *(nn.Conv2d(1, width, 3, 2, 1), nn.ReLU(), nn.Conv2d(width, 2 * width, 3, 2, 1), nn.ReLU()),
            *(nn.Flatten(), nn.Linear(2 * width * 16, 32)),
        )
        self.decoder = nn.Sequential(
            *(nn.Linear(32, 2 * width * 16), nn.ReLU(), nn.Unflatten(1, (2 * width, 4, 4))),
            *(nn.ConvTranspose2d(2 * width, width, 4, 2, 1), nn.ReLU()),
            nn.ConvTranspose2d(width, 1, 4, 2, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the image as it came through the code."""
        return self.decoder(self.encoder(x))


class Contrastive(nn.Module):
    """An encoder that sees each image twice, otherwise disturbed (SimCLR, arXiv 2002.05709)."""

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inside, outside in ((1, width), (width, 2 * width), (2 * width, 4 * width)):
            layers += [
                nn.Conv2d(inside, outside, 3, 2, 1, bias=False),
                nn.BatchNorm2d(outside),
                nn.ReLU(),
            ]
        self.encoder = nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * width, 64), nn.ReLU())
        self.projector = nn.Linear(64, 32)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return two codes of length 1 for each image, (2 images, 32)."""
        views = torch.cat([self._disturbed(x), self._disturbed(x)])
        return functional.normalize(self.projector(self.encoder(views)), dim=1)

    @staticmethod
    def _disturbed(x: torch.Tensor) -> torch.Tensor:
        moved = torch.roll(x, tuple(torch.randint(-2, 3, (2,)).tolist()), (2, 3))
        return moved * (0.6 + 0.8 * torch.rand(len(x), 1, 1, 1)) + 0.3 * torch.randn(x.shape)


class InfoNCE(nn.Module):
    """Which of all other views is the same image's? Cross-entropy at temperature 0.2."""

    def forward(self, codes: torch.Tensor, _labels: torch.Tensor) -> torch.Tensor:
        """Return the loss of a batch."""
        likeness = codes @ codes.T / 0.2
        likeness = likeness - 1e9 * torch.eye(len(codes))
        half = len(codes) // 2
        return functional.cross_entropy(likeness, torch.arange(len(codes)).roll(half))


class TabularResNet(nn.Module):
    """A residual network for tables (arXiv 2106.11959), with batch normalisation and dropout."""

    def __init__(self, inside: int, outside: int, width: int = 64, layers: int = 3) -> None:
        super().__init__()
        self.first = nn.Linear(inside, width)
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm1d(width),
                *(nn.Linear(width, 2 * width), nn.ReLU(), nn.Dropout(0.1), nn.Linear(2 * width, width)),
            )
            for _ in range(layers)
        )
        self.head = nn.Sequential(nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, outside))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits, or the number wanted."""
        x = self.first(x)
        for layer in self.layers:
            x = x + layer(x)
        return self.head(x)


class LowRank(nn.Module):
    """A linear layer that stays, and a product of two narrow ones that learns (LoRA, arXiv 2106.09685)."""

    def __init__(self, layer: nn.Linear, rank: int = 4, alpha: float = 8.0) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(False)
        self.down = nn.Linear(layer.in_features, rank, bias=False)
        self.up = nn.Linear(rank, layer.out_features, bias=False)
        nn.init.zeros_(self.up.weight)
        self.scale = alpha / rank

    @property
    def weight(self) -> torch.Tensor:
        """The weight as it now is; for layers that read it instead of calling this one."""
        return self.layer.weight + self.scale * self.up.weight @ self.down.weight

    @property
    def bias(self) -> torch.Tensor:
        """The bias, which stays."""
        return self.layer.bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the sum of both."""
        return self.layer(x) + self.scale * self.up(self.down(x))


class LoRA(nn.Module):
    """A GPT whose perceptrons' layers and head learn by low-rank products only."""

    def __init__(self) -> None:
        super().__init__()
        self.gpt = character_gpt()

    def adapt(self) -> None:
        """Freeze the model and put the narrow layers beside its own."""
        self.gpt.requires_grad_(False)
        for layer in self.gpt.layers:
            layer.linear1, layer.linear2 = LowRank(layer.linear1), LowRank(layer.linear2)
        self.gpt.head = LowRank(self.gpt.head)

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        """Return logits."""
        return self.gpt(text)


def character_gpt() -> nn.Module:
    """Return a character-level GPT."""
    return GPT(CHARACTERS, 32, width=48)
