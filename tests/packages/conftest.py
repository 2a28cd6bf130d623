"""Tests with other people's packages, in a folder of their own (.ci/venv); where it is not, neither are they.

The compiled part of torchvision does not load beside every build of PyTorch. No test calls its operators;
they are made known, so that the rest of it can be imported.
"""

import warnings
from importlib.util import find_spec

import pytest
import torch

collect_ignore_glob = [] if find_spec("galore_torch") else ["test_*.py"]

_OPERATORS = ("nms", "qnms", "roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool", "deform_conv2d")


def _imports_torchvision() -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import torchvision  # noqa: F401
    except RuntimeError:
        return False
    return True


if not collect_ignore_glob and not _imports_torchvision():
    for _name in _OPERATORS:
        torch.library.define(f"torchvision::{_name}", "(Tensor a, Tensor b, float c) -> Tensor")


def pytest_itemcollected(item: pytest.Item) -> None:
    """What packages say of each other's ways, in any of these tests."""
    for category in ("DeprecationWarning", "FutureWarning"):
        item.add_marker(pytest.mark.filterwarnings(f"ignore::{category}"), append=False)
