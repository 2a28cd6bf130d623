"""House rules that a reader relies on: tests that run, one version, no machine's traces."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import lrwidget
from tests.project.files import PACKAGE, ROOT, imports, tracked

ROOMS = {ROOT / "tests", ROOT / "benchmarks"}
TESTS = sorted(path for path in tracked() if ROOMS & {*path.parents} and path.suffix == ".py")
# A person's home, a build machine's folders.
LOCAL = re.compile(r"(?<![\w.:/}])/(?:home|Users|root|work|opt|mnt)/[\w.]|file:/{3}")


def test_every_file_of_the_tests_and_benchmarks_is_used() -> None:
    imported = {found.module for path in TESTS for found in imports(path)}
    imported |= {module for path in TESTS for module in run_by_name(path)}
    told = "".join(
        page.read_text() for page in (ROOT / "Makefile", *ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))
    )
    idle = []
    for path in TESTS:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if path.name.startswith("test_"):
            names = [node.name for node in ast.walk(ast.parse(path.read_text())) if hasattr(node, "name")]
            used = any(str(name).startswith(("test_", "Test")) for name in names)
        elif path.name in {"__init__.py", "conftest.py"} or "inside" in path.parts:  # runs within a host
            used = True
        else:
            used = f"-m {module}" in told or any(name.startswith(module) for name in imported)
        if not used:
            idle.append(path.relative_to(ROOT).as_posix())
    assert not idle, f"nothing runs these: {idle}"


def run_by_name(path: Path) -> Iterator[str]:
    """Yield the modules that a file runs as programs: what stands behind "-m" in a list of arguments."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        words = [getattr(one, "value", None) for one in node.elts] if isinstance(node, ast.List) else []
        yield from (name for flag, name in pairwise(words) if flag == "-m" and isinstance(name, str))


def test_the_check_sees_what_is_run_by_name(tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text(
        'run([sys.executable, "-W", "ignore", "-m", "tests.scenes", x])\n"-m tests.other"\n["tests.third"]'
    )
    assert list(run_by_name(path)) == ["tests.scenes"]


def test_test_files_have_names_that_pytest_collects() -> None:
    stray = [
        path.relative_to(ROOT).as_posix()
        for path in TESTS
        if not path.name.startswith("test_")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert not stray


def test_changelog_and_package_know_this_version() -> None:
    found = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert found
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = [heading for heading in headings if heading != "Unreleased"]
    assert released[0] == found[1]
    assert lrwidget.__version__ == found[1]


def test_no_file_names_a_place_of_one_machine() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
            for number, line in enumerate(text.splitlines(), 1)
            if LOCAL.search(line)
        ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["see {}home/me", '"{}root/.cache"', "file:{0}{0}{0}x", "cd {}work/main"])
def test_the_check_for_places_sees(text: str) -> None:
    assert LOCAL.search(text.format("/"))  # put together here, so that the check does not find this file


@pytest.mark.parametrize("text", ["https://example.org/home/x", "lrwidget/root/x", "{base}/home/x"])
def test_the_check_for_places_lets_pass(text: str) -> None:
    assert not LOCAL.search(text)


def test_the_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").exists()
