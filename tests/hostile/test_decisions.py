"""AC-3: every request, retry, round and View call has a decision of its own; nothing is cached, and
under an empty policy nothing leaves at all. As the server at the other end sees it.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mcphost.assets import asset_text
from mcphost.domain.conversation import RunState
from mcphost.domain.decision import Decision
from mcphost.domain.errors import McpHostError, PolicyDenied
from mcphost.domain.json import JsonObject
from mcphost.domain.tool import Effect
from mcphost.policy.engine import PolicyEngine
from mcphost.policy.facts import Facts
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import call, join, open_app, run_tool
from tests.helpers.core import Core, TestPerson, core
from tests.helpers.figures import say
from tests.helpers.gate_parts import (
    FakeConnection,
    Stage,
    asks_form,
    default_policy,
    tool,
)
from tests.helpers.gate_parts import call as calling
from tests.helpers.servers.http_peer import Reply, Seen
from tests.helpers.task_parts import FakeWatcher, asking, completed, created, task

QUESTION: Any = asks_form()
DONE: JsonObject = {"content": []}


class Tap(FakeConnection):
    """A connection that writes down each frame, between the decisions."""

    def __init__(self, story: list[str], replies: Sequence[Any]) -> None:
        super().__init__(*replies)
        self.story = story

    async def emit(self, method: str, params: JsonObject, exchange: Any) -> None:
        await super().emit(method, params, exchange)
        self.story.append(f"sent {method}")


class Counting:
    """The default policy; what it is asked is written down."""

    def __init__(self, story: list[str]) -> None:
        self.engine, self.story = default_policy(), story
        self.digest = self.engine.digest

    def decide(self, facts: Facts) -> Decision:
        self.story.append(f"decided {facts.kind.value}")
        return self.engine.decide(facts)


ONE = {"q1": QUESTION["inputRequests"]["q1"]}
TASK = [created(), task(), asking(ONE), {"resultType": "complete"}, completed(DONE)]
CALLED = ["decided tool_call", "sent tools/call"]
ASKED = ["decided elicit", *CALLED]
LOOKED = ["decided task", "decided tool_call", "sent tasks/get"]
STORIES = {
    "one request": ([DONE], CALLED),
    "three rounds": ([QUESTION] * 3 + [DONE], CALLED + ASKED * 3),
    "a task": (
        TASK,
        [
            *CALLED,
            *LOOKED * 2,
            "decided elicit",
            *[*LOOKED[:2], "sent tasks/update"],
            *LOOKED,
        ],
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_before_each_frame_it_is_decided_anew(name: str) -> None:
    replies, expected = STORIES[name]
    story: list[str] = []
    house = Stage(judged={"look": Effect.READ}, connection=Tap(story, replies))
    house.broker.content = {"size": "L"}
    gate = house.make_gate(Counting(story))  # type: ignore[arg-type]
    watcher = FakeWatcher(nap=0.0) if name == "a task" else None
    asyncio.run(gate.perform(calling("look"), tool=tool("look"), watcher=watcher))
    assert story == expected


async def asks_twice(seen: Seen, reply: Reply) -> bool:
    """A server of 2026-07-28 that wants two answers before it does anything."""
    params = seen.message.get("params", {})
    state = params.get("requestState", "0")
    if seen.method != "tools/call" or state == "2":
        return False
    await reply.result(asks_form(state=str(int(state) + 1)))
    return True


def frames_and_decisions(made: Core, server: AppServer) -> tuple[int, int]:
    """The calls that arrived, and the decisions that they name."""
    arrived = sum(seen.method == "tools/call" for seen in server.seen)
    decided = {
        row["seq"] for row in made.rows("action_decided") if row["data"]["action"] == "tool_call"
    }
    intended = [row["data"] for row in made.rows("frame_intended")]
    named = [row["decided_seq"] for row in intended if row["method"] == "tools/call"]
    assert set(named) == decided, "a call without a decision, or one that led to nothing"
    assert Counter(named).most_common(1)[0][1] == 1, "two requests on one decision"
    return arrived, len(decided)


@pytest.mark.parametrize("old", [False, True], ids=["2026-07-28", "2025-11-25"])
def test_decisions_and_requests_are_as_many_on_the_wire(tmp_path: Path, old: bool) -> None:
    person = TestPerson(form={"size": "L"})
    thing = Thing(name="buy", app=True)
    with AppServer(thing, old=old) as server, core(tmp_path, person=person) as made:
        join(made, server)
        view = open_app(made, server.key, "buy")
        server.before = None if old else asks_twice
        for _ in range(3):
            assert "result" in call(made, view, "buy")
            assert run_tool(made, server.key, "buy").state is RunState.DONE
        arrived, decided = frames_and_decisions(made, server)
    assert arrived >= (7 if old else 19)
    assert decided == arrived
    era = "2025-11-25" if old else "2026-07-28"
    say(f"decisions for each request on the wire, {era}: {decided / arrived:.3f}")


def test_every_decision_names_a_policy_that_the_log_told_of_before(tmp_path: Path) -> None:
    with AppServer(Thing(name="buy")) as server, core(tmp_path) as made:
        join(made, server)
        run_tool(made, server.key, "buy")
        told: set[str] = set()
        rows = [json.loads(row) for row in made.run(made.host.run_rows())]
    for row in rows:
        if row["kind"] == "policy_loaded":
            told.add(row["data"]["policy_digest"])
        elif row["kind"] == "action_decided":
            assert row["data"]["policy_digest"] in told
    assert len(told) == 1


def test_under_an_empty_policy_nothing_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_rules(name: str) -> str:
        return "" if name == "policy/default.cedar" else asset_text(name)

    monkeypatch.setattr("mcphost.host.policy.asset_text", without_rules)
    with AppServer(Thing(name="look", app=True)) as server, core(tmp_path) as made:
        made.run(made.host.add_server(server.config))
        with pytest.raises(PolicyDenied, match="default-deny"):
            made.run(made.host.connect(server.key))
        with pytest.raises(McpHostError):
            run_tool(made, server.key, "look")
        assert {row["data"]["verdict"] for row in made.rows("action_decided")} == {"deny"}
        assert made.rows("frame_intended") == []
        assert server.seen == []


def test_under_an_empty_policy_no_kind_of_call_passes_the_gate() -> None:
    house = Stage(judged={"look": Effect.READ})
    empty = PolicyEngine([("empty.cedar", "")], asset_text("policy/schema.cedarschema"))
    gate = house.make_gate(empty)
    with pytest.raises(PolicyDenied):
        asyncio.run(gate.perform(calling("look"), tool=tool("look")))
    assert house.connection.sent == []
    assert house.broker.asked == []
