"""Whoever tries what a page shows: types it in, presses Run and Accept where a widget appears."""

from __future__ import annotations

import ast
import asyncio
import inspect
from typing import Any

import torch

from lrwidget import LRWidget
from tests.docs.pages import Block


def try_out(block: Block, names: dict[str, Any]) -> None:
    """Run a block with these names; a widget that its last line displays is run and accepted."""
    code = block.code
    if not torch.cuda.is_available():
        code = code.replace('"cuda"', '"cpu"')
    tree = ast.parse(code, block.page)
    ast.increment_lineno(tree, block.line - 1)
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    done = eval(compile(tree, block.page, "exec", flags=flags), names)
    if inspect.iscoroutine(done):
        asyncio.run(done)
    last = tree.body[-1]
    shown = (
        names.get(last.value.id) if isinstance(last, ast.Expr) and isinstance(last.value, ast.Name) else None
    )
    if isinstance(shown, LRWidget):
        use(shown)


def use(widget: LRWidget) -> None:
    """Press Run, wait, press Accept."""
    widget.start()
    assert widget.wait(60)
    if widget.error is not None:
        raise widget.error
    if widget.lr is None:
        widget.lr = 1e-3  # nothing to suggest: chosen by eye
    assert widget.accept() == widget.accepted_lr
    assert widget.state == "accepted"
