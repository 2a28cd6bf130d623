"""Hosts without a page: programs that execute a notebook's file, and those that know no notebook."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from tests.hosts.page import Told
from tests.notebook_files import notebook_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.hosts.environments import Environment

#: Seconds for a whole run, the import of PyTorch included.
LIMIT = 300


def executed(
    environment: Environment, home: Path, command: Sequence[str], *cells: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Execute a notebook of these cells; return the file that comes out, and what its code told."""
    home.mkdir()
    (home / "in.ipynb").write_text(json.dumps(notebook_of(*cells)))
    told = _run(environment, home, command)
    return json.loads((home / "out.ipynb").read_text()), told()


def scripted(
    environment: Environment, home: Path, command: Sequence[str], *cells: str
) -> tuple[str, dict[str, Any]]:
    """Run these cells as a script; return what it printed, and what its code told."""
    home.mkdir()
    (home / "in.ipy").write_text("\n".join(cells))
    (home / "in.py").write_text(_as_program(cells))
    told = _run(environment, home, command)
    return (home / "output.txt").read_text(), told()


def _run(environment: Environment, home: Path, command: Sequence[str]) -> Told:
    """Run a command that may well fail: a cell that raises is part of some stories."""
    told = Told(home / "told.json")
    with (home / "output.txt").open("w") as output:
        subprocess.run(
            [environment.python, *command],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment.variables(home, LRWIDGET_STORY=str(told.path)),
            cwd=home,
            timeout=LIMIT,
        )
    if not told():
        raise RuntimeError((home / "output.txt").read_text()[-1500:])
    return told


def _as_program(cells: Sequence[str]) -> str:
    """Return a program, in which only a coroutine may wait."""
    body = "\n".join(f"    {line}" for cell in cells for line in cell.splitlines())
    return f"import asyncio\n\n\nasync def main():\n{body}\n\n\nasyncio.run(main())\n"
