"""A task: declared only where somebody sees it through, followed by decided frames, ended aloud."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.audit import AuditKind
from mcphost.domain.conversation import RunState
from mcphost.domain.decision import Decision
from mcphost.domain.errors import (
    McpHostError,
    PolicyDenied,
    ProtocolViolation,
    ServerError,
    ServerRefused,
    ServerUnreachable,
    TaskEnded,
    TaskLeft,
    UserFacingError,
)
from mcphost.domain.ids import Digest
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage, Root
from mcphost.domain.ports import Exchange
from mcphost.domain.principal import Principal
from mcphost.domain.task import TaskTicket
from mcphost.domain.tool import Effect
from mcphost.gate.watch import Pace
from mcphost.policy.engine import PolicyEngine
from mcphost.policy.facts import Facts
from tests.helpers.gate_parts import (
    APP,
    MODEL,
    FakeConnection,
    Stage,
    call,
    config,
    default_policy,
    form_params,
    gesture,
    timer,
    tool,
)
from tests.helpers.task_parts import DONE, TASK, FakeWatcher, asking, completed, created, task

SIZE = {"method": "elicitation/create", "params": form_params({"size": {"type": "string"}})}
ANSWER = {"action": "accept", "content": {"size": "L"}}


def house(*replies: Any, pace: Pace | None = None, added: str = "") -> Stage:
    stage = Stage(
        added=(added,) if added else (),
        judged={"look": Effect.READ},
        connection=FakeConnection(*replies),
        **({} if pace is None else {"pace": pace}),
    )
    stage.broker.content = {"size": "L"}
    return stage


def look(stage: Stage, watcher: FakeWatcher | None = None, **changes: Any) -> Any:
    watch = watcher or FakeWatcher()
    work = stage.gate.perform(call("look", **changes), tool=tool("look"), watcher=watch)
    return asyncio.run(work)


def methods(stage: Stage) -> list[str]:
    return [message["method"] for message in stage.connection.sent]


@pytest.mark.requirement("MCP-185")
def test_a_call_that_goes_on_as_a_task_is_followed_to_its_result() -> None:
    stage, watcher = house(created(), task(statusMessage="half"), completed()), FakeWatcher()
    outcome = look(stage, watcher)
    assert (outcome.text, outcome.result) == ("done", DONE)
    assert methods(stage) == ["tools/call", "tasks/get", "tasks/get"]
    assert stage.connection.sent[1]["params"]["taskId"] == TASK
    assert (watcher.words, watcher.ended) == (["", "half"], 1)


@pytest.mark.requirement("MCP-185")
def test_a_server_may_answer_at_once_all_the_same() -> None:
    stage = house(DONE)
    assert look(stage).text == "done"
    assert stage.connection.exchanges[0].tasks is True


@pytest.mark.requirement("MCP-185")
@pytest.mark.parametrize(
    ("who", "lineage"),
    [(APP, timer()), (MODEL, Lineage(root=Root.BACKGROUND, started_at=0.0))],
)
def test_tasks_are_not_declared_for_what_no_person_began(who: Principal, lineage: Lineage) -> None:
    stage = house(created())
    with pytest.raises(ProtocolViolation, match="resultType"):
        look(stage, principal=who, lineage=lineage)
    assert stage.connection.exchanges[0].tasks is False


@pytest.mark.requirement("MCP-184", "MCP-185")
def test_tasks_are_not_declared_where_nobody_shows_the_call() -> None:
    stage = house(created())
    with pytest.raises(ProtocolViolation, match="resultType"):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.connection.exchanges[0].tasks is False


@pytest.mark.requirement("MCP-185")
def test_a_task_for_anything_but_a_tool_call_is_refused() -> None:
    stage = house(created())
    reading = call(
        kind=ActionKind.RESOURCE_READ, method="resources/read", params={"uri": "file:///x"}
    )
    with pytest.raises(ProtocolViolation, match="resultType"):
        asyncio.run(stage.gate.perform(reading, watcher=FakeWatcher()))
    assert stage.connection.exchanges[0].tasks is False


def test_every_frame_of_a_task_has_its_row_and_the_decision_it_rests_on() -> None:
    stage = house(created(), *[task()] * 6, completed())
    look(stage)
    frames = stage.audit.of(AuditKind.FRAME_INTENDED)
    assert len(frames) == len(stage.connection.sent) == 8
    decided = stage.audit.of(AuditKind.ACTION_DECIDED)
    assert [row.data["action"] for row in decided] == ["tool_call", "task"]
    assert decided[1].data["rules"] == ["follow-task"]
    assert [row.data.get("look") for row in frames] == [None, 1, 2, 3, 4, 5, 6, 7]
    assert len({row.data["decided_seq"] for row in frames[1:]}) == 1


def test_the_task_id_is_in_no_row_and_no_repr() -> None:
    stage, watcher = house(created(), completed()), FakeWatcher()
    look(stage, watcher)
    assert TASK not in repr(stage.audit.rows) + repr(watcher.tickets)
    assert stage.audit.last(AuditKind.TASK_STARTED)["task"] == watcher.tickets[0].digest


@pytest.mark.requirement("MCP-188")
def test_the_server_is_not_asked_more_often_than_it_wishes() -> None:
    pace = Pace(least=0.001, most=0.05, slack=0.01)
    replies = created(pollIntervalMs=8), task(pollIntervalMs=20), completed()
    stage, watcher = house(*replies, pace=pace), FakeWatcher()
    look(stage, watcher)
    assert 0.008 <= watcher.pauses[0] <= 0.0088
    assert 0.02 <= watcher.pauses[1] <= 0.022


@pytest.mark.requirement("MCP-188")
@pytest.mark.parametrize(("wish", "least", "most"), [(0, 0.01, 0.011), (10**12, 0.05, 0.055)])
def test_the_interval_of_a_server_counts_within_our_bounds(
    wish: int, least: float, most: float
) -> None:
    stage = house(created(pollIntervalMs=wish), completed(), pace=Pace(least=0.01, most=0.05))
    watcher = FakeWatcher()
    look(stage, watcher)
    assert least <= watcher.pauses[0] <= most


def test_looks_become_rarer_while_nothing_changes() -> None:
    stage, watcher = house(created(), *[task()] * 8, completed()), FakeWatcher()
    look(stage, watcher)
    assert watcher.pauses[7] > 2 * watcher.pauses[0]


@pytest.mark.requirement("MCP-191")
def test_a_failed_task_is_the_error_of_the_call() -> None:
    error = {"code": -32603, "message": "rate limit"}
    stage, watcher = house(created(), task("failed", error=error)), FakeWatcher()
    with pytest.raises(TaskEnded, match="failed at the server: error -32603: rate limit"):
        look(stage, watcher)
    assert "rate limit" not in repr(stage.audit.rows)
    assert (methods(stage)[-1], watcher.ended) == ("tasks/get", 1)


def test_a_task_that_the_server_cancelled_says_so() -> None:
    stage = house(created(), task("cancelled", statusMessage="no machine is free"))
    with pytest.raises(TaskEnded, match="cancelled this task: no machine is free"):
        look(stage)
    assert "tasks/cancel" not in methods(stage)


def test_the_error_of_a_task_never_has_the_call_sent_again() -> None:
    """-32020 refuses the headers of a request; a task that ends with it has been worked on."""
    error = {"code": -32020, "message": "HeaderMismatch"}
    stage = house(created(), task("failed", error=error), DONE)
    with pytest.raises(TaskEnded):
        look(stage)
    assert methods(stage).count("tools/call") == 1


@pytest.mark.requirement("MCP-191")
def test_a_tool_error_is_a_result() -> None:
    stage = house(created(), completed({"content": [], "isError": True}))
    states: list[RunState] = []
    work = stage.gate.perform(
        call("look"), tool=tool("look"), watcher=FakeWatcher(), on_state=states.append
    )
    assert asyncio.run(work).result["isError"] is True
    assert (RunState.WORKING in states, states[-1]) == (True, RunState.TOOL_ERROR)


@pytest.mark.requirement("MCP-191")
def test_the_result_of_a_task_is_checked_like_any_other() -> None:
    made = tool("look", output_schema={"type": "object"})
    stage = house(created(), completed({"content": []}))
    with pytest.raises(ProtocolViolation, match="no structured result"):
        asyncio.run(stage.gate.perform(call("look"), tool=made, watcher=FakeWatcher()))


@pytest.mark.requirement("MCP-191")
@pytest.mark.parametrize("code", [-32602, -32601, -32021])
def test_a_task_the_server_does_not_know_is_over(code: int) -> None:
    stage, watcher = house(created(), ServerRefused(code, "Task not found")), FakeWatcher()
    with pytest.raises(TaskEnded, match="no longer knows this task"):
        look(stage, watcher)
    assert (methods(stage), watcher.ended) == (["tools/call", "tasks/get"], 1)


@pytest.mark.parametrize(
    "odd",
    [
        {"resultType": "complete"},
        task(taskId="another"),
        task("paused"),
        task("completed"),
        task("failed"),
        task("input_required"),
        completed({"resultType": "task"}),
        completed({"resultType": "input_required"}),
        task(ttlMs="long"),
        {k: v for k, v in task().items() if k != "ttlMs"},
    ],
)
def test_a_malformed_task_ends_the_call_and_is_cancelled(odd: JsonObject) -> None:
    stage, watcher = house(created(), odd), FakeWatcher()
    with pytest.raises(ProtocolViolation):
        look(stage, watcher)
    assert (methods(stage)[-1], watcher.ended) == ("tasks/cancel", 1)


def test_a_look_without_an_answer_is_tried_again_with_a_new_request() -> None:
    stage = house(created(), ServerUnreachable("gone"), ServerRefused(-32603, "busy"), completed())
    assert look(stage).text == "done"
    identities = [message["id"] for message in stage.connection.sent]
    assert len(set(identities)) == len(identities) == 4


def test_after_five_looks_without_an_answer_the_task_is_left() -> None:
    stage, watcher = house(created(), *[ServerUnreachable("gone")] * 9), FakeWatcher()
    with pytest.raises(TaskLeft, match="5 times in a row"):
        look(stage, watcher)
    assert (methods(stage), watcher.ended) == (["tools/call"] + ["tasks/get"] * 5, 0)


@pytest.mark.requirement("MCP-188")
def test_a_task_without_end_is_left_after_the_longest_time() -> None:
    stage, watcher = house(created(), *[task()] * 100), FakeWatcher()

    async def later(exchange: Exchange) -> JsonObject:
        stage.clock.now += 7 * 3600
        return task()

    stage.connection.replies[3] = later
    with pytest.raises(TaskLeft, match="after 6 hours"):
        look(stage, watcher)
    assert (len(stage.connection.sent), watcher.ended) == (4, 0)


@pytest.mark.requirement("MCP-191")
def test_a_task_is_not_looked_at_long_after_its_time() -> None:
    stage = house(created(ttlMs=1000), *[task(ttlMs=1000)] * 5)

    async def later(exchange: Exchange) -> JsonObject:
        stage.wall.now += 60
        return task(ttlMs=1000)

    stage.connection.replies[1] = later
    with pytest.raises(TaskLeft, match="only for a limited time"):
        look(stage)


def cancelled(stage: Stage, watcher: FakeWatcher) -> None:
    async def run() -> None:
        work = stage.gate.perform(call("look"), tool=tool("look"), watcher=watcher)
        walk = asyncio.ensure_future(work)
        await asyncio.wait_for(watcher.paused.wait(), 5)
        walk.cancel()
        with suppress(asyncio.CancelledError):
            await walk

    asyncio.run(run())


@pytest.mark.requirement("MCP-187")
def test_a_person_who_cancels_is_heard_by_the_server() -> None:
    stage, watcher = house(created(), *[task()] * 50), FakeWatcher()
    cancelled(stage, watcher)
    assert methods(stage)[-1] == "tasks/cancel"
    assert stage.connection.sent[-1]["params"]["taskId"] == TASK
    assert stage.connection.exchanges[-1].tasks is True
    assert "notifications/cancelled" not in methods(stage)
    assert (watcher.ended, stage.audit.kinds()[-1]) == (1, "action_failed")


def test_the_end_of_the_program_leaves_a_task_running() -> None:
    stage, watcher = house(created(), *[task()] * 50), FakeWatcher()
    watcher.leaving = True
    cancelled(stage, watcher)
    assert "tasks/cancel" not in methods(stage)
    assert watcher.ended == 0


def test_a_server_that_does_not_hear_a_cancellation_holds_nobody_up() -> None:
    stage, watcher = house(created(), *[task()] * 50), FakeWatcher()

    async def deaf(exchange: Exchange) -> JsonObject:
        if stage.connection.sent[-1]["method"] == "tasks/cancel":
            await asyncio.sleep(60)
        return task()

    stage.connection.replies = [created(), *[deaf] * 50]
    stage.pace = replace(stage.pace, farewell=0.02)
    stage.gate = stage.make_gate(stage.policy)
    cancelled(stage, watcher)
    assert methods(stage)[-1] == "tasks/cancel"


class ChangingPolicy(PolicyEngine):
    """Forbids a tool from one moment on."""

    def __init__(self, before: PolicyEngine, after: PolicyEngine) -> None:
        self.now, self.after = before, after

    def decide(self, facts: Facts) -> Decision:
        return self.now.decide(facts)


def test_a_forbidden_call_is_not_followed_any_further() -> None:
    stage, watcher = house(created(), *[task()] * 9), FakeWatcher()
    head = '@id("no-look")\n@reason("no")\n'
    rule = head + 'forbid(principal, action == McpHost::Action::"tool_call", resource);'
    policy = ChangingPolicy(stage.policy, default_policy(rule))
    stage.gate = stage.make_gate(policy)

    async def forbid(exchange: Exchange) -> JsonObject:
        policy.now = policy.after
        return task()

    stage.connection.replies[2] = forbid
    with pytest.raises(PolicyDenied, match="no-look"):
        look(stage, watcher)
    assert (methods(stage), watcher.ended) == (["tools/call", "tasks/get", "tasks/get"], 0)
    assert stage.audit.last(AuditKind.ACTION_DECIDED)["rules"] == ["no-look"]


def test_a_rule_against_following_holds() -> None:
    head = '@id("no-tasks")\n@reason("no tasks")\n'
    rule = head + 'forbid(principal, action == McpHost::Action::"task", resource);'
    stage, watcher = house(created(), completed(), added=rule), FakeWatcher()
    with pytest.raises(PolicyDenied, match="no-tasks"):
        look(stage, watcher)
    assert methods(stage) == ["tools/call"]


def test_a_task_is_not_asked_for_under_another_sign_in() -> None:
    stage, watcher = house(created(), task(), completed()), FakeWatcher()

    async def sign_in(exchange: Exchange) -> JsonObject:
        stage.connection.authorization_context = "somebody else"
        return task()

    stage.connection.replies[1] = sign_in
    with pytest.raises(TaskLeft, match="another sign-in"):
        look(stage, watcher)
    assert (methods(stage), watcher.ended) == (["tools/call", "tasks/get"], 0)


# Questions


@pytest.mark.requirement("AMB-10", "MCP-190")
def test_a_question_of_a_task_is_answered_by_tasks_update() -> None:
    stage = house(created(), asking({"q": SIZE}), {"resultType": "complete"}, task(), completed())
    assert look(stage).text == "done"
    update = stage.connection.sent[2]
    assert update["method"] == "tasks/update"
    assert update["params"] == {"taskId": TASK, "inputResponses": {"q": ANSWER}} | {
        "_meta": update["params"]["_meta"]
    }


@pytest.mark.requirement("MCP-190")
def test_a_question_that_comes_again_is_asked_and_answered_once() -> None:
    again = asking({"q": SIZE})
    stage = house(created(), again, {}, again, again, completed())
    look(stage)
    assert methods(stage).count("tasks/update") == len(stage.broker.elicited) == 1


@pytest.mark.requirement("MCP-190")
def test_a_new_key_is_a_new_question() -> None:
    both = asking({"q": SIZE, "r": SIZE})
    stage = house(created(), asking({"q": SIZE}), {}, both, {}, completed())
    look(stage)
    updates = [m for m in stage.connection.sent if m["method"] == "tasks/update"]
    assert [list(m["params"]["inputResponses"]) for m in updates] == [["q"], ["r"]]


@pytest.mark.requirement("MCP-189")
def test_a_late_question_is_a_badge_until_the_person_opens_it() -> None:
    again = asking({"q": SIZE})
    stage = house(created(), *[again] * 4, *[completed()] * 2)
    watcher = FakeWatcher(attended=False, opens=replace(gesture(), gesture="press-2"))
    states: list[RunState] = []
    work = stage.gate.perform(
        call("look"), tool=tool("look"), watcher=watcher, on_state=states.append
    )
    asyncio.run(work)
    assert len(stage.broker.elicited) == 1
    asked = states.index(RunState.WAITING_FOR_INPUT)
    assert states.index(RunState.NEEDS_ANSWER) < asked
    assert methods(stage)[4] == "tasks/update"
    assert methods(stage)[1:4] == ["tasks/get", "tasks/get", "tasks/get"]


@pytest.mark.requirement("MCP-189")
def test_a_question_that_nobody_opens_is_never_drawn() -> None:
    again = asking({"q": SIZE})
    stage = house(created(), *[again] * 6, task("cancelled"))
    with pytest.raises(ServerError):
        look(stage, FakeWatcher(attended=False))
    assert stage.broker.elicited == []


@pytest.mark.requirement("MCP-189")
@pytest.mark.parametrize(
    "request_",
    [
        {"method": "sampling/createMessage", "params": {}},
        {"method": "roots/list"},
        {"method": "elicitation/create", "params": form_params({"password": {"type": "string"}})},
        {"method": "elicitation/create", "params": {"mode": "smoke", "message": "?"}},
        {"method": "tools/call", "params": {}},
    ],
)
def test_a_task_may_not_ask_for_more_than_a_call(request_: JsonObject) -> None:
    stage, watcher = house(created(), asking({"q": request_}), {}), FakeWatcher()
    with pytest.raises(McpHostError):
        look(stage, watcher)
    assert stage.broker.elicited == []
    assert (methods(stage)[-1], watcher.ended) == ("tasks/cancel", 1)


def test_too_many_questions_are_refused_unasked() -> None:
    stage = house(created(), asking({f"q{n}": SIZE for n in range(9)}), {})
    with pytest.raises(ProtocolViolation, match="more than 8"):
        look(stage)
    assert stage.broker.elicited == []


def test_a_task_that_never_stops_asking_is_refused() -> None:
    replies: list[Any] = []
    for number in range(60):
        replies += [asking({f"q{number}": SIZE}), {}]
    stage = house(created(), *replies)
    with pytest.raises(ProtocolViolation, match="more than 40 questions"):
        look(stage)
    assert len(stage.broker.elicited) == 40


@pytest.mark.requirement("MCP-190")
def test_an_answer_that_may_not_have_arrived_is_not_sent_twice() -> None:
    lost = ServerUnreachable("the stream broke")
    stage, watcher = house(created(), asking({"q": SIZE}), lost, completed()), FakeWatcher()
    with pytest.raises(TaskLeft, match="not sent twice"):
        look(stage, watcher)
    assert (methods(stage).count("tasks/update"), watcher.ended) == (1, 0)


# Looking again


def ticket(**changes: Any) -> TaskTicket:
    whole: dict[str, Any] = {
        "server": config().key,
        "identity": config().identity,
        "context": "",
        "definition": tool("look").definition_digest,
        "id": TASK,
        "created_at": 1000.0,
    }
    return TaskTicket(**{**whole, **changes})


def again(**changes: Any) -> Action:
    return replace(
        call("look"), kind=ActionKind.TASK, method="tasks/get", params={"taskId": TASK}, **changes
    )


def resume(stage: Stage, kept: TaskTicket, action: Action | None = None) -> Any:
    work = stage.gate.resume(action or again(), kept, tool=tool("look"), watcher=FakeWatcher())
    return asyncio.run(work)


def test_a_task_that_was_left_is_looked_at_again_by_a_decision_of_its_own() -> None:
    stage = house(asking({"q": SIZE}), {}, completed())
    assert resume(stage, ticket()).text == "done"
    assert methods(stage) == ["tasks/get", "tasks/update", "tasks/get"]
    assert stage.broker.elicited[0].cause == 'You ran the tool "look"'
    first = stage.audit.of(AuditKind.ACTION_DECIDED)[0]
    assert (first.data["action"], first.data["tool"]) == ("task", "look")


@pytest.mark.parametrize(
    "change",
    [
        {"identity": Digest("0" * 64)},
        {"context": "somebody else"},
        {"definition": Digest("0" * 64)},
    ],
)
def test_a_ticket_is_of_no_use_with_another_server_sign_in_or_tool(change: dict[str, Any]) -> None:
    stage = house(completed())
    with pytest.raises((UserFacingError, TaskLeft)):
        resume(stage, ticket(**change))
    assert stage.connection.sent == []


def test_only_a_gesture_looks_again() -> None:
    stage = house(completed())
    with pytest.raises(PolicyDenied):
        resume(stage, ticket(), again(lineage=Lineage(root=Root.BACKGROUND, started_at=0.0)))
    assert stage.connection.sent == []


def test_a_model_may_have_its_call_followed() -> None:
    stage = house(created(), completed())
    assert look(stage, principal=MODEL).text == "done"
