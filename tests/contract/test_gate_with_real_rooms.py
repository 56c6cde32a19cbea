"""The path over the real log, schema worker, telemetry and the demo server in its own process."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mcphost.audit.log import AuditLog
from mcphost.audit.verify import verify_file
from mcphost.consent.desk import ConsentDesk
from mcphost.consent.elicitation import ElicitationDesk
from mcphost.consent.grants import Grants
from mcphost.domain.action import Action, ActionKind
from mcphost.domain.errors import ServerRefused, UserFacingError
from mcphost.domain.ids import Digest, InvocationId, ServerKey
from mcphost.domain.lineage import background
from mcphost.domain.principal import HOST, USER
from mcphost.domain.server import ServerConfig, StdioCommand
from mcphost.domain.tool import Era, Tool
from mcphost.gate.effects import EffectBook
from mcphost.gate.path import Gate, Outcome
from mcphost.schemas.pool import SchemaValidator
from mcphost.servers.catalog import list_tools
from mcphost.servers.launching import inspect
from mcphost.servers.limits import ServerLimits
from mcphost.servers.pool import ServerPool
from mcphost.telemetry.spans import Telemetry
from tests.helpers.gate_parts import TALK, FakeBroker, default_policy, gesture, memory_state

COMMAND = StdioCommand(argv=(sys.executable, "-m", "mcphost.demo"))
DEMO = ServerConfig(key=ServerKey("demo"), title="Demo", endpoint=COMMAND, builtin=True)


class NoEras:
    def remembered(self, identity: Digest) -> Era | None:
        return None

    def remember(self, identity: Digest, era: Era, protocol_version: str = "") -> None:
        return


@dataclass
class House:
    gate: Gate
    audit: AuditLog
    telemetry: Telemetry
    broker: FakeBroker
    opened: list[str]
    tools: dict[str, Tool]

    async def call(self, name: str, **arguments: Any) -> Outcome:
        params = {"name": name, "arguments": arguments}
        action = replace(action_of(ActionKind.TOOL_CALL, "tools/call"), params=params)
        return await self.gate.perform(action, tool=self.tools[name])

    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.audit.rows()]


def action_of(kind: ActionKind, method: str) -> Action:
    return Action(
        kind=kind,
        principal=USER,
        lineage=gesture(),
        invocation=InvocationId(f"{kind.value}-1"),
        method=method,
        params={},
        server=DEMO.key,
        conversation=TALK,
    )


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    log = folder / "audit.db"
    audit = await AuditLog.open(log, on_row=None, run_id="run-1", host_version="test")
    schemas, telemetry, broker = SchemaValidator(), Telemetry(), FakeBroker()
    opened: list[str] = []
    pool = ServerPool(
        host_name="mcphost",
        host_version="0",
        limits=ServerLimits(),
        audit=audit,
        era_memory=NoEras(),
    )
    gate = Gate(
        policy=default_policy(),
        effects=EffectBook(lambda identity, definition: None),
        consent=ConsentDesk(broker, audit, lambda event: None, time.monotonic),
        grants=Grants(memory_state().grants, audit, policy="", wall=time.time),
        elicitation=ElicitationDesk(
            broker, audit, lambda event: None, time.monotonic, opener=opened.append
        ),
        audit=audit,
        connections=pool.get,
        configs=lambda key: DEMO,
        schemas=schemas,
        telemetry=telemetry,
        clock=time.monotonic,
    )
    try:
        launch = await inspect(COMMAND, title=DEMO.title)
        connecting = action_of(ActionKind.CONNECT, "server/discover")
        connection = await gate.exchange(connecting, lambda e: pool.connect(DEMO, e, launch))
        listing = action_of(ActionKind.LIST, "tools/list")
        tools = await gate.exchange(listing, lambda e: list_tools(connection, e))
        yield House(gate, audit, telemetry, broker, opened, {tool.name: tool for tool in tools})
    finally:
        await pool.close_all()
        await schemas.close()
        telemetry.shutdown()
        await audit.close()
        assert verify_file(log).exit_code == 0


def inside(folder: Path, scenario: Callable[[House], Awaitable[None]]) -> None:
    async def run() -> None:
        async with house(folder) as home:
            await scenario(home)

    asyncio.run(run())


def test_a_read_of_the_demo_server_needs_no_consent(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        outcome = await home.call("garden_overview")
        assert outcome.decision.rules == ("read-tools",)
        assert "beds" in outcome.result["structuredContent"]  # type: ignore[operator]
        assert home.broker.asked == []
        finished = [row for row in home.rows() if row["kind"] == "action_finished"][-1]
        assert finished["data"]["schema_valid"] is True
        assert home.telemetry.finished()[-1].name == "execute_tool garden_overview"

    inside(tmp_path, scenario)


def test_a_write_is_sent_after_consent_to_its_exact_bytes(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        await home.call("record_watering", bed_id="herbs", litres=3)
        (request,) = home.broker.asked
        assert json.loads(request.canonical)["params"]["arguments"]["litres"] == 3
        finished = [row for row in home.rows() if row["kind"] == "action_finished"][-1]
        assert finished["data"]["executed_digest"] == request.digest

    inside(tmp_path, scenario)


def test_arguments_that_do_not_fit_never_reach_the_server(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        before = [row["kind"] for row in home.rows()].count("frame_intended")
        with pytest.raises(UserFacingError, match="litres"):
            await home.call("record_watering", bed_id="herbs", litres=4000)
        assert [row["kind"] for row in home.rows()].count("frame_intended") == before

    inside(tmp_path, scenario)


def test_a_form_is_answered_over_the_real_wire(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        home.broker.content = {"label": "South", "crop": "leek", "plants": 12}
        outcome = await home.call("plan_bed", bed_id="salad")
        assert outcome.rounds == 2
        assert "South" in outcome.text
        assert [r["data"]["round"] for r in home.rows() if r["kind"] == "frame_intended"][-2:] == [
            0,
            1,
        ]

    inside(tmp_path, scenario)


@pytest.mark.requirement("MCP-083")
def test_a_template_that_asks_in_the_background_gets_no_question(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        action = replace(
            action_of(ActionKind.RESOURCE_READ, "resources/read"),
            principal=HOST,
            lineage=background(0.0),
            params={"uri": "ui://garden/seed-swap.html"},
        )
        with pytest.raises((ServerRefused, UserFacingError)):
            await home.gate.perform(action)
        assert home.broker.elicited == []

    inside(tmp_path, scenario)


@pytest.mark.requirement("MCP-031", "MCP-098")
def test_a_payment_page_is_opened_by_the_host(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        await home.call("order_seeds", seed="kale", packets=1)
        assert len(home.opened) == 1
        assert home.opened[0].startswith("https://")

    inside(tmp_path, scenario)
