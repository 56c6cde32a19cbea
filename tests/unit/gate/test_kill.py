"""The kill switch on the path: asked before each frame, and again after a person has thought."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from mcphost.domain.action import ActionKind
from mcphost.domain.audit import AuditKind, AuditReceipt, AuditRecord
from mcphost.domain.errors import KillSwitchOn
from mcphost.domain.json import JsonObject
from mcphost.domain.kill import ALL, Kill
from mcphost.domain.tool import Effect
from mcphost.gate.kill import KillSwitch
from tests.helpers.gate_parts import FakeAudit, FakeConnection, Stage, call, tool

ON = (Kill(scope=ALL, who="user:local", how="window", at=0.0),)


class TurningAudit(FakeAudit):
    """A log that turns the switch while it writes a row of *at*: before it is durable, or after."""

    def __init__(self, at: AuditKind, turn: Callable[[], None]) -> None:
        super().__init__()
        self._at, self._turn = at, turn

    async def append(self, record: AuditRecord) -> AuditReceipt:
        receipt = await super().append(record)
        if record.kind is self._at:
            self._turn()
        return receipt


def stage_with(at: AuditKind | None = None) -> tuple[Stage, KillSwitch]:
    """A path with its switch, which *at* turns when a row of that kind has been written."""
    kill = KillSwitch()
    stage = Stage(judged={"look": Effect.READ}, connection=FakeConnection())
    if at is not None:
        stage.audit = TurningAudit(at, lambda: kill.turn(ON))
    stage.gate = stage.make_gate(stage.policy)
    stage.gate._rooms = replace(stage.gate._rooms, kill=kill)
    return stage, kill


def test_what_was_stopped_while_a_person_thought_has_no_effect() -> None:
    stage, kill = stage_with()
    link = call(
        kind=ActionKind.OPEN_LINK,
        method="ui/open-link",
        params={"url": "https://shop.example/"},
        server=None,
    )
    done: list[str] = []

    async def effect() -> JsonObject:
        done.append("opened")
        return {}

    walk = stage.gate.perform(link, effect=effect, on_approved=lambda _: kill.turn(ON))
    with pytest.raises(KillSwitchOn):
        asyncio.run(walk)
    assert stage.broker.asked
    assert done == []


def test_a_frame_does_not_leave_once_the_switch_is_on() -> None:
    stage, kill = stage_with()
    forge = stage.connection.forge

    def turn_and_go_on(message: dict[str, object]) -> dict[str, object]:
        kill.turn(ON)
        return forge(message)

    stage.connection.forge = turn_and_go_on
    with pytest.raises(KillSwitchOn):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.connection.sent == []
    assert stage.audit.of(AuditKind.FRAME_INTENDED) == []
    assert "kill switch" in str(stage.audit.last(AuditKind.FRAME_REFUSED)["reason"])


def test_a_frame_does_not_leave_when_the_switch_is_turned_while_its_row_is_written() -> None:
    stage, _ = stage_with(at=AuditKind.FRAME_INTENDED)
    with pytest.raises(KillSwitchOn):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.connection.sent == []
    assert stage.audit.of(AuditKind.FRAME_INTENDED)


def test_a_call_under_way_ends_when_its_server_is_stopped() -> None:
    stage, kill = stage_with()

    async def scene() -> None:
        async def never(_: object) -> JsonObject:
            await asyncio.Event().wait()
            return {}

        stage.connection.replies = [never]
        walk = asyncio.create_task(stage.gate.perform(call("look"), tool=tool("look")))
        while not stage.connection.sent:
            await asyncio.sleep(0)
        kill.turn(ON)
        assert kill.end_walks() == 1
        ended, _ = await asyncio.wait({walk}, timeout=5)  # which ends nothing by itself
        assert ended == {walk}
        with pytest.raises(KillSwitchOn):
            walk.result()

    asyncio.run(scene())
