"""Programs that tests start."""

from __future__ import annotations

import subprocess


def ended(process: subprocess.Popen[bytes], patience: float = 15) -> None:
    """Ask a process to end; kill it when it has not within so many seconds."""
    process.terminate()
    try:
        process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
