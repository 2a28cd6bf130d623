"""What is trained on: scikit-learn's data, the standard library's sources, and made-up data, said to be so.

Each function returns the same tensors whenever it is called: draws come from generators of their own.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from benchmarks import evaluation_tasks
from benchmarks.picks.models import CHARACTERS

Data = tuple[torch.Tensor, torch.Tensor]


def digits() -> Data:
    """Return scikit-learn's digits at 16 x 16, standardised."""
    from sklearn.datasets import load_digits

    data = load_digits()
    x = torch.tensor(data.images, dtype=torch.float32)[:, None] / 16
    x = functional.interpolate(x, size=(16, 16), mode="bilinear")
    x = (x - x.mean()) / x.std()
    return x + 0.4 * torch.randn(x.shape, generator=_draws()), torch.tensor(data.target)


def low_digits() -> Data:
    """Return the digits 0 to 4."""
    x, y = digits()
    return x[y < 5], y[y < 5]


def high_digits() -> Data:
    """Return the digits 5 to 9, upside down: near enough to 0 to 4 to profit from them, and another task."""
    x, y = digits()
    return x[y >= 5].flip(2), y[y >= 5]


def rows() -> Data:
    """Return the digits as 16 rows of 16 pixels."""
    x, y = digits()
    return x[:, 0], y


def patches() -> Data:
    """Return patches of scikit-learn's two photographs, in grey, 16 x 16, as input and as target."""
    from sklearn.datasets import load_sample_images

    photographs = [np.asarray(image).mean(2) / 255 for image in load_sample_images().images]
    draws = np.random.default_rng(0)
    cut = []
    for number in range(3000):
        image = photographs[number % 2]
        row, column = (int(draws.integers(0, size - 32)) for size in image.shape)
        cut.append(image[row : row + 32 : 2, column : column + 32 : 2])
    x = torch.tensor(np.stack(cut), dtype=torch.float32)[:, None]
    x = (x - x.mean()) / x.std()
    return x, x


def noisy_patches() -> Data:
    """Return the patches with noise, and without."""
    x, _ = patches()
    return x + 0.5 * torch.randn(x.shape, generator=_draws()), x


def discs() -> Data:
    """Return made-up images of a disc among squares, and where the disc is."""
    return _drawn(evaluation_tasks.discs)


def graphs() -> Data:
    """Return made-up random graphs of three kinds."""
    return _drawn(lambda: evaluation_tasks.graphs(2000))


def _drawn(make: object) -> Data:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        x, y = make().tensors  # type: ignore[operator]
    return x, y


def library() -> Data:
    """Return pieces of the standard library's sources, and the same one character later."""
    return _text("argparse.py", "ast.py", "base64.py", "bdb.py", "calendar.py", "cmd.py", "codecs.py")


def prose() -> Data:
    """Return pieces of scikit-learn's descriptions of its data: another language than the library's."""
    from sklearn import datasets

    names = ("diabetes", "wine", "breast_cancer", "iris", "digits", "linnerud")
    return _pieces("".join(getattr(datasets, f"load_{name}")().DESCR for name in names), every=8)


def _text(*names: str) -> Data:
    folder = Path(os.__file__).parent
    return _pieces("".join((folder / name).read_text(encoding="utf-8") for name in names), every=32)


def _pieces(text: str, every: int, context: int = 32) -> Data:
    codes = torch.tensor([min(ord(letter), CHARACTERS - 1) for letter in text])
    pieces = codes.unfold(0, context + 1, every)
    return pieces[:, :-1].contiguous(), pieces[:, 1:].contiguous()


def friedman() -> Data:
    """Return Friedman's made-up regression, 10 inputs of which 5 matter; the target is not standardised."""
    from sklearn.datasets import make_friedman1

    x, y = make_friedman1(4000, 10, noise=1.0, random_state=0)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)[:, None]


def kinds() -> Data:
    """Return 5 made-up classes in clusters: 20 inputs of unlike scales, a tenth of the labels wrong."""
    from sklearn.datasets import make_classification

    x, y = make_classification(
        4000, 20, n_informative=10, n_classes=5, n_clusters_per_class=2, flip_y=0.1, random_state=0
    )
    scales = 10 ** np.random.default_rng(0).uniform(-1, 1, 20)
    return torch.tensor(x * scales, dtype=torch.float32), torch.tensor(y)


def _draws() -> torch.Generator:
    return torch.Generator().manual_seed(0)
