"""The repository's own files, and what their imports say."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "lrwidget"


@cache
def tracked() -> tuple[Path, ...]:
    """Files of the project: those git knows or would add, or every file when this is no git checkout."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split(
            "\0"
        )
        files = [ROOT / name for name in names if name]
    except (OSError, subprocess.CalledProcessError):
        hidden = (".git", ".venv", ".artifacts")
        files = [path for path in ROOT.rglob("*") if path.relative_to(ROOT).parts[0] not in hidden]
    return tuple(sorted(path for path in files if path.is_file()))


@dataclass(frozen=True)
class Import:
    """One import: the module named, the line, and whether it happens at import time of the importing file."""

    module: str
    line: int
    lazy: bool
    for_types_only: bool


def imports(path: Path) -> Iterator[Import]:
    """Yield every import of a file: plain, relative, in functions, ``import_module`` of a plain string."""
    package = path.relative_to(ROOT).parent.parts
    yield from _walk(ast.parse(path.read_text(encoding="utf-8")), package, lazy=False, for_types_only=False)


def _walk(node: ast.AST, package: tuple[str, ...], *, lazy: bool, for_types_only: bool) -> Iterator[Import]:
    for module in _named(node, package):
        yield Import(module, getattr(node, "lineno", 0), lazy, for_types_only)
    lazy = lazy or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    for child in ast.iter_child_nodes(node):
        guarded = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test) and child in node.body
        yield from _walk(child, package, lazy=lazy, for_types_only=for_types_only or guarded)


def _named(node: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = package[: len(package) - node.level + 1] if node.level else ()
        module = ".".join((*base, *filter(None, [node.module])))
        # `from lrwidget import core` names the room lrwidget.core.
        yield from (f"{module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
        yield from (str(argument.value) for argument in node.args[:1] if isinstance(argument, ast.Constant))
