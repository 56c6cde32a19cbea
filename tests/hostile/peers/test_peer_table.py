"""Faults of other hosts and our tests know each other: every fault has tests that exist or a
reason, and every test of this folder stands at a fault.
"""

from __future__ import annotations

import pytest

from tests.conformance.collected import collected
from tests.hostile.peers.__main__ import FAULTS
from tests.hostile.peers.fault import Fault

FOLDER = "tests/hostile/peers/test_peer_"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_of_a_peer_has_tests_that_exist_or_a_reason(fault: Fault) -> None:
    assert not [node for node in fault.tests if node not in collected()]
    assert bool(fault.tests) != bool(fault.reason)
    assert fault.seen


def test_every_test_that_was_written_for_a_fault_stands_at_it() -> None:
    """One that does not: add it to `reported.py` or `published.py`."""
    listed = {node for fault in FAULTS for node in fault.tests}
    here = {node for node in collected() if node.startswith(FOLDER)}
    assert not {node for node in here - listed if "test_peer_table" not in node}


def test_no_fault_and_no_report_is_listed_twice() -> None:
    names = [fault.name for fault in FAULTS]
    seen = [place for fault in FAULTS for place in fault.seen]
    assert len(set(names)) == len(names)
    assert len(set(seen)) == len(seen)
