"""The code that documents and docstrings show, in the order in which it is read."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from doctest import DocTestParser
from pathlib import Path

from tests.project.files import PACKAGE, ROOT, tracked

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$|^#+ ([^\n]+)$", re.MULTILINE | re.DOTALL)
_LITERAL = re.compile(r"::\n\n((?:    .*\n|\n)+)")


@dataclass(frozen=True)
class Block:
    """What is shown in one place: which page, from which line, under which heading."""

    page: str
    line: int
    heading: str
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def wants_fastai(self) -> bool:
        """Whether it needs fastai, beside which Lightning cannot be."""
        return bool(re.search(r"\blearn\b|\bfastai\.widget\b|from fastai", self.code))


def pages() -> list[Path]:
    """Return the pages that people read: in the root, and in docs/."""
    return [path for path in tracked() if path.suffix == ".md" and path.parent in {ROOT, ROOT / "docs"}]


def blocks(path: Path, language: str = "python") -> list[Block]:
    """Return the fenced blocks of a page."""
    return [
        block for block in fenced(path.name, path.read_text(encoding="utf-8")) if block.language == language
    ]


def fenced(name: str, text: str) -> Iterator[Block]:
    heading = ""
    for found in _FENCE.finditer(text):
        if found[3]:
            heading = found[3]
        else:
            yield Block(name, text.count("\n", 0, found.start()) + 2, heading, found[1], found[2])


def docstring_blocks() -> Iterator[Block]:
    """Yield what docstrings of the package show as code: literal blocks and prompts, if they are Python."""
    for name, line, text in _docstrings():
        shown = [textwrap.dedent(literal) for literal in _LITERAL.findall(text)]
        shown.append("".join(example.source for example in DocTestParser().get_examples(text)))
        yield from (Block(name, line, "", "python", code) for code in shown if _is_python(code))


def answers() -> Iterator[tuple[str, str, str]]:
    """Yield what docstrings show as an answer: the file, what is asked, and what is answered."""
    for name, _, text in _docstrings():
        for example in DocTestParser().get_examples(text):
            if example.want:
                yield name, example.source.strip(), example.want.strip()


def _docstrings() -> Iterator[tuple[str, int, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                text = ast.get_docstring(node)
                if text:
                    yield path.relative_to(ROOT).as_posix(), node.body[0].lineno, f"{text}\n"


def _is_python(code: str) -> bool:
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return False
    return any(isinstance(node, (ast.Call, ast.ImportFrom)) for node in ast.walk(tree))
