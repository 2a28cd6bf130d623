"""The page's code: its own tests pass, and what users get is what its sources build to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.files import PACKAGE

FRONT = PACKAGE / "widget" / "front"
BUILT = PACKAGE / "widget" / "static"
#: Node and npm come with the environment in which the tests run.
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
TESTS = sorted(Path(__file__).parent.glob("*.test.js"))


def node_path(name: str) -> str:
    """Where node, or npm, is."""
    found = shutil.which(name, path=PATH)
    assert found, f"no {name} beside this Python nor on the PATH; `make test` installs it"
    return found


def run(name: str, *arguments: object) -> str:
    ran = subprocess.run(
        [node_path(name), *map(str, arguments)],
        cwd=FRONT,
        env={**os.environ, "PATH": PATH},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name.removesuffix(".test.js"))
def test_unit_tests(path: Path) -> None:
    assert "\n# pass 0\n" not in run("node", "--test", "--test-reporter=tap", path)


def test_the_built_files_are_what_the_sources_build_to(tmp_path: Path) -> None:
    assert (FRONT / "node_modules").is_dir(), "the page's tools are missing; `make test` installs them"
    run("npm", "run", "--silent", "build", "--", f"--outdir={tmp_path}")
    for path in tmp_path.iterdir():
        assert path.read_text() == (BUILT / path.name).read_text(), (
            f"{path.name} is out of date: `make front`"
        )
    assert {path.name for path in tmp_path.iterdir()} == {"widget.js", "widget.css"}


def test_nothing_of_the_registry_is_in_the_lock_file() -> None:
    text = (FRONT / "package-lock.json").read_text()
    assert "resolved" not in text
    assert "registry" not in text


def test_what_is_built_is_small() -> None:
    sizes = {name: (BUILT / name).stat().st_size for name in ("widget.js", "widget.css")}
    assert sizes["widget.js"] < 90_000
    assert sizes["widget.css"] < 22_000
