"""Requests of one View: each answered once, none outlives its View, none comes too fast."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.tool import Effect
from mcphost.views import requests
from mcphost.views.controller import ViewController
from mcphost.views.requests import BURST
from tests.helpers.gate_parts import Stage, tool
from tests.helpers.view_parts import ViewHouse, eventually, until


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


@pytest.mark.requirement("APPS-T15")
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


def test_a_few_requests_of_many_values_are_as_fast_as_many_requests() -> None:
    """Each is decided on in canonical form, value by value, while nothing else happens."""

    async def scene(house: ViewHouse, view: ViewController) -> None:
        params = {"name": "look", "arguments": {"a": [0] * 45_000}}
        for id in range(5):
            house.say(view, {"id": id, "method": "tools/call", "params": params})
            await until(lambda id=id: house.answers(id))
        told = [house.answers(id)[0].get("error", {}).get("message", "") for id in range(5)]
        assert ["too fast" in each for each in told] == [False, False, True, True, True]

    _play(scene)


def test_a_progress_token_that_is_too_long_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "PROGRESS_SECONDS", 0.001)

    async def scene(house: ViewHouse, view: ViewController) -> None:
        house.stage.broker.hold = asyncio.Event()
        view.gesture(1.0)
        for id, token in ((1, "t" * 10_000), (2, "short")):
            view.gesture(1.0)
            params = {"name": "buy", "arguments": {"n": id}, "_meta": {"progressToken": token}}
            house.say(view, {"id": id, "method": "tools/call", "params": params})
        await eventually(lambda: len(house.said("notifications/progress")) > 4)
        tokens = {m["params"]["progressToken"] for m in house.said("notifications/progress")}
        assert tokens == {"short"}

    _play(scene)


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


FORGED = {
    "inputResponses": {"q1": {"action": "accept"}},
    "requestState": "forged",
    "task": {"ttl": 1},
    "odd": None,
    "_meta": {"progressToken": 9, "io.modelcontextprotocol/clientCapabilities": {}, "own": 1},
}


@pytest.mark.requirement("APPS-20", "APPS-T05")
@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {"name": "look", "arguments": {"_meta": {"task": 1}, "requestState": "s"}}),
        ("resources/read", {"uri": "a:b"}),
        ("resources/list", {"cursor": "c"}),
        ("prompts/list", {}),
    ],
)
def test_nothing_reserved_of_a_view_reaches_a_server(method: str, params: dict[str, Any]) -> None:
    """What stands *inside* the arguments of a tool is its data, and goes as it is."""

    async def scene(house: ViewHouse, view: ViewController) -> None:
        house.say(view, {"id": 1, "method": method, "params": {**FORGED, **params}})
        await until(lambda: house.answers(1))
        (sent,) = house.stage.connection.sent
        assert sent["params"] == {**params, "_meta": {"progressToken": 1}}

    _play(scene)


def _play(scene: Callable[[ViewHouse, ViewController], Awaitable[None]], **more: Any) -> None:
    async def whole() -> None:
        house = ViewHouse(Stage(judged={"look": Effect.READ}), (tool("look"), tool("buy")), **more)
        await scene(house, await house.ready())
        await house.end()

    asyncio.run(whole())


@pytest.mark.requirement("APPS-20")
@pytest.mark.parametrize(
    ("method", "key", "entry"),
    [
        ("resources/list", "resources", {"uri": "a:b", "name": "n"}),
        ("resources/templates/list", "resourceTemplates", {"uriTemplate": "a:{b}", "name": "n"}),
        ("prompts/list", "prompts", {"name": "n"}),
    ],
)
def test_a_list_of_its_server_goes_down_the_path(method: str, key: str, entry: Any) -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        house.stage.connection.replies.append({key: [entry, None], "nextCursor": "d"})
        house.say(view, {"id": 1, "method": method, "params": {"cursor": "c"}})
        await until(lambda: house.answers(1))
        assert house.answers(1)[0]["result"] == {key: [entry], "nextCursor": "d"}
        (sent,) = house.stage.connection.sent
        assert (sent["method"], sent["params"]["cursor"]) == (method, "c")
        assert house.stage.audit.last(AuditKind.ACTION_DECIDED)["rules"] == [
            "view-reads-its-server"
        ]

    _play(scene)


@pytest.mark.requirement("APPS-20")
@pytest.mark.parametrize("method", ["resources/list", "resources/templates/list", "prompts/list"])
def test_a_list_that_its_server_does_not_have_is_not_asked_for(method: str) -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        house.say(view, {"id": 1, "method": method})
        await until(lambda: house.answers(1))
        assert house.answers(1)[0]["error"]["code"] == -32601
        assert house.stage.connection.sent == []
        (hello,) = house.answers("hello")
        assert "serverResources" not in hello["result"]["hostCapabilities"]

    _play(scene, has=frozenset({"tools"}))


@pytest.mark.requirement("APPS-12")
def test_a_view_is_shown_the_tools_it_may_call_and_no_others() -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        house.tools = (tool("mine"), tool("models", visible_to_app=False))
        house.say(view, {"id": 1, "method": "tools/list"})
        await until(lambda: house.answers(1))
        assert [t["name"] for t in house.answers(1)[0]["result"]["tools"]] == ["mine"]

    _play(scene)


@pytest.mark.requirement("APPS-I15", "APPS-T03")
@pytest.mark.parametrize("id", [0, 7, "seven"])
def test_a_cancelled_call_is_cancelled_at_the_server_and_never_answered(id: int | str) -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        ended: list[str] = []

        async def slow(_exchange: object) -> Any:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("cancelled")

        house.stage.connection.replies.append(slow)
        house.say(view, {"id": id, "method": "tools/call", "params": {"name": "look"}})
        await until(lambda: house.stage.connection.sent)
        house.say(view, {"method": "notifications/cancelled", "params": {"requestId": id}})
        await until(lambda: ended)
        await until(lambda: house.stage.audit.of(AuditKind.ACTION_FAILED))
        assert house.answers(id) == []

    _play(scene)


@pytest.mark.requirement("APPS-I16", "APPS-T03")
def test_a_view_hears_that_its_call_is_alive_while_a_person_thinks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(requests, "PROGRESS_SECONDS", 0.001)

    async def scene(house: ViewHouse, view: ViewController) -> None:
        house.stage.broker.hold = asyncio.Event()
        view.gesture(1.0)
        params = {"name": "buy", "_meta": {"progressToken": 0}}
        house.say(view, {"id": 0, "method": "tools/call", "params": params})
        await eventually(lambda: len(house.said("notifications/progress")) > 2)
        tokens = {m["params"]["progressToken"] for m in house.said("notifications/progress")}
        steps = [m["params"]["progress"] for m in house.said("notifications/progress")]
        assert (tokens, house.answers(0)) == ({0}, [])
        assert steps == sorted(set(steps))
        house.stage.broker.hold.set()
        await eventually(lambda: house.answers(0))
        heard = len(house.said("notifications/progress"))
        await asyncio.sleep(0.01)
        assert len(house.said("notifications/progress")) == heard

    _play(scene)


def test_a_call_that_is_refused_is_an_error_and_a_link_that_is_refused_is_a_result() -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        house.say(view, {"id": 1, "method": "tools/call", "params": {"name": "buy"}})
        house.say(view, {"id": 2, "method": "ui/open-link", "params": {"url": "https://a.example"}})
        house.say(view, {"id": 3, "method": "ui/message", "params": {"content": _text("hello")}})
        await until(lambda: house.answers(1) and house.answers(2) and house.answers(3))
        assert house.answers(1)[0]["error"]["code"] == -32000
        assert [house.answers(n)[0]["result"] for n in (2, 3)] == [{"isError": True}] * 2
        assert (house.stage.opened, house.drafts) == ([], [])

    _play(scene)


@pytest.mark.requirement("APPS-33", "APPS-I07")
def test_the_context_of_a_view_is_its_own_and_the_answer_is_empty() -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        other = await house.ready()
        for number, one in enumerate((view, other)):
            params = {"content": _text(f"text {number}")}
            house.say(one, {"id": 1, "method": "ui/update-model-context", "params": params})
        house.say(view, {"id": 2, "method": "ui/update-model-context"})
        await until(lambda: len(house.answers(1)) == 2 and house.answers(2))
        assert house.contexts == [(view.id, "text 0"), (other.id, "text 1"), (view.id, "")]
        assert {str(m["result"]) for m in house.answers(1)} == {"{}"}

    _play(scene)


def _text(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text}]
