"""The interface of pytorch-lr-finder on this package's engine: only the import changes.

>>> from lrwidget import LRFinder  # was: from torch_lr_finder import LRFinder
>>> from lrwidget.compat import TrainDataLoaderIter, ValDataLoaderIter

Its histories are those of pytorch-lr-finder 0.2.2, bit for bit. What it left undone is done here: see
:class:`LRFinder`, "Differences".
"""

from lrwidget.compat.finder import LRFinder
from lrwidget.compat.loaders import DataLoaderIter, TrainDataLoaderIter, ValDataLoaderIter

__all__ = ["DataLoaderIter", "LRFinder", "TrainDataLoaderIter", "ValDataLoaderIter"]
