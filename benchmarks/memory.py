"""What a kernel and a page hold, after everything that can be collected was."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import threading
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from comm import get_comm_manager
from ipywidgets.widgets import widget as ipywidgets_registry

if TYPE_CHECKING:
    from tests.browser.lab import Lab

_CLEAR_REFS, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
#: Live objects of these kinds are counted in the page: what views listen with.
LISTENING = ("ResizeObserver", "MutationObserver", "AbortController")
#: Each model has a way to the kernel, until it is closed.
OPEN_MODELS = "(path) => labTools.kernel(path)._comms.size"
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
        "comms": len(get_comm_manager().comms),
        "threads": threading.active_count(),
    }


def resident() -> int:
    """Bytes of this process that are in memory; 0 where that is not told."""
    if sys.platform != "linux":
        return 0
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def release() -> None:
    """Collect all garbage, and give the system back what the allocator keeps for later."""
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


def mark(device: str = "cpu") -> int:
    """Begin to watch for :func:`peak`; return what is in memory now, in bytes."""
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated()
    with suppress(OSError):  # 5 sets the high-water mark back to what is resident
        _CLEAR_REFS.write_text("5")
    return resident()


def peak(device: str = "cpu") -> int:
    """The most bytes that were in memory since :func:`mark`; 0 where that is not told."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated()
    with suppress(OSError, StopIteration):
        lines = _STATUS.read_text("ascii").splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return 0


class PageMemory:
    """Asks a page's browser what the page holds."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
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
            "open models": self._lab.page.evaluate(OPEN_MODELS, self._lab.path),
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
