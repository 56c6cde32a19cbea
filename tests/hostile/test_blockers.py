"""Each blocker of the engine has its regression tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.hostile.blockers import BLOCKERS

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", BLOCKERS)
def test_each_blocker_has_its_regression_tests(name: str) -> None:
    what, tests = BLOCKERS[name]
    assert what
    assert tests
    for test in tests:
        path, _, function = test.partition("::")
        source = (_ROOT / path).read_text(encoding="utf-8")
        wanted = rf"^def {re.escape(function.partition('[')[0])}\("
        assert re.search(wanted, source, re.MULTILINE), test
