"""P3, many at once: Views of two servers of both eras, their timers, prefetch, models and people
act at the same time, every server asks whenever it is spoken to, and only what a person's press
stands behind is drawn.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.audit import AuditKind
from mcphost.domain.errors import McpHostError
from mcphost.domain.ids import InvocationId, ServerKey, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage, Root
from mcphost.domain.ports import Exchange
from mcphost.domain.principal import HOST, USER, view_principal
from mcphost.domain.tool import Effect, Era
from mcphost.views.gestures import Gestures
from tests.helpers.figures import say
from tests.helpers.gate_parts import (
    MODEL,
    OTHER,
    SERVER,
    FakeConnection,
    Stage,
    asks_form,
    call,
    tool,
)
from tests.hostile.test_elicitation_lineage import legacy_question

SEQUENCES, AT_ONCE = 2_010, 5
DONE: JsonObject = {"content": []}
VIEWS = {ViewId(f"view-{n}"): server for n, server in enumerate((SERVER, SERVER, OTHER, OTHER))}


class Asker(FakeConnection):
    """A server that puts a question into its first answer to every call."""

    async def request(self, method: str, params: JsonObject, exchange: Exchange) -> JsonObject:
        await self.emit(method, {**params, "_meta": {}}, exchange)
        await asyncio.sleep(0)  # the others go on
        if self.info.era is Era.LEGACY:
            return await legacy_question(exchange)
        return DONE if "inputResponses" in params else asks_form()


@dataclass
class Crowd(Stage):
    """The real path with two servers at its end, one of each era."""

    servers: dict[ServerKey, FakeConnection] = field(
        default_factory=dict[ServerKey, FakeConnection]
    )

    def connection_to(self, server: ServerKey) -> FakeConnection | None:
        return self.servers[server]


@dataclass
class Hand:
    """A person's presses in one View, and what the promise says of the next request there."""

    seen: Gestures
    pressed: float | None = None

    def acts(self, at: float, dice: random.Random) -> None:
        if dice.random() < 0.5:
            self.pressed = at - dice.choice([0.0, 0.4, 1.49, 1.51, 5.0])
            self.seen.seen(self.pressed)

    def covers(self, at: float) -> bool:
        """A press of at most 1.5 s ago that no request has used."""
        fresh = self.pressed is not None and 0.0 <= at - self.pressed <= 1.5
        self.pressed = None if fresh else self.pressed
        return fresh


@dataclass
class Scene:
    """Who acts in one sequence, and which of it may be asked about."""

    dice: random.Random
    hands: dict[ViewId, Hand] = field(
        default_factory=lambda: {view: Hand(Gestures(view=view)) for view in VIEWS}
    )
    due: set[str] = field(default_factory=set[str])
    count: int = 0

    def action(self, at: float) -> Action:
        self.count += 1
        name = InvocationId(f"i-{self.count}")
        who = self.dice.choice(["view", "view", "view", "model", "user", "host"])
        if who == "view":
            return self._of_view(name, at)
        server = self.dice.choice([SERVER, OTHER])
        root = self.dice.choice([Root.GESTURE, Root.BACKGROUND]) if who != "host" else None
        lineage = Lineage(root=root or Root.BACKGROUND, started_at=at)
        if root is Root.GESTURE:
            self.due.add(name)
        if who == "host":
            return _read(name, lineage, server)
        principal = MODEL if who == "model" else USER
        return call("look", principal=principal, lineage=lineage, server=server, invocation=name)

    def _of_view(self, name: InvocationId, at: float) -> Action:
        view = self.dice.choice(list(VIEWS))
        hand, server = self.hands[view], VIEWS[view]
        hand.acts(at, self.dice)
        lineage = hand.seen.lineage(at)
        if hand.covers(at):
            self.due.add(name)
        principal = view_principal(view, server)
        made = call("look", principal=principal, lineage=lineage, server=server, invocation=name)
        return replace(made, view=view)


def _read(name: InvocationId, lineage: Lineage, server: ServerKey) -> Action:
    """A prefetch."""
    return replace(
        call("look", principal=HOST, lineage=lineage, server=server, invocation=name),
        kind=ActionKind.RESOURCE_READ,
        method="resources/read",
        params={"uri": f"ui://{server}/a.html"},
    )


async def perform(house: Crowd, action: Action) -> None:
    called: Any = None
    if action.kind is ActionKind.TOOL_CALL:
        called = tool("look", server=action.server)
    try:
        await house.gate.perform(action, tool=called)
    except McpHostError:
        return


async def play(house: Crowd, dice: random.Random) -> Counter[str]:
    scene, count = Scene(dice), Counter[str]()
    for _ in range(SEQUENCES):
        house.audit.rows.clear()
        for server in house.servers.values():
            server.sent.clear()
        house.clock.now += dice.choice([0.1, 1.0, 3.0])
        acting = [scene.action(house.clock.now) for _ in range(AT_ONCE)]
        await asyncio.gather(*(perform(house, action) for action in acting))
        drawn = {row.invocation for row in house.audit.of(AuditKind.ELICITATION_ASKED)}
        due = {action.invocation for action in acting} & scene.due
        count["wrong"] += len(drawn - due)
        count["suppressed"] += len(due - drawn)
        count["drawn"] += len(drawn)
        count["actions"] += len(acting)
    return count


def test_p3_in_a_crowd_only_what_a_person_pressed_is_asked_about() -> None:
    servers: dict[ServerKey, FakeConnection] = {SERVER: Asker(), OTHER: Asker(era=Era.LEGACY)}
    house = Crowd(judged={"look": Effect.READ}, servers=servers)
    house.approved_views.update(VIEWS)
    house.broker.content = {"size": "L"}
    count = asyncio.run(play(house, random.Random(20261128)))
    say(f"P3, many at once: {dict(count)}")
    assert (count["wrong"], count["suppressed"]) == (0, 0), count
    assert count["actions"] >= 10_000
    assert count["actions"] / 10 < count["drawn"] < count["actions"] * 9 / 10
