"""When a decision is on the log: with the row that follows it, and never after what it allows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.audit import AuditKind
from mcphost.domain.errors import ServerUnreachable, StorageError, UserFacingError
from mcphost.domain.json import JsonObject
from mcphost.domain.tool import Effect
from mcphost.telemetry import names
from tests.helpers.gate_parts import APP, FakeConnection, Stage, call, tool


def reading(*replies: Any) -> Stage:
    return Stage(judged={"look": Effect.READ}, connection=FakeConnection(*replies))


def test_a_plain_yes_and_the_frame_it_lets_out_are_one_commit() -> None:
    stage = reading()
    asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.audit.commits == [["action_decided", "frame_intended"], ["action_finished"]]
    assert stage.audit.last(AuditKind.FRAME_INTENDED)["decided_seq"] == 1
    assert stage.telemetry.spans[-1].attributes[names.AUDIT_SEQ] == 1


def test_a_log_that_takes_neither_row_lets_nothing_out() -> None:
    stage = reading()

    def break_log(message: dict[str, Any]) -> dict[str, Any]:
        stage.audit.broken = True
        return message

    stage.connection.forge = break_log
    with pytest.raises(StorageError):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.connection.sent == []
    assert "frame_intended" not in stage.audit.kinds()


def test_a_person_is_asked_when_the_decision_is_on_the_log() -> None:
    stage = Stage()
    asyncio.run(stage.gate.perform(call(), tool=tool()))
    assert stage.broker.asked
    assert stage.audit.commits[0] == ["action_decided"]
    assert stage.audit.kinds()[1] == "consent_asked"


def test_a_refusal_is_a_row_of_its_own() -> None:
    stage = Stage(added=["forbid(principal, action, resource);"])
    with pytest.raises(UserFacingError):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.audit.commits == [["action_decided"]]


def test_what_is_done_inside_the_host_is_done_after_its_decision_is_on_the_log() -> None:
    stage = Stage(added=["permit(principal, action, resource);"])
    found: list[list[str]] = []

    async def effect() -> JsonObject:
        found.append(stage.audit.kinds())
        return {}

    text = call(principal=APP, kind=ActionKind.CONTEXT_UPDATE, method="ui/update-model-context")
    asyncio.run(stage.gate.perform(replace(text, params={"text": "a note"}), effect=effect))
    assert found == [["action_decided"]]


def test_who_waits_for_a_yes_hears_it_when_it_is_on_the_log() -> None:
    stage = reading()
    found: list[list[str]] = []

    def hear(_action: Action) -> None:
        found.append(stage.audit.kinds())

    asyncio.run(stage.gate.perform(call("look"), tool=tool("look"), on_approved=hear))
    assert found == [["action_decided"]]


def test_a_walk_that_ends_before_its_frame_names_its_decision() -> None:
    stage = reading()
    stage.connected = False
    with pytest.raises(ServerUnreachable):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.audit.commits == [["action_decided", "action_failed"]]
    assert stage.audit.last(AuditKind.ACTION_FAILED)["decided_seq"] == 1


def test_a_walk_that_is_cancelled_before_its_frame_leaves_both_rows() -> None:
    stage = reading()

    async def scene() -> None:
        waiting = asyncio.Event()

        async def wait(*_: object, **__: object) -> None:
            waiting.set()
            await asyncio.Event().wait()

        stage.schemas.check_arguments = wait  # type: ignore[method-assign]
        walk = asyncio.create_task(stage.gate.perform(call("look"), tool=tool("look")))
        await waiting.wait()
        walk.cancel()
        with pytest.raises(asyncio.CancelledError):
            await walk

    asyncio.run(scene())
    assert stage.audit.kinds() == ["action_decided", "action_failed"]
