"""The kinds of objects that training may change: one file a kind, and one line in this table."""

from __future__ import annotations

from lrwidget.engine.state.kinds.closed import CLOSED, OPAQUE
from lrwidget.engine.state.kinds.containers import CONTAINERS, DICTS, FIXED
from lrwidget.engine.state.kinds.functions import CLASSES, ENUMERATIONS, FUNCTIONS
from lrwidget.engine.state.kinds.generators import GENERATORS, SEEDS
from lrwidget.engine.state.kinds.iterators import FILES, ITERATORS
from lrwidget.engine.state.kinds.loaders import DATASETS, LOADERS, NODES, PASSES
from lrwidget.engine.state.kinds.modules import MODULES
from lrwidget.engine.state.kinds.numbers import ARRAYS, BUFFERS
from lrwidget.engine.state.kinds.objects import OBJECTS
from lrwidget.engine.state.kinds.optimizers import OPTIMIZERS
from lrwidget.engine.state.kinds.shared import C_OBJECTS, SHARED_MEMORY, SHARED_VALUES
from lrwidget.engine.state.kinds.streams import STREAMS
from lrwidget.engine.state.kinds.tables import TABLES
from lrwidget.engine.state.kinds.tensors import TENSORS
from lrwidget.engine.state.kinds.weak import THREAD_LOCALS, WEAK_REFERENCES
from lrwidget.engine.state.walk import Kinds

__all__ = ["KINDS"]

#: Asked in order; the first that fits a type has it.
KINDS = Kinds(
    (
        TENSORS,
        MODULES,
        OPTIMIZERS,
        GENERATORS,
        SEEDS,
        CLASSES,
        ENUMERATIONS,
        SHARED_VALUES,
        SHARED_MEMORY,
        C_OBJECTS,
        TABLES,
        STREAMS,
        WEAK_REFERENCES,
        THREAD_LOCALS,
        CLOSED,
        DICTS,
        FIXED,
        CONTAINERS,
        ARRAYS,
        BUFFERS,
        FUNCTIONS,
        LOADERS,
        NODES,
        DATASETS,
        PASSES,
        FILES,
        ITERATORS,
        OBJECTS,
        OPAQUE,
    )
)
