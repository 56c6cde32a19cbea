"""Headers that a server refuses: its tools are listed anew, and the call is put once more."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.consent import Answer
from mcphost.domain.errors import ConsentRefused, ServerRefused, UserFacingError
from mcphost.domain.grant import GrantScope
from mcphost.domain.json import canonical_digest
from mcphost.domain.tool import Effect, Era, Tool
from tests.helpers.gate_parts import FakeConnection, Stage, asks_form, call, tool

MISMATCH = ServerRefused(-32020, "Header mismatch")
REGION = (("region",), "Region")
ARGUMENTS = {"region": "north", "secret": "s"}


def changed(name: str = "buy", *parameters: tuple[tuple[str, ...], str]) -> Tool:
    """*name* as its server defines it now."""
    definition = {"name": name, "inputSchema": {"type": "object"}, "description": "New."}
    return tool(
        name,
        definition=definition,
        definition_digest=canonical_digest(definition),
        header_parameters=parameters,
    )


def refusing(*replies: Any, **more: Any) -> Stage:
    return Stage(connection=FakeConnection(*replies), **more)


def buy(stage: Stage, **more: Any) -> Any:
    return asyncio.run(stage.gate.perform(call(arguments=ARGUMENTS), tool=tool(**more)))


@pytest.mark.requirement("MCP-055")
def test_a_changed_tool_is_asked_about_again_and_sent_by_its_new_definition() -> None:
    stage = refusing(MISMATCH, {"content": []})
    stage.now_listed["buy"] = changed("buy", REGION)
    outcome = buy(stage)
    first, second = stage.broker.asked
    assert (first.again, first.repeated) == ("", ())
    assert second.again.endswith("the definition of this one has changed")
    assert second.repeated == ("region (header Mcp-Param-Region)",)
    assert [each.mirrored for each in stage.connection.exchanges] == [(), (REGION,)]
    assert (stage.relisted, outcome.rounds) == (["buy"], 2)


@pytest.mark.requirement("MCP-055")
def test_the_second_attempt_leaves_the_same_rows_as_the_first() -> None:
    stage = refusing(MISMATCH, {"content": []})
    buy(stage)
    once = ["action_decided", "consent_asked", "consent_answered", "frame_intended"]
    assert stage.audit.kinds() == [*once, *once, "action_finished"]
    first, second = stage.audit.of(AuditKind.FRAME_INTENDED)
    assert first.data["decided_seq"] != second.data["decided_seq"]


def test_a_yes_to_the_first_attempt_is_none_to_the_second() -> None:
    stage = refusing(MISMATCH, {"content": []})

    async def scene() -> None:
        task = asyncio.create_task(stage.gate.perform(call(), tool=tool()))
        while not stage.relisted:
            await asyncio.sleep(0)
        stage.broker.answer = Answer.DENY
        with pytest.raises(ConsentRefused):
            await task

    asyncio.run(scene())
    assert len(stage.connection.sent) == 1


def test_a_grant_for_the_old_definition_does_not_cover_the_new_one() -> None:
    stage = refusing({"content": []}, MISMATCH, {"content": []})
    stage.broker.scope = GrantScope.CONVERSATION
    buy(stage)
    stage.now_listed["buy"] = changed()
    buy(stage)
    assert [request.again != "" for request in stage.broker.asked] == [False, True]


@pytest.mark.requirement("MCP-055")
def test_what_needs_no_consent_is_sent_again_without_asking_but_once_only() -> None:
    stage = refusing(MISMATCH, MISMATCH, {"content": []}, judged={"look": Effect.READ})
    with pytest.raises(ServerRefused):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert (len(stage.connection.sent), stage.broker.asked) == (2, [])


def test_a_tool_that_is_gone_is_not_called_again() -> None:
    stage = refusing(MISMATCH)
    stage.now_listed["buy"] = None
    with pytest.raises(UserFacingError, match="buy refused its headers and is not offered"):
        buy(stage)
    assert len(stage.connection.sent) == 1


def test_arguments_are_checked_against_the_new_definition() -> None:
    stage = refusing(MISMATCH)
    stage.now_listed["buy"] = changed("buy", (("secret",), "S"))

    async def scene() -> None:
        odd = call(arguments={"secret": ["no", "header"]})
        with pytest.raises(UserFacingError, match="secret must be text"):
            await stage.gate.perform(odd, tool=tool())

    asyncio.run(scene())
    assert (len(stage.connection.sent), len(stage.broker.asked)) == (1, 1)


@pytest.mark.requirement("MCP-055")
@pytest.mark.parametrize(
    ("era", "replies"),
    [
        (Era.LEGACY, [MISMATCH]),
        (Era.MODERN, [ServerRefused(-32001, "Header mismatch")]),
        (Era.MODERN, [asks_form(), MISMATCH]),
    ],
    ids=["an older server", "another code", "after an answer"],
)
def test_nothing_else_is_tried_again(era: Era, replies: list[Any]) -> None:
    stage = Stage(connection=FakeConnection(*replies, era=era))
    stage.broker.content = {"size": "L"}
    with pytest.raises(ServerRefused):
        buy(stage)
    assert (stage.relisted, len(stage.connection.sent)) == ([], len(replies))
