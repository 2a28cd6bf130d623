"""Which tests go to which process when several test (``-n 2 --dist loadgroup``).

Tests of one file go to one process, so that what a file makes once is made once. The pages go together, one
at a time, or the processor is enough for none; so does what needs PyTorch's compiler, which takes long to be
imported. Both come first. The cases of long files share nothing: they come last, one by one, so that all
processes end together.

xdist's own way, the mark ``xdist_group``, travels in the names of tests. From pytest 9.2 on those cannot be
changed, and xdist says nothing when its groups have become none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xdist.scheduler.protocol import Scheduling

#: Parts of names: tests that have one go together. What comes first is begun first.
TOGETHER = {
    "browser": ("tests/browser/",),
    "compiler": ("test_compil", "compiled_"),
}
#: Begun next: a few tests, or a single one, that take long.
LONG = (
    "tests/accelerator/",
    "tests/notebooks/",
    "tests/benchmarks/",
    "tests/docs/",
    "tests/integrations/",
)
#: Many cases of which none needs another.
ONE_BY_ONE = (
    "tests/oracle/test_setups.py",
    "tests/setups/test_setups.py",
    "tests/oracle/test_loaders.py",
    "tests/oracle/test_user_objects.py",
    "tests/faults/test_comparison.py",
    "tests/faults/test_matrix.py",
    "tests/faults/test_trials.py",
    "tests/engine/test_trials_setups.py",
)


def unit_of(name: str) -> str:
    """Return the unit that a test belongs to: all tests of a unit go to one process."""
    for unit, parts in TOGETHER.items():
        if any(part in name for part in parts):
            return unit
    file = _file(name)
    return name if file in ONE_BY_ONE else file


def turn_of(name: str) -> int:
    """Return when a test is begun: the lower, the earlier."""
    unit = unit_of(name)
    if unit in TOGETHER:
        return list(TOGETHER).index(unit)
    if name.startswith(LONG):
        return len(TOGETHER)
    file = _file(name)
    return len(TOGETHER) + 1 + (1 + ONE_BY_ONE.index(file) if file in ONE_BY_ONE else 0)


def _file(name: str) -> str:
    return name.split("::", maxsplit=1)[0]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put tests in the order in which they are handed out; one process alone keeps the usual one."""
    if getattr(config.option, "loadgroup", False):  # xdist's, in its processes
        items.sort(key=lambda item: turn_of(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Hand out units; where other ways are asked for (``--dist load``), they are xdist's."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Units(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit_of(nodeid)

    config.option.loadscopereorder = False  # the order is ours, and not that of how many tests there are
    return Units(config, log)
