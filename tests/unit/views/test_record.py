"""The record names every message without reading the large ones again."""

from __future__ import annotations

import asyncio

import pytest

from mcphost.views import record
from tests.helpers.view_parts import ViewHouse

LISTED = [
    ("view", "ui/initialize"),
    ("host", "ui/initialize (answer)"),
    ("view", "ui/notifications/initialized"),
    ("host", "ui/notifications/tool-input"),
    ("view", "ping"),
    ("host", "ping (answer)"),
    ("view", "nonsense"),
    ("host", "nonsense (error)"),
    ("host", "ui/notifications/tool-result"),
    ("host", "ui/resource-teardown"),
    ("view", "ui/resource-teardown (answer)"),
]


@pytest.mark.requirement("MCP-027")
def test_every_message_is_listed_under_its_method() -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        house.say(view, {"id": 1, "method": "ping"})
        house.say(view, {"id": 2, "method": "nonsense"})
        view.result({"content": []})
        ended = asyncio.create_task(view.close("over"))
        await asyncio.sleep(0)
        house.say(view, {"id": 1, "result": {}})
        await ended
        listed = [(e.direction[:4], e.method) for e in house.deck.report(view.id).entries]
        assert listed == LISTED
        await house.end()

    asyncio.run(scene())


def test_what_the_host_says_is_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    real = record.json.loads

    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        monkeypatch.setattr(record, "json", Counting())
        view.result({"content": [{"type": "text", "text": "large"}]})
        assert parsed == []
        assert house.deck.report(view.id).entries[-1].method == "ui/notifications/tool-result"
        await house.end()

    class Counting:
        def loads(self, text: str) -> object:
            parsed.append(text)
            return real(text)

    asyncio.run(scene())
