"""What a kernel and a page hold, after everything that can be collected was."""

from __future__ import annotations

import gc
import os
import sys
import threading
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from ipywidgets.widgets import widget as ipywidgets_registry

if TYPE_CHECKING:
    from tests.browser.lab import Lab

#: Live objects of these kinds are counted in the page: what views listen with.
LISTENING = ("ResizeObserver", "MutationObserver", "AbortController")
REMOVED_PLOTS = """(each) => !Object.hasOwn(each, "constructor") && !each.isConnected
  && each.querySelector(".js-plotly-plot, .main-svg")"""


def of_process() -> dict[str, float]:
    """What this process holds. Bytes, and numbers of things."""
    gc.collect()
    objects = gc.get_objects()
    tensors = [each for each in objects if issubclass(type(each), torch.Tensor)]
    return {
        "rss": resident(),
        "traced": tracemalloc.get_traced_memory()[0],
        "objects": len(objects),
        "tensors": len(tensors),
        "tensor bytes": sum(each.nbytes for each in tensors),
        "widgets": len(ipywidgets_registry._instances),
        "threads": threading.active_count(),
    }


def resident() -> int:
    """Bytes of this process that are in memory; 0 where that is not told."""
    if sys.platform != "linux":
        return 0
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class PageMemory:
    """Asks a page's browser what the page holds."""

    def __init__(self, lab: Lab) -> None:
        self._session = lab.page.context.new_cdp_session(lab.page)
        self._session.send("Performance.enable")

    def now(self) -> dict[str, float]:
        """What the page holds. Bytes, and numbers of things."""
        for _ in range(2):  # what finalizers let go of in the first is gone after the second
            self._session.send("HeapProfiler.collectGarbage")
        heap = self._session.send("Runtime.getHeapUsage")
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        named = {metric["name"]: metric["value"] for metric in metrics}
        return {
            "heap": heap["usedSize"],
            "buffers": heap.get("backingStorageSize", 0),
            "nodes": named["Nodes"],
            "listeners": named["JSEventListeners"],
            **{kind: self._count(kind) for kind in LISTENING},
            "removed plots": self._count("HTMLElement", REMOVED_PLOTS),
        }

    def _count(self, kind: str, which: str = "() => true") -> int:
        """Live objects of a class for which ``which`` is true."""
        found: Any = self._session.send("Runtime.evaluate", {"expression": f"{kind}.prototype"})
        group = {"prototypeObjectId": found["result"]["objectId"], "objectGroup": "memory"}
        objects = self._session.send("Runtime.queryObjects", group)["objects"]
        length = self._session.send(
            "Runtime.callFunctionOn",
            {
                "functionDeclaration": f"function () {{ return this.filter({which}).length; }}",
                "objectId": objects["objectId"],
            },
        )
        self._session.send("Runtime.releaseObject", {"objectId": found["result"]["objectId"]})
        self._session.send("Runtime.releaseObjectGroup", {"objectGroup": "memory"})
        return int(length["result"]["value"])
