"""The source tree as the documentation tests read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HELP = ROOT / "resources" / "help"
PACKAGES = ("mcphost", "ui")
TEXT_SUFFIXES = frozenset(
    {".py", ".md", ".toml", ".cedar", ".html", ".js", ".css", ".json", ".sh", ".in", ".cedarschema"}
)


def python_files(*folders: str) -> list[Path]:
    """Every Python file below *folders* of the checkout."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def own_text_files() -> list[Path]:
    """Every text file that is ours, lock files excepted."""
    folders = (*PACKAGES, "resources", "packaging", "tests", ".ci")
    inside = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    top = [path for path in ROOT.iterdir() if path.suffix in {".md", ".toml"}]
    return sorted(path for path in (*inside, *top) if path.is_file() and _is_text(path))


def _is_text(path: Path) -> bool:
    if "__pycache__" in path.parts or "assets" in path.parts:
        return False
    return path.suffix in TEXT_SUFFIXES or (path.suffix == "" and path.parent.name != ".git")


def shown(path: Path) -> str:
    """*path* as a reader writes it."""
    return str(path.relative_to(ROOT))


def headings(document: Path) -> set[str]:
    """The headings of a Markdown document, without their marks and back-ticks."""
    lines = document.read_text(encoding="utf-8").splitlines()
    return {line.lstrip("#").strip().strip("`") for line in lines if line.startswith("#")}


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function and how long it is."""

    where: str
    name: str
    lines: int


@cache
def functions(path: Path) -> tuple[Function, ...]:
    """Every function of *path*, with its length from `def` to its last line."""
    return tuple(_functions(path))


def _functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(where=f"{shown(path)}:{node.lineno}", name=node.name, lines=length)
