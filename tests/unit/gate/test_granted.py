"""A grant on the path: asked last, used once for a call, and never by two calls at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.consent import ConsentAnswer
from mcphost.domain.decision import Tier
from mcphost.domain.errors import PolicyDenied
from mcphost.domain.grant import GrantOffer, GrantScope
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage, Root
from mcphost.domain.tool import Effect, PinState
from mcphost.gate.effects import EffectBook
from tests.helpers.gate_parts import (
    APP,
    MODEL,
    FakeConnection,
    Stage,
    asks_form,
    call,
    config,
    tool,
)

DONE: JsonObject = {"content": [{"type": "text", "text": "done"}]}
FORBID = '@id("no-more") forbid(principal, action == McpHost::Action::"tool_call", resource);'


def granted(scope: GrantScope, *replies: object, uses: int | None = None) -> Stage:
    """A model was granted `buy` for *scope*; nothing of it is used yet."""
    stage = Stage(judged={"buy": Effect.WRITE}, connection=FakeConnection(DONE, *replies))

    def lasting(answer: ConsentAnswer) -> ConsentAnswer:
        offer = stage.broker.asked[-1].offer(scope)
        assert offer is not None
        return replace(answer, offer=offer)

    stage.broker.tamper = lasting
    asyncio.run(stage.gate.perform(call(principal=MODEL), tool=tool()))
    stage.broker.tamper = lambda answer: answer
    if uses is not None:
        (grant,) = asyncio.run(stage.grants.all())
        for _ in range(grant.max_uses - uses):
            assert stage.grants.take(grant)
    return stage


def again(stage: Stage, **changes: object) -> None:
    action = call(principal=MODEL, **changes)  # type: ignore[arg-type]
    asyncio.run(stage.gate.perform(action, tool=tool()))


@pytest.mark.parametrize("scope", [GrantScope.TASK, GrantScope.CONVERSATION, GrantScope.STANDING])
def test_two_calls_at_once_never_share_the_last_use(scope: GrantScope) -> None:
    stage = granted(scope, DONE, DONE, uses=1)

    async def both() -> None:
        calls = (stage.gate.perform(call(principal=MODEL), tool=tool()) for _ in range(2))
        await asyncio.gather(*calls)

    asyncio.run(both())
    assert len(stage.audit.of(AuditKind.GRANT_USED)) == 1
    assert len(stage.broker.asked) == 2


def test_a_task_grant_ends_with_its_turn() -> None:
    stage = granted(GrantScope.TASK, DONE, DONE)
    again(stage)
    assert len(stage.broker.asked) == 1
    again(stage, lineage=Lineage(root=Root.GESTURE, started_at=0.0, gesture="click-2"))
    assert len(stage.broker.asked) == 2


def test_a_call_takes_one_use_however_often_its_server_asks_back() -> None:
    stage = granted(GrantScope.CONVERSATION, asks_form(), asks_form(), DONE)
    stage.broker.content = {"size": "L"}
    again(stage)
    assert len(stage.audit.of(AuditKind.GRANT_USED)) == 1
    decided = [row.data for row in stage.audit.of(AuditKind.ACTION_DECIDED)]
    assert len({row["grant"] for row in decided if "grant" in row}) == 1


def test_a_forbid_outranks_every_grant() -> None:
    stage = granted(GrantScope.STANDING)
    stage.gate = stage.make_gate(Stage(added=(FORBID,)).policy)
    with pytest.raises(PolicyDenied, match="no-more"):
        again(stage)
    assert stage.audit.of(AuditKind.GRANT_USED) == []


def test_a_tool_that_turns_out_to_destroy_is_asked_about_again() -> None:
    stage = granted(GrantScope.STANDING, DONE)
    stage.judged = {"buy": Effect.DESTRUCTIVE}
    stage.gate = stage.make_gate(stage.policy)
    again(stage)
    assert [request.tier for request in stage.broker.asked][-1] is Tier.EVERY_TIME


def test_a_models_grant_does_not_cover_an_app_nor_the_reverse() -> None:
    stage = granted(GrantScope.CONVERSATION, DONE, DONE)
    asyncio.run(stage.gate.perform(call(principal=APP), tool=tool()))
    assert len(stage.broker.asked) == 2


def test_a_grant_that_was_not_offered_is_a_refusal() -> None:
    stage = Stage(judged={"wipe": Effect.DESTRUCTIVE})
    made_up = GrantOffer(scope=GrantScope.STANDING, words="", seconds=1e9, uses=10**6)
    stage.broker.tamper = lambda answer: replace(answer, offer=made_up)
    with pytest.raises(Exception, match="withdrawn"):
        asyncio.run(stage.gate.perform(call("wipe"), tool=tool("wipe")))
    assert stage.audit.of(AuditKind.GRANT_ISSUED) == []
    assert stage.connection.sent == []


def test_the_book_of_effects_follows_what_is_remembered() -> None:
    def book(remembered: PinState) -> EffectBook:
        return EffectBook(lambda _identity, _definition: None, pins=lambda _i, _t: remembered)

    assert [book(state).pin_of(config(), tool()) for state in PinState] == list(PinState)
