"""What a server says of its progress, as the card hears it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mcphost.domain.json import JsonObject
from mcphost.domain.ports import Exchange
from mcphost.domain.tool import Effect
from tests.helpers.gate_parts import FakeConnection, Stage, call, tool
from tests.helpers.task_parts import DONE, FakeWatcher


def heard(*said: JsonObject) -> list[tuple[str, float, float | None]]:
    watcher = FakeWatcher()

    async def reply(exchange: Exchange) -> JsonObject:
        assert exchange.on_progress is not None
        for params in said:
            exchange.on_progress(params)
        return DONE

    stage = Stage(judged={"look": Effect.READ}, connection=FakeConnection(reply))
    asyncio.run(stage.gate.perform(call("look"), tool=tool("look"), watcher=watcher))
    return watcher.progress


@pytest.mark.requirement("MCP-140")
def test_words_and_numbers_reach_the_card() -> None:
    assert heard({"progress": 3, "total": 7, "message": "digging"}) == [("digging", 3.0, 7.0)]


@pytest.mark.parametrize("odd", ["7", True, None, [], 10**400])
def test_what_is_no_number_says_nothing(odd: Any) -> None:
    assert heard({"progress": 1, "total": odd, "message": odd}) == [
        (odd if isinstance(odd, str) else "", 1.0, None)
    ]


@pytest.mark.requirement("MCP-140")
def test_the_words_are_made_harmless() -> None:
    [(words, _, _)] = heard({"progress": 1, "message": "a\nb\x1b[2J\u202e" + "x" * 900})
    assert "\n" not in words
    assert "\x1b" not in words
    assert len(words) < 400


def test_without_a_card_no_progress_is_asked_for() -> None:
    stage = Stage(judged={"look": Effect.READ}, connection=FakeConnection(DONE))
    asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.connection.exchanges[0].on_progress is None
