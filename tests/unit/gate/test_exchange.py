"""Actions of several frames: connecting and listing."""

from __future__ import annotations

import asyncio

import pytest

from mcphost.domain.action import ActionKind
from mcphost.domain.audit import AuditKind
from mcphost.domain.errors import HostBugError, PolicyDenied
from mcphost.domain.lineage import background
from mcphost.domain.ports import Exchange, OutboundFrame
from mcphost.domain.principal import HOST
from tests.helpers.gate_parts import MODEL, Stage, call


def listing(**changes: object) -> object:
    plain = {"kind": ActionKind.LIST, "method": "tools/list", "params": {}, "view": None}
    return call(**{"principal": HOST, "lineage": background(0.0), **plain, **changes})  # type: ignore[arg-type]


async def two_pages(stage: Stage, exchange: Exchange) -> int:
    await stage.connection.request("tools/list", {}, exchange)
    await stage.connection.request("tools/list", {"cursor": "2"}, exchange)
    return 2


def test_every_frame_of_a_listing_is_recorded_before_it_leaves() -> None:
    stage = Stage()
    pages = asyncio.run(stage.gate.exchange(listing(), lambda e: two_pages(stage, e)))  # type: ignore[arg-type]
    assert pages == 2
    assert stage.audit.kinds() == [
        "action_decided",
        "frame_intended",
        "frame_intended",
        "action_finished",
    ]
    assert stage.connection.exchanges[0].elicitation is False


@pytest.mark.requirement("MCP-018")
def test_a_listing_cannot_carry_a_tool_call() -> None:
    stage = Stage()

    async def smuggle(exchange: Exchange) -> None:
        await stage.connection.request("tools/call", {"name": "buy"}, exchange)

    with pytest.raises(HostBugError, match="was not decided on"):
        asyncio.run(stage.gate.exchange(listing(), smuggle))  # type: ignore[arg-type]
    assert stage.connection.sent == []
    assert stage.audit.of(AuditKind.FRAME_REFUSED)


def test_a_frame_that_says_something_else_than_its_body_is_stopped() -> None:
    stage = Stage()
    body = b'{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{}}'

    async def smuggle(exchange: Exchange) -> None:
        await exchange.before_send(OutboundFrame(method="tools/list", request_id=1, body=body))

    with pytest.raises(HostBugError, match="not what it is said to be"):
        asyncio.run(stage.gate.exchange(listing(), smuggle))  # type: ignore[arg-type]
    assert stage.audit.of(AuditKind.FRAME_REFUSED)


def test_an_answer_to_a_question_that_nobody_was_asked_is_stopped() -> None:
    stage = Stage()
    body = b'{"jsonrpc":"2.0","id":7,"result":{"action":"accept","content":{"size":"L"}}}'

    async def smuggle(exchange: Exchange) -> None:
        frame = OutboundFrame(method="elicitation/create", request_id=7, body=body)
        await exchange.before_send(frame)

    with pytest.raises(HostBugError, match="answers a question that nobody was asked"):
        asyncio.run(stage.gate.exchange(listing(), smuggle))  # type: ignore[arg-type]
    assert stage.audit.of(AuditKind.FRAME_REFUSED)


@pytest.mark.parametrize("verb", ["DELETE", "GET"])
def test_a_request_without_a_message_to_an_old_server_is_recorded_and_let_go(verb: str) -> None:
    stage = Stage()

    async def ask(exchange: Exchange) -> None:
        await exchange.before_send(OutboundFrame(method=verb, request_id=None, body=b""))

    asyncio.run(stage.gate.exchange(listing(), ask))  # type: ignore[arg-type]
    assert stage.audit.last(AuditKind.FRAME_INTENDED)["method"] == verb


@pytest.mark.parametrize("verb", ["DELETE", "GET"])
def test_a_request_that_should_carry_nothing_carries_nothing(verb: str) -> None:
    stage = Stage()

    async def smuggle(exchange: Exchange) -> None:
        await exchange.before_send(OutboundFrame(method=verb, request_id=None, body=b"secret"))

    with pytest.raises(HostBugError, match="not a JSON-RPC message"):
        asyncio.run(stage.gate.exchange(listing(), smuggle))  # type: ignore[arg-type]
    assert stage.audit.of(AuditKind.FRAME_REFUSED)


def test_a_model_cannot_connect_servers() -> None:
    stage = Stage(added=["permit(principal, action, resource);"])
    connecting = listing(kind=ActionKind.CONNECT, method="initialize", principal=MODEL)
    with pytest.raises(PolicyDenied, match="only-people-start-servers"):
        asyncio.run(stage.gate.exchange(connecting, lambda e: two_pages(stage, e)))  # type: ignore[arg-type]


def test_a_tool_call_is_not_an_exchange() -> None:
    stage = Stage()
    with pytest.raises(HostBugError, match="use perform"):
        asyncio.run(stage.gate.exchange(call(), lambda e: two_pages(stage, e)))
