"""When a local server is started again, and when not any more."""

from __future__ import annotations

import pytest

from mcphost.host.restarts import ATTEMPTS, WINDOW, Restarts


@pytest.mark.requirement("MCP-067")
def test_each_attempt_waits_longer_and_then_there_is_none() -> None:
    restarts = Restarts()
    delays = [restarts.next_delay(float(second)) for second in range(ATTEMPTS + 1)]
    assert delays == [0.5, 1.0, 2.0, 4.0, 8.0, None]


def test_what_is_long_ago_does_not_count() -> None:
    restarts = Restarts()
    for _ in range(ATTEMPTS):
        restarts.next_delay(0.0)
    assert restarts.next_delay(WINDOW - 1) is None
    assert restarts.next_delay(WINDOW) == 0.5


def test_a_person_who_connects_it_starts_the_count_anew() -> None:
    restarts = Restarts()
    for _ in range(ATTEMPTS):
        restarts.next_delay(0.0)
    restarts.forgive()
    assert restarts.next_delay(1.0) == 0.5
