"""The tests as pytest would collect them, and the requirements that they say they hold up.

Read from the sources, so that a list of tests can be checked without running any.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.docs.tree import ROOT

MARK = "requirement"


def of(file: str, *names: str) -> tuple[str, ...]:
    """The node ids of tests of *file*, named without `test_`."""
    return tuple(f"{file}::test_{name}" for name in names)


@cache
def collected() -> frozenset[str]:
    """The node ids, without parameters, of every test function that pytest collects."""
    return frozenset(node for node, _ in _functions())


@cache
def marked() -> dict[str, frozenset[str]]:
    """What each test that is marked `requirement(…)` says it holds up, by node id."""
    found = {node: frozenset(_marks(function)) for node, function in _functions()}
    return {node: ids for node, ids in found.items() if ids}


def mark_of(decorator: ast.expr) -> ast.Call | None:
    """*decorator* when it is `pytest.mark.requirement(…)`."""
    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == f"pytest.mark.{MARK}":
        return decorator
    return None


def sources() -> list[Path]:
    """Every file that pytest looks into."""
    return sorted((ROOT / "tests").rglob("test_*.py"))


def _functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sources():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"{path.relative_to(ROOT)}::{node.name}", node


def _marks(function: ast.FunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        call = mark_of(decorator)
        for argument in call.args if call is not None else ():
            yield ast.literal_eval(argument)
