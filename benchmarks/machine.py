"""What the numbers were measured on. No names of people or hosts."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

import torch

from benchmarks.apart import FASTAI

PACKAGES = (
    "torch",
    "numpy",
    "plotly",
    "anywidget",
    "ipywidgets",
    "ipykernel",
    "jupyterlab",
    "torch-lr-finder",
    "lightning",
    "pytorch-ignite",
    "fastai",
)


@dataclass(frozen=True)
class Machine:
    """Hardware and versions; ``memory`` in bytes, 0 where unknown."""

    processor: str
    cores: int
    memory: int
    gpu: str
    system: str
    python: str
    threads: int
    packages: dict[str, str]


def this() -> Machine:
    """The machine that runs this."""
    return Machine(
        processor=processor(),
        cores=cores(),
        memory=memory(),
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
        system=platform.system(),
        python=platform.python_version(),
        threads=torch.get_num_threads(),
        packages={name: installed(name) for name in PACKAGES},
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


def memory() -> int:
    """Bytes of memory that are built in."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError):  # Windows
        return 0


def load() -> str:
    """How many processes want a core, 1-minute mean."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def installed(name: str) -> str:
    """A package's version, or a dash; fastai has a folder of its own."""
    try:
        return version(name)
    except PackageNotFoundError:
        found = next(iter(distributions(name=name, path=[str(FASTAI)])), None)
        return found.version if found else "-"


def described(machine: Machine) -> str:
    """Processor, memory, GPU and versions, in a few lines."""
    return "\n".join(
        (
            f"processor  {machine.processor}, {machine.cores} cores, load {load()}; {machine.system}",
            f"memory     {machine.memory / 2**30:.0f} GiB",
            f"GPU        {machine.gpu}",
            f"Python     {machine.python}, {machine.threads} torch thread",
            f"packages   {', '.join(f'{name} {which}' for name, which in machine.packages.items())}",
        )
    )
