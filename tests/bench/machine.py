"""What the numbers were measured on. No names of people or hosts."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

PACKAGES = (
    "torch",
    "numpy",
    "plotly",
    "anywidget",
    "ipywidgets",
    "ipykernel",
    "jupyterlab",
    "torch-lr-finder",
)


def processor() -> str:
    """The processor's model."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load() -> str:
    """How many processes want a core, 1-minute mean."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def installed(name: str) -> str:
    """A package's version, or a dash."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


def described() -> str:
    """Processor, GPU and versions, in a few lines."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return "\n".join(
        (
            f"processor  {processor()}, {cores()} cores, load {load()}; {platform.system()}",
            f"GPU        {gpu}",
            f"Python     {platform.python_version()}, {torch.get_num_threads()} torch thread",
            f"packages   {', '.join(f'{name} {installed(name)}' for name in PACKAGES)}",
        )
    )
