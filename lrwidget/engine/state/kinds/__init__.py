"""The kinds of objects that training may change: one file a kind, and one line in this table."""

from __future__ import annotations

from lrwidget.engine.state.kinds.closed import CLOSED, OPAQUE
from lrwidget.engine.state.kinds.containers import CONTAINERS, DICTS, FIXED
from lrwidget.engine.state.kinds.functions import CLASSES, FUNCTIONS
from lrwidget.engine.state.kinds.generators import GENERATORS
from lrwidget.engine.state.kinds.iterators import FILES, ITERATORS
from lrwidget.engine.state.kinds.loaders import DATASETS, LOADERS, PASSES
from lrwidget.engine.state.kinds.modules import MODULES
from lrwidget.engine.state.kinds.numbers import ARRAYS, BUFFERS
from lrwidget.engine.state.kinds.objects import OBJECTS
from lrwidget.engine.state.kinds.optimizers import OPTIMIZERS
from lrwidget.engine.state.kinds.streams import STREAMS
from lrwidget.engine.state.kinds.tensors import TENSORS

__all__ = ["KINDS"]

#: Asked in order; the first that fits a type has it.
KINDS = (
    TENSORS,
    MODULES,
    OPTIMIZERS,
    GENERATORS,
    CLASSES,
    STREAMS,
    CLOSED,
    DICTS,
    FIXED,
    CONTAINERS,
    ARRAYS,
    BUFFERS,
    FUNCTIONS,
    LOADERS,
    DATASETS,
    PASSES,
    FILES,
    ITERATORS,
    OBJECTS,
    OPAQUE,
)
