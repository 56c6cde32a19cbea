"""A server that is removed, connected again or changed leaves nothing of its old self."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from mcphost.consent.grants import Grants
from mcphost.consent.pins import ToolPins
from mcphost.domain.audit import AuditKind
from mcphost.domain.decision import Tier
from mcphost.domain.errors import BudgetSpent, McpHostError, NotConfigured, ServerUnreachable
from mcphost.domain.events import Event, ServerChanged, ServerRemoved
from mcphost.domain.grant import GrantOffer, GrantScope, GrantUse
from mcphost.domain.ids import RequestId, ServerKey
from mcphost.domain.sizes import MIB
from mcphost.domain.summaries import Link
from mcphost.domain.tool import Tool
from mcphost.host.fleet import Fleet
from mcphost.host.launches import LaunchBook
from tests.helpers.gate_parts import MODEL, SERVER, FakeAudit, call, config, memory_state, tool
from tests.helpers.launches import MemorySettings


class FakeLine:
    """A connection that only ends."""

    def __init__(self) -> None:
        self.on_list_changed: Any = None
        self.info: Any = SimpleNamespace(capabilities={})
        self.closed = False

    async def close(self) -> None:
        self.closed = True


class FakeScout:
    """Finds *tools*, after *hold*; *failure* is raised instead."""

    def __init__(self) -> None:
        self.hold = asyncio.Event()
        self.hold.set()
        self.line = FakeLine()
        self.found: tuple[Tool, ...] = (tool(),)
        self.failure: McpHostError | None = None
        self.said: str | None = None

    async def open(self, *_whatever: object) -> FakeLine:
        await self.hold.wait()
        return self.line

    async def tools(self, *_whatever: object) -> tuple[Tool, ...]:
        if self.failure is not None:
            raise self.failure
        return self.found

    async def prefetch(self, *_whatever: object) -> None:
        if self.said is not None:
            self.line.on_list_changed(self.said)


class FakePool:
    """Knows one connection, or none."""

    def __init__(self) -> None:
        self.line: Any = None

    def get(self, _key: ServerKey) -> Any:
        return self.line

    async def close(self, _key: ServerKey) -> None:
        return


class FakeStore:
    """Keeps nothing."""

    async def remove(self, _config: object) -> None:
        return

    async def save(self, _config: object) -> None:
        return


class House:
    """A fleet with one server and its surroundings."""

    def __init__(self) -> None:
        self.scout, self.pool = FakeScout(), FakePool()
        self.audit = FakeAudit()
        self.events: list[Event] = []
        state = memory_state()
        self.grants = Grants(state.grants, self.audit, policy="", wall=time.time)
        self.pins = ToolPins(state, self.audit, self.grants, wall=time.time)
        self.tasks: list[asyncio.Task[object]] = []
        parts: Any = {"scout": self.scout, "pool": self.pool, "templates": None}
        parts["launches"] = LaunchBook(MemorySettings())
        self.fleet = Fleet(
            **parts,
            store=FakeStore(),  # pyright: ignore[reportArgumentType]
            audit=self.audit,
            events=self.events.append,
            effect=lambda _config, _tool: None,  # type: ignore[arg-type,return-value]
            spawn=self._spawn,
            grants=self.grants,
            pins=self.pins,
        )
        self.fleet.know(config())

    def _spawn(self, work: Coroutine[Any, Any, object], *, name: str) -> None:
        self.tasks.append(asyncio.create_task(work, name=name))


def test_a_server_removed_while_it_is_connected_is_let_go() -> None:
    async def scene() -> None:
        house = House()
        house.scout.hold.clear()
        connecting = asyncio.create_task(house.fleet.connect(SERVER))
        await asyncio.sleep(0.01)
        await house.fleet.remove(SERVER)
        house.scout.hold.set()
        with pytest.raises(NotConfigured, match="removed"):
            await connecting
        assert house.scout.line.closed
        removed = [isinstance(event, ServerRemoved) for event in house.events].index(True)
        assert not [e for e in house.events[removed:] if isinstance(e, ServerChanged)]

    asyncio.run(scene())


@pytest.mark.parametrize(("most", "said"), [(None, None), (32 * MIB, 32 * MIB)])
def test_the_row_of_a_new_server_says_which_bound_was_chosen(
    most: int | None, said: int | None
) -> None:
    async def scene() -> None:
        house = House()
        await house.fleet.add(replace(config(), key=ServerKey("roomy"), max_message=most))
        [row] = [row for row in house.audit.rows if row.kind is AuditKind.SERVER_ADDED]
        assert row.data.get("max_message") == said

    asyncio.run(scene())


def test_what_people_granted_for_a_server_goes_with_it() -> None:
    async def scene() -> None:
        house = House()
        offer = GrantOffer(scope=GrantScope.STANDING, words="", seconds=100.0, uses=5)
        use = GrantUse(
            principal=MODEL,
            server=SERVER,
            identity=config().identity,
            tool="buy",
            definition=tool().definition_digest,
            policy="",
        )
        request = RequestId("q1")
        await house.grants.issue(offer, use, call(), tier=Tier.FIRST_USE, request=request)
        await house.fleet.remove(SERVER)
        assert house.grants.covering(use, {}, Tier.FIRST_USE) == []
        assert house.audit.of(AuditKind.GRANT_REVOKED)

    asyncio.run(scene())


def test_nothing_is_called_by_old_definitions_while_a_server_is_connected_again() -> None:
    async def scene() -> None:
        house = House()
        await house.fleet.connect(SERVER)
        assert house.fleet.lists(tool())
        house.scout.hold.clear()
        again = asyncio.create_task(house.fleet.connect(SERVER))
        await asyncio.sleep(0.01)
        assert not house.fleet.lists(tool())
        house.scout.hold.set()
        await again
        assert house.fleet.lists(tool())

    asyncio.run(scene())


def test_a_changed_list_that_cannot_be_read_leaves_nothing_to_call_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mcphost.host.upkeep.REFRESH_SECONDS", 0.0)

    async def scene() -> None:
        house = House()
        await house.fleet.connect(SERVER)
        house.pool.line, house.scout.failure = house.scout.line, ServerUnreachable("gone")
        house.scout.line.on_list_changed("tools")
        await asyncio.gather(*house.tasks)
        assert house.fleet.tools(SERVER) == ()

    asyncio.run(scene())


def test_what_only_the_budget_held_back_is_listed_again_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mcphost.host.upkeep.REFRESH_SECONDS", 0.0)
    monkeypatch.setattr("mcphost.host.upkeep.HELD_SECONDS", 0.0)

    async def scene() -> None:
        house = House()
        await house.fleet.connect(SERVER)
        house.pool.line, house.scout.failure = house.scout.line, BudgetSpent("too much")
        house.scout.line.on_list_changed("tools")
        await house.tasks[-1]
        assert house.fleet.tools(SERVER) == ()
        house.scout.failure = None
        await house.tasks[-1]
        assert house.fleet.tools(SERVER) == house.scout.found
        assert len(house.tasks) == 2

    asyncio.run(scene())


def test_a_tool_is_listed_only_by_its_exact_definition() -> None:
    async def scene() -> None:
        house = House()
        await house.fleet.connect(SERVER)
        assert not house.fleet.lists(tool(definition_digest="0" * 64))
        assert house.fleet.has(config())
        assert not house.fleet.has(config(builtin=True))

    asyncio.run(scene())


def test_a_change_that_is_told_while_templates_are_fetched_is_not_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mcphost.host.upkeep.REFRESH_SECONDS", 0.0)

    async def scene() -> None:
        house = House()
        house.scout.said = "tools"
        house.pool.line = house.scout.line
        await house.fleet.connect(SERVER)
        house.scout.said = None
        house.scout.found = (tool("newcomer"),)
        await asyncio.gather(*house.tasks)
        assert [found.name for found in house.fleet.tools(SERVER)] == ["newcomer"]

    asyncio.run(scene())


def test_a_server_whose_lists_never_settle_offers_nothing_until_it_is_connected_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mcphost.host.upkeep.REFRESH_SECONDS", 0.0)
    monkeypatch.setattr("mcphost.host.upkeep.MAX_REFRESHES", 3)

    async def scene() -> None:
        house = House()
        house.pool.line = house.scout.line
        await house.fleet.connect(SERVER)
        for _ in range(3):
            house.scout.line.on_list_changed("tools")
            await asyncio.gather(*house.tasks)
        assert house.fleet.lists(tool())
        house.scout.line.on_list_changed("tools")
        assert not house.fleet.lists(tool())
        [line] = house.fleet.summaries()
        assert "connect it again" in line.problem
        await house.fleet.connect(SERVER)
        assert house.fleet.lists(tool())
        assert house.fleet.summaries()[0].problem == ""

    asyncio.run(scene())


def test_a_list_read_when_the_server_is_no_longer_believed_is_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mcphost.host.upkeep.REFRESH_SECONDS", 0.0)
    monkeypatch.setattr("mcphost.host.upkeep.MAX_REFRESHES", 1)

    async def scene() -> None:
        house = House()
        house.pool.line = house.scout.line
        await house.fleet.connect(SERVER)
        house.scout.said = "tools"  # while the refresh prefetches, the server speaks again
        house.scout.line.on_list_changed("tools")
        await asyncio.gather(*house.tasks)
        assert house.fleet.tools(SERVER) == ()
        assert "connect it again" in house.fleet.summaries()[0].problem

    asyncio.run(scene())


def test_a_refresh_does_not_revive_a_server_that_could_not_be_connected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mcphost.host.upkeep.REFRESH_SECONDS", 0.0)

    async def scene() -> None:
        house = House()
        house.pool.line = house.scout.line
        await house.fleet.connect(SERVER)
        house.scout.line.on_list_changed("tools")
        house.scout.failure = ServerUnreachable("gone")
        with pytest.raises(ServerUnreachable):
            await house.fleet.connect(SERVER)
        house.scout.failure = None
        await asyncio.gather(*house.tasks)
        assert house.fleet.tools(SERVER) == ()
        assert house.fleet.summaries()[0].link is Link.FAILED

    asyncio.run(scene())
