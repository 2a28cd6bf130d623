"""What every test shares."""

import gc
import signal
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import settings

# pytest finds its hooks by their names.
from tests.scheduling import pytest_collection_modifyitems, pytest_xdist_make_scheduler

__all__ = ["pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]

# Bits and timings do not depend on the machine.
torch.set_num_threads(1)

# A shell that starts the tests in the background lets them ignore Ctrl-C, and some tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples every time, however busy the machine: a failure here is news, not luck.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def pytest_collection_finish() -> None:
    """What collects garbage in a test need not look at all that was imported: it would take the longest."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def quadratic():
    """One parameter, loss .5 w^2, plain SGD from w = 1: everything in closed form."""
    lr = 1e-3 * 4000 ** (np.arange(12) / 11)
    w = np.concatenate([[1.0], np.cumprod(1 - lr)])
    return SimpleNamespace(lr=lr, loss=0.5 * w[:-1] ** 2, after=0.5 * w[1:] ** 2)


@pytest.fixture(scope="session")
def descent():
    """A logistic descent of depth 1 from 3, steepest at ``centre`` (log10), then a blow-up; also noisy."""

    def make(centre=-3.0, *, width=2.0, count=100, noise=0.0, seed=0, blow_up=True, span=(-7.0, 1.0)):
        x = np.linspace(*span, count)
        loss = 3 - 1 / (1 + np.exp(-(x - centre) * 4.4 / width))
        if blow_up:
            loss = loss + np.exp(np.clip(4 * (x - centre - 0.9 * width - 0.3), -50, 5))
        return 10**x, loss + noise * np.random.default_rng(seed).standard_normal(count)

    return make
