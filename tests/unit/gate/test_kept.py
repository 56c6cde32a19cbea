"""An answer that was kept is decided on and recorded like any other, and the row is honest."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mcphost.domain.action import ActionKind
from mcphost.domain.audit import AuditKind
from mcphost.domain.errors import HostBugError, PolicyDenied
from mcphost.domain.json import JsonObject
from mcphost.domain.ports import Exchange, Kept
from tests.helpers.gate_parts import FakeConnection, Stage, call

RESULT: dict[str, Any] = {"contents": [{"uri": "ui://a", "text": "kept"}]}
READ = call(kind=ActionKind.RESOURCE_READ, method="resources/read", params={"uri": "ui://a"})
LIST = call(kind=ActionKind.LIST, method="tools/list", params={})


class Keeping(FakeConnection):
    """Answers without sending. *sends*: it tried first."""

    def __init__(self, kept: Kept | None, *, sends: bool = False) -> None:
        super().__init__()
        self.kept, self.sends = kept, sends

    async def request(self, method: str, params: JsonObject, exchange: Exchange) -> JsonObject:
        if self.sends:
            await self.emit(method, params, exchange)
        assert exchange.on_kept is not None
        if self.kept is not None:
            exchange.on_kept(self.kept)
        return RESULT


def read(stage: Stage) -> Any:
    return asyncio.run(stage.gate.perform(READ))


def test_a_kept_answer_leaves_no_frame_row_and_its_outcome_says_so() -> None:
    stage = Stage(connection=Keeping(Kept(age=1.5, stale=False)))
    outcome = read(stage)
    assert (outcome.result, outcome.rounds, outcome.kept.stale) == (RESULT, 0, False)
    assert stage.audit.kinds() == ["action_decided", "action_finished"]
    row = stage.audit.last(AuditKind.ACTION_FINISHED)
    assert (row["kept"], row["kept_milliseconds"], row["rounds"]) == ("fresh", 1500, 0)
    assert row["executed_digest"] is None


@pytest.mark.requirement("MCP-135")
def test_a_stale_answer_says_that_the_server_was_tried() -> None:
    stage = Stage(connection=Keeping(Kept(age=90, stale=True), sends=True))
    read(stage)
    assert stage.audit.kinds() == ["action_decided", "frame_intended", "action_finished"]
    row = stage.audit.last(AuditKind.ACTION_FINISHED)
    assert (row["kept"], row["rounds"]) == ("stale", 1)


def test_the_policy_decides_on_a_kept_answer_every_time() -> None:
    forbid = '@id("no") forbid(principal, action == McpHost::Action::"resource_read", resource);'
    stage = Stage(added=(forbid,), connection=Keeping(Kept(age=1, stale=False)))
    with pytest.raises(PolicyDenied):
        read(stage)
    assert stage.audit.kinds() == ["action_decided"]


def test_a_result_from_nowhere_is_a_bug_still() -> None:
    stage = Stage(connection=Keeping(None))
    with pytest.raises(HostBugError):
        read(stage)


def test_a_list_tells_how_many_of_its_pages_were_kept() -> None:
    stage = Stage(connection=Keeping(Kept(age=2, stale=False)))

    async def converse(exchange: Exchange) -> None:
        await stage.connection.request("tools/list", {}, exchange)

    asyncio.run(stage.gate.exchange(LIST, converse))
    assert stage.audit.last(AuditKind.ACTION_FINISHED)["kept"] == "fresh"
