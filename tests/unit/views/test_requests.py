"""Requests of one View: each answered once, none outlives its View, none comes too fast."""

from __future__ import annotations

import asyncio

import pytest

from mcphost.domain.tool import Effect
from mcphost.views.requests import BURST
from tests.helpers.gate_parts import Stage, tool
from tests.helpers.view_parts import ViewHouse, until


def test_a_request_under_a_reused_id_ends_with_its_view() -> None:
    async def scene() -> None:
        house = ViewHouse(tools=(tool("buy"),))
        house.stage.broker.hold = asyncio.Event()
        view = await house.ready()
        house.click_and_call(view, "buy")
        await until(lambda: len(house.stage.broker.asked) == 1)
        house.say(view, {"method": "notifications/cancelled", "params": {"requestId": 1}})
        house.click_and_call(view, "buy")
        await until(lambda: len(house.stage.broker.asked) == 2)
        await view.close("its server was removed")
        house.stage.broker.hold.set()
        await until(lambda: all(task.done() for task in house.tasks))
        assert house.stage.connection.sent == []

    asyncio.run(scene())


def test_a_request_that_meets_a_bug_of_ours_is_answered_all_the_same() -> None:
    async def scene() -> None:
        house = ViewHouse(Stage(judged={"look": Effect.READ}), (tool("look"),))
        house.stage.connection.replies.append(KeyError("ours"))
        view = await house.ready()
        house.say(view, {"id": 1, "method": "tools/call", "params": {"name": "look"}})
        await until(lambda: house.answers(1))
        assert house.answers(1)[0]["error"]["code"] == -32603
        await house.end()

    asyncio.run(scene())


def test_a_view_that_asks_without_pause_is_refused_before_it_reaches_the_log() -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        for id in range(BURST + 5):
            house.say(view, {"id": id, "method": "tools/list"})
            await asyncio.sleep(0)
        await until(lambda: house.answers(BURST + 4))
        assert "error" not in house.answers(BURST - 1)[0]
        assert "too fast" in house.answers(BURST)[0]["error"]["message"]
        house.stage.clock.now += 1.0
        house.say(view, {"id": "later", "method": "tools/list"})
        await until(lambda: house.answers("later"))
        assert "result" in house.answers("later")[0]
        await house.end()

    asyncio.run(scene())


@pytest.mark.parametrize("effect", [Effect.READ, Effect.UNKNOWN])
def test_too_fast_leaves_no_rows(effect: Effect) -> None:
    async def scene() -> None:
        house = ViewHouse(Stage(judged={"look": effect}), (tool("look"),))
        view = await house.ready()
        for id in range(3 * BURST):
            house.say(view, {"id": id, "method": "tools/call", "params": {"name": "look"}})
            await asyncio.sleep(0)
        decided = house.stage.audit.kinds().count("action_decided")
        assert decided <= BURST
        await house.end()

    asyncio.run(scene())
