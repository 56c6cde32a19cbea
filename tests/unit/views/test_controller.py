"""One View: what it may cost the host, and its end."""

from __future__ import annotations

import asyncio
import json

import pytest

from mcphost.domain.errors import StorageError
from mcphost.domain.events import ViewResized
from mcphost.domain.tool import Effect
from mcphost.domain.view import IncidentKind, ViewIncident
from mcphost.views import sizing
from mcphost.views.controller import ViewController
from mcphost.views.outflow import BURST
from tests.helpers.gate_parts import Stage, tool
from tests.helpers.view_parts import ViewHouse, until

HUGE = 10**400


@pytest.mark.parametrize(
    "message",
    [
        {"method": "ui/notifications/size-changed", "params": {"height": HUGE}},
        {
            "id": 1,
            "method": "ui/update-model-context",
            "params": {"structuredContent": {"n": 2**60}},
        },
    ],
)
def test_numbers_nobody_can_hold_do_not_escape_as_exceptions(message: dict[str, object]) -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        house.say(view, message)
        if "id" in message:
            assert "error" in house.answers(1)[0]
        await house.end()

    asyncio.run(scene())


def test_deep_nesting_does_not_escape_as_an_exception() -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        view.text("[" * 200_000, 1.0)
        assert house.deck.report(view.id).entries[-1].method == "(not JSON)"
        await house.end()

    asyncio.run(scene())


def test_a_view_that_pulls_more_than_its_share_is_ended_and_it_is_said() -> None:
    async def scene() -> None:
        big = {"content": [{"type": "text", "text": "x" * (BURST // 4)}]}
        house = ViewHouse(Stage(judged={"look": Effect.READ}), (tool("look"),))
        house.stage.connection.replies.extend([big] * 6)
        view = await house.ready()
        for id in range(6):
            house.say(view, {"id": id, "method": "tools/call", "params": {"name": "look"}})
        await until(lambda: house.troubles)
        await asyncio.gather(*house.tasks[-1:])
        assert house.closed()
        assert sum(bool(house.answers(id)) for id in range(6)) < 5
        await house.end()

    asyncio.run(scene())


def test_a_view_whose_renderer_is_gone_ends_at_once_and_is_asked_nothing() -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        posted = len(house.stage.events)
        await view.incident(ViewIncident(kind=IncidentKind.HUNG, detail="4 seconds"))
        assert house.stage.events[posted:] == house.closed()
        assert len(house.closed()) == 1
        await house.end()

    asyncio.run(scene())


@pytest.mark.requirement("APPS-38")
def test_a_close_that_is_cancelled_half_way_still_ends_the_view() -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        closing = asyncio.create_task(view.close("closed"))
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.gather(closing, return_exceptions=True)
        assert len(house.closed()) == 1
        assert house.stage.audit.kinds().count("view_closed") == 1
        await house.end()

    asyncio.run(scene())


ENDING = {"method": "ui/notifications/request-teardown"}


@pytest.mark.requirement("APPS-38", "APPS-39")
def test_a_view_that_asks_for_its_end_is_told_of_it_and_waited_for() -> None:
    async def scene() -> None:
        house = ViewHouse(world={"teardown_seconds": 30.0})
        view = await house.ready()
        house.say(view, ENDING)
        await until(lambda: house.said("ui/resource-teardown"))
        assert house.closed() == []
        [asked] = house.said("ui/resource-teardown")
        house.say(view, {"id": asked["id"], "result": {}})
        await until(house.closed)
        assert house.closed()[0].reason == "the App asked to be closed"
        await house.end()

    asyncio.run(scene())


@pytest.mark.requirement("APPS-38", "APPS-T11")
def test_a_view_that_never_answers_its_end_is_ended_all_the_same() -> None:
    async def scene() -> None:
        house = ViewHouse(world={"teardown_seconds": 0.01})
        view = await house.ready()
        async with asyncio.timeout(10):
            await view.close("closed")
        assert len(house.said("ui/resource-teardown")) == len(house.closed()) == 1
        house.say(view, {"id": 1, "method": "ping"})
        assert house.answers(1)[1:] == []
        await house.end()

    asyncio.run(scene())


def test_the_record_of_a_view_stays_small_whatever_it_calls_its_methods() -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        for id in range(50):
            text = json.dumps({"id": f"{id}" + "i" * 10_000, "method": "m" * 10_000})
            view.text(text, 1.0)
        entries = house.deck.report(view.id).entries
        assert sum(len(entry.method) for entry in entries) < 50 * 300
        await house.end()

    asyncio.run(scene())


@pytest.mark.requirement("APPS-T12")
def test_a_height_that_never_rests_is_followed_slowly_and_said_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sizing, "AT_ONCE", 3)

    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        async with asyncio.timeout(30):
            for number in range(400):
                _report(house, view, 100 + 5 * (number % 90))
                await asyncio.sleep(0.001)
            _report(house, view, 777)
            while _heights(house)[-1] != 777:  # the last one counts, with a delay
                await asyncio.sleep(0.01)
        assert len(_heights(house)) <= 40  # far from four hundred, on any machine
        assert [text for text in house.troubles if "height" in text] == house.troubles
        assert len(house.troubles) == 1
        await house.end()

    asyncio.run(scene())


def test_the_first_height_is_applied_even_if_it_is_the_one_an_app_begins_with() -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        _report(house, view, sizing.START)
        assert _heights(house) == [sizing.START]
        await house.end()

    asyncio.run(scene())


def _report(house: ViewHouse, view: ViewController, height: int) -> None:
    house.say(view, {"method": "ui/notifications/size-changed", "params": {"height": height}})


def _heights(house: ViewHouse) -> list[int]:
    return [event.height for event in house.stage.events if isinstance(event, ViewResized)]


def test_why_a_view_ends_is_not_for_the_view_to_say() -> None:
    async def scene() -> None:
        house = ViewHouse(world={"teardown_seconds": 5.0})
        view = await house.ready()
        ending = asyncio.create_task(view.close("its server was removed"))
        await asyncio.sleep(0)
        house.say(view, {"method": "ui/notifications/request-teardown"})
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert house.closed() == []
        house.say(view, {"id": 1, "result": {}})
        await ending
        assert [event.reason for event in house.closed()] == ["its server was removed"]
        await house.end()

    asyncio.run(scene())


def test_a_view_does_not_learn_where_the_host_keeps_its_files() -> None:
    async def scene() -> None:
        house = ViewHouse(Stage(judged={"look": Effect.READ}), (tool("look"),))
        house.stage.connection.replies.append(StorageError("the folder of ann is full"))
        view = await house.ready()
        house.say(view, {"id": 1, "method": "tools/call", "params": {"name": "look"}})
        await until(lambda: house.answers(1))
        assert "ann" not in str(house.answers(1))
        assert "could not record" in str(house.answers(1))
        await house.end()

    asyncio.run(scene())


def test_a_press_in_a_view_is_told() -> None:
    async def scene() -> None:
        used: list[str] = []
        house = ViewHouse(world={"used": used.append})
        view = await house.ready()
        view.gesture(1.0)
        assert used == [view.id]
        await house.end()

    asyncio.run(scene())
