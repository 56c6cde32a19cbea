"""Writes the mark of each requirement above the tests that its row names."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from tests.conformance.collected import MARK, mark_of, marked
from tests.conformance.requirements import REQUIREMENTS
from tests.docs.tree import ROOT

WIDTH = 100


def wanted() -> dict[str, frozenset[str]]:
    """Which marks each test should have, by the rows."""
    ids: dict[str, set[str]] = defaultdict(set)
    for row in REQUIREMENTS:
        for node in row.tests:
            ids[node].add(row.id)
    return {node: frozenset(found) for node, found in ids.items()}


def write_marks() -> list[str]:
    """Mark what is not marked as the rows say; returns the files that were changed."""
    due, has = wanted(), marked()
    odd = {node for node in due.keys() | has.keys() if due.get(node) != has.get(node)}
    files = sorted({node.partition("::")[0] for node in odd})
    for file in files:
        _rewrite(
            ROOT / file,
            {
                n.partition("::")[2]: due.get(n, frozenset())
                for n in odd
                if n.startswith(f"{file}::")
            },
        )
    return files


def _rewrite(path: Path, due: dict[str, frozenset[str]]) -> None:
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    tests = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name in due
    ]
    for test in sorted(tests, key=lambda node: node.lineno, reverse=True):
        old = [mark for each in test.decorator_list if (mark := mark_of(each)) is not None]
        first = min([each.lineno for each in test.decorator_list], default=test.lineno) - 1
        for mark in reversed(old):
            del lines[mark.lineno - 1 : mark.end_lineno]
        if old:
            first = min(first, old[0].lineno - 1)
        lines[first:first] = _mark(sorted(due[test.name]))
    path.write_text(_with_pytest("".join(lines)), encoding="utf-8")


def _mark(ids: list[str]) -> list[str]:
    if not ids:
        return []
    words = [f'"{id}"' for id in ids]
    line = f"@pytest.mark.{MARK}({', '.join(words)})\n"
    if len(line) <= WIDTH:
        return [line]
    return [f"@pytest.mark.{MARK}(\n", f"    {', '.join(words)},\n", ")\n"]


def _with_pytest(source: str) -> str:
    if "\nimport pytest\n" in source:
        return source
    head, split, rest = source.partition("from __future__ import annotations\n")
    return f"{head}{split}\nimport pytest\n{rest}"
