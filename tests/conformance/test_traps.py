"""The list of traps and the tests know each other."""

from __future__ import annotations

import pytest

from tests.conformance.collected import collected
from tests.conformance.traps import SERVERS, TRAPS, VIEWS


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_has_tests_and_they_exist(trap: str) -> None:
    assert TRAPS[trap]
    assert not [node for node in TRAPS[trap] if node not in collected()]


def test_every_test_that_sets_a_trap_is_on_the_list() -> None:
    listed = {node for nodes in TRAPS.values() for node in nodes}
    traps = {node for node in collected() if node.startswith((VIEWS, SERVERS))}
    assert not traps - listed
