"""Engines kept apart: from the terminal, from our files; and fastai from Lightning, each in a process."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FASTAI = ROOT / ".venv" / "fastai"


@contextmanager
def quiet() -> Iterator[None]:
    """Engines print, warn, log, and leave SIGINT as they like."""
    # A shell that starts this in the background would have Ctrl-C ignored from the beginning.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
        signal.signal(signal.SIGINT, handler)


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that is the working directory and the place for temporary files."""
    here, there = Path.cwd(), tempfile.tempdir
    with tempfile.TemporaryDirectory() as made:
        os.chdir(made)
        tempfile.tempdir = made
        try:
            yield Path(made)
        finally:
            os.chdir(here)
            tempfile.tempdir = there


def has_fastai() -> bool:
    return FASTAI.is_dir()


def elsewhere(what: str, module: str, *arguments: str, fastai: bool = False) -> Any:
    """Run a module in a process of its own, with one thread; return the JSON on its last line.

    With ``fastai`` its folder goes in front of the environment's packages (see .ci/venv).
    """
    path = [str(FASTAI)] if fastai else []
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([*path, *filter(None, [os.environ.get("PYTHONPATH")])]),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", module, *arguments]
    ran = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError(f"measuring {what} failed:\n{ran.stderr}")
    return json.loads(ran.stdout.splitlines()[-1])
