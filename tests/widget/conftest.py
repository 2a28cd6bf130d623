"""A small task and its widget, closed in the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lrwidget import LRWidget
from tests.widget.tasks import Task


@pytest.fixture
def task() -> Task:
    return Task()


@pytest.fixture
def w(task: Task) -> Iterator[LRWidget]:
    """Its sweep is let go and ended, whatever the test did."""
    widget = task.widget()
    yield widget
    task.gate.set()
    widget.close()
