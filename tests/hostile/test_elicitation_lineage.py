"""P3: over 10 000 fuzzed calls, no question is drawn that no person caused, and none that one did
cause is suppressed: in both eras, inside a call and inside the task that a server made of one.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
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
from tests.helpers.task_parts import FakeWatcher, asking, completed, created, task

CALLS = {"rounds": 4_000, "legacy": 4_000, "task": 2_500}
PARAMS = asks_form()["inputRequests"]["q1"]["params"]  # type: ignore[index,call-overload]
DONE: JsonObject = {"content": []}
LOOKS = 6


async def legacy_question(exchange: Exchange) -> JsonObject:
    """An older server that asks whether it may or not."""
    if exchange.on_input is None:
        raise ServerRefused(-32602, "nobody can be asked")
    request = InputRequest(method="elicitation/create", untrusted_params=PARAMS)
    await exchange.on_input(request)
    return DONE


class TaskServer:
    """Makes a task of whatever it is asked, declared or not, and asks in it until it is answered
    or has been looked at often enough.
    """

    def __init__(self, connection: FakeConnection, dice: random.Random) -> None:
        self.connection = connection
        self.keys = dice.randint(1, 3)
        self.first = dice.randint(0, 2)
        self.looks = 0
        self.given: set[str] = set()

    async def __call__(self, exchange: Exchange) -> JsonObject:
        message = self.connection.sent[-1]
        self.looks += message["method"] == "tasks/get"
        self.given |= message["params"].get("inputResponses", {}).keys()
        match message["method"]:
            case "tasks/get" if self.looks <= self.first:
                return task()
            case "tasks/get" if len(self.given) >= self.keys:
                return completed(DONE)
            case "tasks/get" if self.looks < LOOKS + self.first:
                one = {"method": "elicitation/create", "params": PARAMS}
                return asking({f"q{n}": one for n in range(self.keys)})
            case "tasks/get":
                return task("cancelled")
            case "tasks/update" | "tasks/cancel":
                return {"resultType": "complete"}
            case _:
                return created()


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


def some_watcher(dice: random.Random) -> FakeWatcher | None:
    if dice.random() < 0.25:
        return None
    opens = Lineage(root=Root.GESTURE, started_at=9.0, gesture="press")
    return FakeWatcher(
        attended=dice.random() < 0.5, opens=opens if dice.random() < 0.5 else None, nap=0.0
    )


def may_be_drawn(kind: str, action: Action, watcher: FakeWatcher | None) -> bool:
    """What the promise says, in words of its own."""
    if not action.lineage.may_prompt:
        return False
    if watcher is not None and (watcher.gesture or watcher.opens) is None:
        return False  # a badge that nobody opens
    if kind != "task":
        return True
    followed = watcher is not None and action.kind is ActionKind.TOOL_CALL
    by_app = action.principal is APP  # no rule lets an App have its call followed
    return followed and not by_app


def set_up(stage: Stage, kind: str, dice: random.Random) -> None:
    replies: dict[str, list[object]] = {
        "rounds": [asks_form(), DONE],
        "legacy": [legacy_question],
        "task": [TaskServer(stage.connection, dice)] * (3 * LOOKS),
    }
    stage.connection.replies = list(replies[kind])
    stage.connection.sent.clear()
    stage.audit.rows.clear()


async def fuzz(kind: str, house: Stage, dice: random.Random) -> Counter[str]:
    count: Counter[str] = Counter()
    for _ in range(CALLS[kind]):
        action, watcher = some_action(dice), some_watcher(dice)
        due, refused = may_be_drawn(kind, action, watcher), False
        set_up(house, kind, dice)
        before = len(house.broker.elicited)
        called = tool("look") if action.kind is ActionKind.TOOL_CALL else None
        try:
            await house.gate.perform(action, tool=called, watcher=watcher)
        except PolicyDenied as error:
            refused = "elicit-needs-gesture" not in error.rules
        except McpHostError:
            refused = False
        drawn = len(house.broker.elicited) - before
        count["wrong"] += bool(drawn) and not due
        count["suppressed"] += due and not refused and bool(house.connection.sent) and not drawn
        count["drawn"] += bool(drawn)
    return count


@pytest.mark.requirement("MCP-102")
@pytest.mark.requirement("MCP-189")
@pytest.mark.parametrize("kind", list(CALLS))
def test_p3_no_question_is_drawn_that_no_person_caused(kind: str) -> None:
    assert sum(CALLS.values()) >= 10_000
    era = Era.LEGACY if kind == "legacy" else Era.MODERN
    house = Stage(judged={"look": Effect.READ}, connection=FakeConnection(era=era), bounded=False)
    house.broker.content = {"size": "L"}
    count = asyncio.run(fuzz(kind, house, random.Random(20261123)))
    assert (count["wrong"], count["suppressed"]) == (0, 0), count
    assert CALLS[kind] / 10 < count["drawn"] < CALLS[kind] * 9 / 10, count
