"""Each row of the table of hostile servers: refused in words, in little memory, for one call."""

from __future__ import annotations

import asyncio

import pytest

from tests.hostile.server_table import ROWS, holds, measure, row


@pytest.mark.parametrize("name", [each.name for each in ROWS])
def test_a_hostile_server_costs_one_call_and_little_memory(name: str) -> None:
    each = row(name)
    found = asyncio.run(measure(each))
    assert holds(each, found), found
