"""What a server may make the host fetch and keep before anybody has looked at it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from mcphost.domain.events import Event
from mcphost.host.scout import MAX_TEMPLATE_BYTES, MAX_TEMPLATES, Scout
from tests.helpers.gate_parts import config, tool
from tests.helpers.view_parts import opening


class House:
    """A path that lets everything through and a store that keeps nothing."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.fetched: list[str] = []
        self.events: list[Event] = []
        parts: Any = {"gate": self, "pool": None, "templates": self, "launches": None}
        parts |= {"pins": None, "grants": None}
        self.scout = Scout(**parts, events=self.events.append)

    async def exchange(self, _action: object, _converse: object) -> list[object]:
        return []

    async def perform(self, action: Any) -> Any:
        self.fetched.append(action.params["uri"])
        return SimpleNamespace(result={}, kept=None)

    async def record(self, *_whatever: object) -> Any:
        return replace(opening().source.review, size=self.size)

    def prefetch(self, count: int) -> list[str]:
        tools = tuple(tool(f"t{n}", ui_resource=f"ui://shop/{n}") for n in range(count))
        warnings: list[str] = []
        line: Any = SimpleNamespace(config=config())
        asyncio.run(self.scout.prefetch(line, tools, warnings))
        return warnings


@pytest.mark.requirement("APPS-02")
def test_a_server_with_countless_templates_gets_a_few_fetched_and_it_is_said() -> None:
    house = House(size=10)
    warnings = house.prefetch(MAX_TEMPLATES + 5)
    assert len(house.fetched) == MAX_TEMPLATES
    assert "5 more" in warnings[-1]


def test_large_templates_do_not_fill_the_disk() -> None:
    house = House(size=MAX_TEMPLATE_BYTES // 2 + 1)
    warnings = house.prefetch(5)
    assert len(house.fetched) == 2
    assert "3 more" in warnings[-1]


@pytest.mark.requirement("APPS-01", "APPS-02")
def test_an_ordinary_server_gets_all_of_its_templates_fetched() -> None:
    house = House(size=300_000)
    assert house.prefetch(20) == []
    assert len(house.fetched) == len(house.events) == 20
