"""P3: over 10 000 fuzzed calls, no question is drawn that no person caused, and none that one did
cause is suppressed.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.errors import McpHostError, PolicyDenied, ServerRefused
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage, Root
from mcphost.domain.ports import Exchange, InputRequest
from mcphost.domain.principal import HOST, USER
from mcphost.domain.tool import Effect, Era
from tests.helpers.gate_parts import APP, MODEL, FakeConnection, Stage, asks_form, call, tool

CALLS = 10_000
PARAMS = asks_form()["inputRequests"]["q1"]["params"]  # type: ignore[index,call-overload]
DONE: JsonObject = {"content": []}


async def legacy_question(exchange: Exchange) -> JsonObject:
    """An older server that asks whether it may or not."""
    if exchange.on_input is None:
        raise ServerRefused(-32602, "nobody can be asked")
    request = InputRequest(method="elicitation/create", untrusted_params=PARAMS)
    await exchange.on_input(request)
    return DONE


def some_action(dice: random.Random) -> Action:
    principal = dice.choice([USER, MODEL, APP, HOST])
    roots = list(Root) if principal is APP else [Root.GESTURE, Root.BACKGROUND]
    lineage = Lineage(root=dice.choice(roots), started_at=0.0)
    action = call("look", principal=principal, lineage=lineage)
    if principal is HOST or dice.random() < 0.2:
        uri = dice.choice(["ui://shop/a.html", "file:///x"])
        return replace(
            action, kind=ActionKind.RESOURCE_READ, method="resources/read", params={"uri": uri}
        )
    return action


async def fuzz(stage: Stage, legacy: Stage, dice: random.Random) -> tuple[int, int, int]:
    wrong = suppressed = legitimate = 0
    for _ in range(CALLS):
        house = dice.choice([stage, legacy])
        action = some_action(dice)
        house.connection.replies = [asks_form(), DONE] if house is stage else [legacy_question]
        house.connection.sent.clear()
        house.audit.rows.clear()
        before, refused = len(house.broker.elicited), False
        try:
            called = tool("look") if action.kind is ActionKind.TOOL_CALL else None
            await house.gate.perform(action, tool=called)
        except PolicyDenied as error:
            refused = "elicit-needs-gesture" not in error.rules
        except McpHostError:
            refused = False
        drawn, due = len(house.broker.elicited) - before, action.lineage.may_prompt and not refused
        wrong += drawn and not action.lineage.may_prompt
        suppressed += due and bool(house.connection.sent) and not drawn
        legitimate += bool(drawn)
    return wrong, suppressed, legitimate


@pytest.mark.requirement("MCP-102")
def test_p3_no_question_is_drawn_that_no_person_caused() -> None:
    judged = {"look": Effect.READ}
    stage = Stage(judged=judged)
    legacy = Stage(judged=judged, connection=FakeConnection(era=Era.LEGACY))
    for house in (stage, legacy):
        house.broker.content = {"size": "L"}
    wrong, suppressed, legitimate = asyncio.run(fuzz(stage, legacy, random.Random(20261123)))
    assert (wrong, suppressed) == (0, 0)
    assert legitimate > CALLS / 10
