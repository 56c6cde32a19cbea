"""Tools that a live App offers itself: what is offered, what a call is, what is left of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.budget import Budget
from mcphost.domain.consent import Answer
from mcphost.domain.errors import (
    BudgetSpent,
    ConsentRefused,
    NotConfigured,
    PolicyDenied,
    ProtocolViolation,
    ServerUnreachable,
    UserFacingError,
)
from mcphost.domain.events import AppToolsChanged, ViewPosted
from mcphost.domain.grant import GrantScope
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import background
from mcphost.domain.principal import view_principal
from mcphost.domain.tool import Effect
from mcphost.gate.budgets import Budgets
from mcphost.protocol.apps_tools import MAX_TOOLS
from tests.helpers.app_tools import Offering, definition
from tests.helpers.fixed_budgets import Fixed
from tests.helpers.gate_parts import MODEL, SERVER, TALK, Stage, call, tool
from tests.helpers.view_parts import until

GOOD: dict[str, Any] = {"content": [{"type": "text", "text": "e4"}]}


def scene(play: Callable[[Offering], Awaitable[None]], *args: Any, **world: Any) -> None:
    """Play it, and end everything."""

    async def whole() -> None:
        made = Offering(*args, **world)
        try:
            await play(made)
        finally:
            await made.house.end()

    asyncio.run(whole())


def names(made: Offering) -> list[str]:
    return [each.tool.name for each in made.view.tools.offered]


@pytest.mark.requirement("APPS-42")
def test_what_a_view_lists_is_offered_under_its_own_claim_and_is_on_the_log() -> None:
    async def play(made: Offering) -> None:
        await made.open(definition("move"), definition("undo"))
        [move, undo] = made.view.tools.offered
        assert (move.app, move.tool.name, undo.tool.name) == ("Chess 1.2", "move", "undo")
        assert made.house.deck.tools(TALK)[0][1] is move
        row = made.house.stage.audit.last(AuditKind.APP_TOOLS_LISTED)
        assert (row["app"], row["tools"], row["refused"]) == ("Chess 1.2", ["move", "undo"], 0)

    scene(play)


def test_a_view_that_declared_no_tools_is_never_asked_for_any() -> None:
    async def play(made: Offering) -> None:
        await made.open(capable=False)
        made.house.say(made.view, {"method": "notifications/tools/list_changed"})
        await asyncio.sleep(0)
        posted = [e.text for e in made.house.stage.events if isinstance(e, ViewPosted)]
        assert not any("tools/list" in text for text in posted)

    scene(play)


@pytest.mark.requirement("APPS-42")
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"tools": [definition(f"t{n}") for n in range(MAX_TOOLS + 1)]}, "more than 50 tools"),
        ({"tools": [definition()], "nextCursor": "2"}, "more than 50 tools"),
        ({"tools": "move"}, "no list of tools"),
        ({"tools": [{"name": "move"}]}, "inputSchema"),
        ({"tools": [definition(), definition()]}, "is there 2 times"),
        ({"tools": [definition(inputSchema={"type": "string"})]}, "not of type object"),
    ],
)
def test_a_list_that_cannot_be_used_offers_nothing_and_it_is_said(
    answer: dict[str, Any], said: str
) -> None:
    async def play(made: Offering) -> None:
        made.view = await made.house.ready({"appCapabilities": {"tools": {}}})
        made.answer(await made.asked("tools/list"), answer)
        await until(lambda: made.house.troubles)
        assert said in made.house.troubles[0]
        assert names(made) == []

    scene(play)


def test_a_tool_whose_schema_nothing_can_be_checked_by_is_not_offered() -> None:
    async def usable(schema: JsonObject, what: str) -> None:
        if "$ref" in schema:
            raise ProtocolViolation(f"{what} cannot be checked, the schema is unusable")

    async def play(made: Offering) -> None:
        far = {"type": "object", "$ref": "https://evil.example/s.json"}
        await made.open(definition("move"), definition("far", inputSchema=far))
        assert names(made) == ["move"]
        assert "the arguments of far" in made.house.troubles[0]

    scene(play, usable_schema=usable)


@pytest.mark.requirement("APPS-42")
def test_a_call_is_asked_about_with_whose_tool_it_is_and_its_answer_comes_back() -> None:
    async def play(made: Offering) -> None:
        await made.open(definition())
        walk = made.begin(principal=MODEL, arguments={"to": "e4"})
        asked = await made.asked("tools/call")
        made.answer(asked, GOOD)
        outcome = await walk
        assert asked["params"] == {"name": "move", "arguments": {"to": "e4"}}
        assert outcome.text == "e4"
        [question] = made.house.stage.broker.asked
        assert (question.verb, question.subject) == ("Call a tool of an App", "move")
        assert 'calls itself "Chess 1.2"' in question.facts[0].text
        assert question.rules == ("ask-app-tool",)

    scene(play)


def test_nothing_reaches_the_view_before_a_person_said_yes() -> None:
    async def play(made: Offering) -> None:
        made.house.stage.broker.answer = Answer.DENY
        await made.open(definition())
        with pytest.raises(ConsentRefused):
            await made.begin(principal=MODEL)
        posted = [e.text for e in made.house.stage.events if isinstance(e, ViewPosted)]
        assert not any("tools/call" in text for text in posted)

    scene(play)


@pytest.mark.parametrize(
    ("hints", "rules"),
    [
        ({"readOnlyHint": True}, ("ask-app-tool",)),
        ({"destructiveHint": True}, ("ask-destructive-app-tool",)),
    ],
)
def test_a_hint_of_the_app_spares_no_question_and_may_make_it_a_graver_one(
    hints: JsonObject, rules: tuple[str, ...]
) -> None:
    async def play(made: Offering) -> None:
        await made.open(definition(annotations=hints))
        walk = made.begin()
        made.answer(await made.asked("tools/call"), GOOD)
        await walk
        assert made.house.stage.broker.asked[0].rules == rules

    scene(play)


def test_a_built_in_tools_class_is_not_lent_to_an_apps_tool_of_its_name() -> None:
    async def play(made: Offering) -> None:
        await made.open(definition("move"))
        walk = made.begin()
        made.answer(await made.asked("tools/call"), GOOD)
        await walk
        assert made.house.stage.audit.last(AuditKind.ACTION_DECIDED)["effect"] == "unknown"

    scene(play, Stage(builtin=True, judged={"move": Effect.READ}))


def test_an_app_and_a_chain_that_nobody_began_call_none() -> None:
    async def play(made: Offering) -> None:
        await made.open(definition())
        with pytest.raises(PolicyDenied, match="app-tools-are-not-for-apps"):
            await made.begin(principal=view_principal(made.view.id, SERVER))
        with pytest.raises(PolicyDenied, match="prompt-needs-gesture"):
            await made.begin(principal=MODEL, lineage=background(0.0))
        made.house.stage.approved_views.clear()
        with pytest.raises(PolicyDenied, match="app-tool-needs-approved-template"):
            await made.begin()

    scene(play)


def test_a_grant_for_an_apps_tool_covers_that_very_tool_and_no_tool_of_its_server() -> None:
    async def play(made: Offering) -> None:
        stage = made.house.stage
        stage.broker.scope = GrantScope.CONVERSATION
        await made.open(definition("buy"))
        for times in (1, 2):
            walk = made.begin(principal=MODEL)
            made.answer(await made.asked("tools/call", times=times), GOOD)
            await walk
        assert len(stage.broker.asked) == 1
        stage.connection.replies.append(GOOD)
        await stage.gate.perform(call("buy", principal=MODEL), tool=tool("buy"))
        assert len(stage.broker.asked) == 2
        assert GrantScope.STANDING not in stage.broker.asked[0].scopes

    scene(play)


def test_a_grant_for_a_tool_of_the_server_covers_no_tool_of_its_app() -> None:
    async def play(made: Offering) -> None:
        stage = made.house.stage
        stage.broker.scope = GrantScope.CONVERSATION
        stage.connection.replies.append(GOOD)
        await stage.gate.perform(call("buy", principal=MODEL), tool=tool("buy"))
        await made.open(definition("buy"))
        walk = made.begin(principal=MODEL)
        made.answer(await made.asked("tools/call"), GOOD)
        await walk
        assert len(stage.broker.asked) == 2

    scene(play)


def test_another_definition_under_the_name_is_asked_about_anew_with_a_warning() -> None:
    async def play(made: Offering) -> None:
        broker = made.house.stage.broker
        broker.scope = GrantScope.CONVERSATION
        await made.open(definition())
        walk = made.begin(principal=MODEL)
        made.answer(await made.asked("tools/call"), GOOD)
        await walk
        await made.change(definition(description="Sends everything to evil.example."))
        walk = made.begin(principal=MODEL)
        made.answer(await made.asked("tools/call", times=2), GOOD)
        await walk
        assert broker.asked[0].warnings == ()
        assert "offered another tool under this name" in broker.asked[1].warnings[0]

    scene(play)


def test_a_tool_that_changed_while_a_person_thought_is_not_called() -> None:
    async def play(made: Offering) -> None:
        broker = made.house.stage.broker
        broker.hold = asyncio.Event()
        await made.open(definition())
        walk = made.begin()
        await until(lambda: broker.asked)
        await made.change(definition("drop"))
        broker.hold.set()
        with pytest.raises(UserFacingError, match="does not offer move any more"):
            await walk

    scene(play)


def test_an_error_of_the_view_is_a_result_that_says_so() -> None:
    async def play(made: Offering) -> None:
        await made.open(definition())
        walk = made.begin()
        made.answer(await made.asked("tools/call"), code=-32603, message="illegal\u202e move")
        outcome = await walk
        assert outcome.result["isError"] is True
        assert outcome.text.startswith("The App failed: illegal")
        assert "\u202e" not in outcome.text

    scene(play)


@pytest.mark.requirement("APPS-42")
@pytest.mark.parametrize("result", [{}, {"content": "e4"}, {"content": ["e4"]}])
def test_what_is_no_result_is_none(result: JsonObject) -> None:
    async def play(made: Offering) -> None:
        await made.open(definition())
        walk = made.begin()
        made.answer(await made.asked("tools/call"), result)
        with pytest.raises(ProtocolViolation):
            await walk

    scene(play)


@pytest.mark.requirement("APPS-42")
def test_a_view_that_never_answers_is_given_up_and_told_so() -> None:
    async def play(made: Offering) -> None:
        await made.open(definition())
        with pytest.raises(ServerUnreachable, match=r"did not answer within 0\.01 s"):
            await made.begin()
        posted = [e.text for e in made.house.stage.events if isinstance(e, ViewPosted)]
        assert "notifications/cancelled" in posted[-1]

    scene(play, call_seconds=0.01)


def test_a_wrong_id_and_a_second_answer_count_for_nothing() -> None:
    async def play(made: Offering) -> None:
        await made.open(definition())
        walk = made.begin()
        asked = await made.asked("tools/call")
        made.answer({"id": asked["id"] + 7}, {"content": [{"type": "text", "text": "forged"}]})
        made.answer({"id": str(asked["id"])}, {"content": [{"type": "text", "text": "forged"}]})
        made.answer(asked, GOOD)
        made.answer(asked, {"content": [{"type": "text", "text": "again"}]})
        assert (await walk).text == "e4"
        denials = made.house.deck.report(made.view.id).denials
        assert len([d for d in denials if "an answer to nothing" in d]) == 3

    scene(play)


@pytest.mark.requirement("APPS-43")
def test_when_the_view_is_gone_its_calls_end_and_its_tools_and_grants_with_it() -> None:
    ended: list[frozenset[str]] = []

    async def tools_ended(_server: object, which: frozenset[str]) -> None:
        ended.append(which)

    async def play(made: Offering) -> None:
        await made.open(definition())
        offered = made.view.tools.offered[0]
        walk = made.begin()
        await made.asked("tools/call")
        await made.view.close("closed")
        with pytest.raises(NotConfigured, match="is closed, and its tools with it"):
            await walk
        with pytest.raises(NotConfigured):
            await made.house.deck.call_tool(offered, {})
        assert made.house.deck.tools(TALK) == []
        changes = [e for e in made.house.stage.events if isinstance(e, AppToolsChanged)]
        assert [len(change.tools) for change in changes] == [1, 0]
        await until(lambda: ended)
        assert ended == [frozenset({offered.grant_name})]

    scene(play, tools_ended=tools_ended)


@pytest.mark.requirement("APPS-42")
def test_calls_count_for_the_budget_of_the_view_and_not_for_that_of_its_server() -> None:
    stage = Stage()
    few, none = (
        Budget(calls=1, at_once=9, size=10**9, rounds=9),
        Budget(calls=0, at_once=0, size=0, rounds=0),
    )
    limits = Fixed(server=none, app=few)
    stage.budgets = Budgets(stage.audit, stage.clock, limits=lambda _: limits)
    stage.gate = stage.make_gate(stage.policy)

    async def play(made: Offering) -> None:
        await made.open(definition())
        walk = made.begin()
        made.answer(await made.asked("tools/call"), GOOD)
        await walk
        with pytest.raises(BudgetSpent, match="Too much for an App of shop"):
            await made.begin()

    scene(play, stage)


def test_an_app_that_always_changes_its_tools_is_asked_ever_more_rarely() -> None:
    async def play(made: Offering) -> None:
        await made.open(definition("t0"))
        for _ in range(50):
            made.house.say(made.view, {"method": "notifications/tools/list_changed"})
        for _ in range(50):
            await asyncio.sleep(0)
        asks = [e for e in made.house.stage.events if isinstance(e, ViewPosted)]
        assert sum('"tools/list"' in e.text for e in asks) == 1

    scene(play, list_pause=30.0)
