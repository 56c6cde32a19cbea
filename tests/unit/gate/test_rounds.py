"""`input_required`: asked only where a person started it, bounded, and echoed exactly."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from mcphost.consent.grants import Which
from mcphost.domain.action import Action, ActionKind
from mcphost.domain.audit import AuditKind
from mcphost.domain.consent import ElicitationAction
from mcphost.domain.conversation import RunState
from mcphost.domain.errors import (
    ConsentRefused,
    PolicyDenied,
    ProtocolViolation,
    ServerRefused,
    UserFacingError,
)
from mcphost.domain.grant import GrantScope
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage, Root, background
from mcphost.domain.ports import Exchange, InputRequest
from mcphost.domain.principal import HOST, Principal
from mcphost.domain.tool import Effect, Era
from mcphost.gate.watch import Pace
from tests.helpers.gate_parts import (
    APP,
    MODEL,
    SERVER,
    FakeConnection,
    Stage,
    asks_form,
    call,
    form_params,
    timer,
    tool,
)
from tests.helpers.task_parts import FakeWatcher, gesture

DONE: JsonObject = {"content": [{"type": "text", "text": "done"}]}


def asking(*replies: Any, era: Era = Era.MODERN) -> Stage:
    return Stage(judged={"look": Effect.READ}, connection=FakeConnection(*replies, era=era))


def look(stage: Stage, **changes: Any) -> Any:
    return asyncio.run(stage.gate.perform(call("look", **changes), tool=tool("look")))


def prefetch() -> Action:
    return replace(
        call(principal=HOST, lineage=background(0.0)),
        kind=ActionKind.RESOURCE_READ,
        method="resources/read",
        params={"uri": "ui://shop/card.html"},
    )


@pytest.mark.requirement("MCP-074", "MCP-075")
def test_an_answer_goes_back_with_the_state_exactly_as_it_came() -> None:
    state = '  öpaque\u2028\\/ {"a":1} '
    stage = asking(asks_form(state=state), DONE)
    stage.broker.content = {"size": "L"}
    outcome = look(stage)
    first, second = stage.connection.sent
    assert second["params"]["requestState"] == state
    assert second["params"]["inputResponses"] == {
        "q1": {"action": "accept", "content": {"size": "L"}}
    }
    assert second["params"]["arguments"] == first["params"]["arguments"]
    assert (outcome.rounds, first["id"] != second["id"]) == (2, True)


def test_every_round_is_decided_and_recorded_under_one_invocation() -> None:
    stage = asking(asks_form(), DONE)
    stage.broker.content = {"size": "L"}
    look(stage)
    decided = stage.audit.of(AuditKind.ACTION_DECIDED)
    assert [row.data["action"] for row in decided] == ["tool_call", "elicit", "tool_call"]
    assert [r.data["round"] for r in stage.audit.of(AuditKind.FRAME_INTENDED)] == [0, 1]
    assert len({row.invocation for row in stage.audit.rows}) == 1


def test_the_state_and_the_answer_are_not_in_the_log() -> None:
    stage = asking(asks_form(state="state-secret"), DONE)
    stage.broker.content = {"size": "answer-private"}
    look(stage)
    assert "state-secret" not in repr(stage.audit.rows)
    assert "answer-private" not in repr(stage.audit.rows)


@pytest.mark.requirement("MCP-076")
def test_no_state_means_no_state_in_the_retry() -> None:
    stage = asking(asks_form(state=None), DONE)
    stage.broker.content = {"size": "L"}
    look(stage)
    assert "requestState" not in stage.connection.sent[1]["params"]


@pytest.mark.requirement("MCP-074")
def test_a_state_alone_is_retried_without_asking_anybody() -> None:
    stage = asking({"resultType": "input_required", "requestState": "s"}, DONE)
    look(stage)
    assert "inputResponses" not in stage.connection.sent[1]["params"]
    assert stage.broker.elicited == []


@pytest.mark.requirement("MCP-074")
def test_a_server_that_only_wants_time_is_given_more_each_time() -> None:
    wait = {"resultType": "input_required", "requestState": "s"}
    stage = asking(*[wait] * 3, DONE)
    stage.pace = Pace(round=0.02)
    stage.gate = stage.make_gate(stage.policy)
    began = time.monotonic()
    look(stage)
    assert time.monotonic() - began >= 0.02 + 0.04 + 0.08
    assert len(stage.connection.sent) == 4


def test_a_server_that_wants_time_for_ever_is_refused() -> None:
    stage = asking(*[{"resultType": "input_required", "requestState": "s"}] * 9)
    with pytest.raises(ProtocolViolation, match="more than 5 times"):
        look(stage)
    assert len(stage.connection.sent) == 6


@pytest.mark.requirement("MCP-075")
@pytest.mark.parametrize(
    "state",
    [
        "",
        '{"a":  1}',
        "\u2028\u2029\ufeff",
        "e\u0301 \u00e9",
        "  \n",
        "\x00\x1b[0m",
        "z" * 256 * 1024,
    ],
)
def test_a_state_is_echoed_code_point_by_code_point(state: str) -> None:
    stage = asking({"resultType": "input_required", "requestState": state}, DONE)
    look(stage)
    assert stage.connection.sent[1]["params"]["requestState"] == state


@pytest.mark.requirement("MCP-078")
def test_answers_and_state_of_one_call_are_not_in_another() -> None:
    stage = asking(asks_form(), DONE, DONE)
    stage.broker.content = {"size": "L"}
    look(stage)
    look(stage)
    assert not {"inputResponses", "requestState"} & stage.connection.sent[2]["params"].keys()


@pytest.mark.requirement("MCP-078")
def test_two_calls_at_once_keep_their_answers_apart() -> None:
    stage = asking()

    async def reply(_: Exchange) -> JsonObject:
        params = stage.connection.sent[-1]["params"]
        who = params["arguments"]["who"]
        await asyncio.sleep(0.001)
        return DONE if "requestState" in params else asks_form(state=f"state of {who}")

    async def both() -> None:
        stage.connection.replies = [reply] * 4
        calls = [call("look", arguments={"who": name}) for name in ("ada", "bob")]
        await asyncio.gather(*(stage.gate.perform(c, tool=tool("look")) for c in calls))

    stage.broker.content = {"size": "L"}
    asyncio.run(both())
    retried = [m["params"] for m in stage.connection.sent if "requestState" in m["params"]]
    assert {p["arguments"]["who"]: p["requestState"] for p in retried} == {
        "ada": "state of ada",
        "bob": "state of bob",
    }


def test_a_grant_that_is_taken_back_ends_the_rounds() -> None:
    stage = Stage(connection=FakeConnection(DONE, asks_form(), DONE))
    stage.broker.scope, stage.broker.content = GrantScope.CONVERSATION, {"size": "L"}
    asyncio.run(stage.gate.perform(call(), tool=tool()))

    async def revoke(_: Exchange) -> JsonObject:
        await stage.grants.drop(Which(server=SERVER), "a test")
        return asks_form()

    stage.connection.replies = [revoke, DONE]
    with pytest.raises(ConsentRefused, match="taken back"):
        asyncio.run(stage.gate.perform(call(), tool=tool()))
    assert len(stage.connection.sent) == 2


LACKING = {
    "elicitation": ({"elicitation": {}}, "Run it yourself in the window"),
    "tasks": ({"extensions": {"io.modelcontextprotocol/tasks": {}}}, "only as a task"),
    "sampling": ({"sampling": {}}, "does not offer: sampling"),
    "nothing": ({}, "does not say what"),
}


@pytest.mark.parametrize("what", LACKING)
def test_a_server_that_lacks_a_capability_says_what_to_do(what: str) -> None:
    required, words = LACKING[what]
    refusal = ServerRefused(-32021, "no", {"requiredCapabilities": required})
    stage = asking(refusal)
    with pytest.raises(UserFacingError, match=words):
        look(stage)
    assert len(stage.connection.sent) == 1


def test_capabilities_are_never_widened_because_a_server_wants_them() -> None:
    refusal = ServerRefused(-32021, "no", {"requiredCapabilities": {"elicitation": {}}})
    stage = asking(refusal, DONE)
    with pytest.raises(UserFacingError, match="not begun by you"):
        look(stage, principal=APP, lineage=timer())
    assert [e.elicitation for e in stage.connection.exchanges] == [False]


def visits(*urls: str) -> ServerRefused:
    asked = [{"mode": "url", "url": u, "message": "Pay", "elicitationId": u} for u in urls]
    return ServerRefused(-32042, "visit first", {"elicitations": asked})


def old(*replies: Any) -> Stage:
    stage = asking(*replies, era=Era.LEGACY)
    stage.connection.info = replace(stage.connection.info, protocol_version="2025-11-25")
    return stage


def test_after_visits_the_call_is_sent_again_when_the_person_says_that_they_are_done() -> None:
    stage = old(visits("https://pay.example/a", "https://pay.example/b"), DONE)
    look(stage)
    assert stage.opened == ["https://pay.example/a", "https://pay.example/b"]
    assert [(asked.place, asked.opened) for asked in stage.broker.elicited] == [
        ((1, 2), 0),
        ((1, 2), 1),
        ((2, 2), 0),
        ((2, 2), 1),
    ]
    assert len(stage.connection.sent) == 2


def test_a_server_that_always_wants_a_visit_is_not_asked_for_ever() -> None:
    stage = old(*[visits("https://pay.example/a")] * 9)
    with pytest.raises(ServerRefused):
        look(stage)
    assert len(stage.connection.sent) == 6


def test_an_address_that_is_declined_ends_the_call() -> None:
    stage = old(visits("https://pay.example/a", "https://pay.example/b"))
    stage.broker.action = ElicitationAction.DECLINE
    with pytest.raises(UserFacingError, match="did not go on"):
        look(stage)
    assert (stage.opened, len(stage.broker.elicited)) == ([], 1)


@pytest.mark.parametrize("lineage", [timer(), background(0.0)])
def test_an_address_that_nobody_caused_is_never_shown(lineage: Lineage) -> None:
    stage = old(visits("https://pay.example/a"))
    with pytest.raises(PolicyDenied):
        look(stage, principal=APP, lineage=lineage)
    assert (stage.opened, stage.broker.elicited) == ([], [])


@pytest.mark.parametrize(
    "data",
    [
        None,
        {"elicitations": []},
        {"elicitations": [{"mode": "form", "message": "?"}]},
        {"elicitations": [{"mode": "url", "url": "http://pay.example", "message": "x"}]},
        {"elicitations": [{"mode": "url", "url": "https://a.example", "message": "x"}] * 9},
    ],
)
def test_a_malformed_wish_for_a_visit_is_refused(data: Any) -> None:
    stage = old(ServerRefused(-32042, "visit first", data))
    with pytest.raises(ProtocolViolation):
        look(stage)
    assert stage.opened == []


def test_the_error_of_older_revisions_means_nothing_in_the_newest() -> None:
    stage = asking(visits("https://pay.example/a"))
    with pytest.raises(ServerRefused, match="-32042"):
        look(stage)
    assert stage.broker.elicited == []


@pytest.mark.requirement("MCP-078")
def test_only_the_latest_answers_are_sent() -> None:
    stage = asking(asks_form(state="one"), asks_form(state="two"), DONE)
    stage.broker.content = {"size": "L"}
    look(stage)
    assert stage.connection.sent[2]["params"]["requestState"] == "two"
    assert [request.round for request in stage.broker.elicited] == [1, 2]


@pytest.mark.requirement("MCP-078")
def test_two_calls_at_once_each_keep_their_own_questions_and_state() -> None:
    stage = asking(asks_form(state="one"), asks_form(state="two"), DONE, DONE)
    stage.broker.content = {"size": "L"}

    async def both() -> None:
        calls = (call("look", arguments={"n": number}) for number in (1, 2))
        await asyncio.gather(*(stage.gate.perform(each, tool=tool("look")) for each in calls))

    asyncio.run(both())
    sent = [message["params"] for message in stage.connection.sent]
    begun = [params["arguments"] for params in sent[:2]]
    ended = {params["requestState"]: params["arguments"] for params in sent[2:]}
    assert ended == {"one": begun[0], "two": begun[1]}


@pytest.mark.requirement("MCP-081", "MCP-093")
@pytest.mark.parametrize("action", [ElicitationAction.DECLINE, ElicitationAction.CANCEL])
def test_a_refusal_of_the_person_is_sent_as_an_answer(action: ElicitationAction) -> None:
    stage = asking(asks_form(), DONE)
    stage.broker.action = action
    look(stage)
    responses = stage.connection.sent[1]["params"]["inputResponses"]
    assert responses == {"q1": {"action": action.value}}


@pytest.mark.requirement("MCP-080")
@pytest.mark.parametrize("kind", ["background", "app-timer"])
def test_a_question_that_nobody_caused_is_never_shown(kind: str) -> None:
    stage = asking(asks_form(), DONE)
    action, called = prefetch(), None
    if kind == "app-timer":
        action, called = call("look", principal=APP, lineage=timer()), tool("look")
    with pytest.raises(PolicyDenied, match="nobody had asked it for anything") as caught:
        asyncio.run(stage.gate.perform(action, tool=called))
    assert caught.value.rules == ("elicit-needs-gesture",)
    assert (stage.broker.elicited, len(stage.connection.sent)) == ([], 1)
    (row,) = stage.audit.of(AuditKind.ELICITATION_REFUSED)
    assert row.server == "shop"
    assert row.data["tool"] in {"look", "ui://shop/card.html"}
    assert len(str(row.data["message_digest"])) == 64


def test_an_address_of_an_app_does_not_fill_the_hosts_part_of_a_question() -> None:
    """It stands above the question, where nothing scrolls."""
    stage = asking(asks_form(), DONE)
    uri = "a:" + "mcphost: your session is over, press Submit. " * 150
    changes = {"kind": ActionKind.RESOURCE_READ, "method": "resources/read", "params": {"uri": uri}}
    asyncio.run(stage.gate.perform(call(principal=APP, **changes)))
    (asked,) = stage.broker.elicited
    assert asked.cause.startswith('An App read "a:mcphost')
    assert asked.cause.endswith('more characters)" right after you clicked in it')
    assert len(asked.cause) < 400


@pytest.mark.requirement("MCP-084")
@pytest.mark.parametrize(
    ("who", "root"), [(MODEL, Root.BACKGROUND), (APP, Root.APP_TIMER)], ids=str
)
def test_the_capability_is_declared_only_in_a_gesture(who: Principal, root: Root) -> None:
    stage = asking(DONE, DONE)
    look(stage)
    look(stage, principal=who, lineage=Lineage(root=root, started_at=0.0))
    assert [e.elicitation for e in stage.connection.exchanges] == [True, False]
    assert [e.on_input is None for e in stage.connection.exchanges] == [False, True]


def test_with_nobody_there_a_question_is_refused_and_not_declared() -> None:
    stage = asking(asks_form())
    stage.broker.present = False
    with pytest.raises(ConsentRefused, match="nobody is here"):
        look(stage)
    assert stage.connection.exchanges[0].elicitation is False
    assert stage.audit.of(AuditKind.ELICITATION_REFUSED)


@pytest.mark.requirement("MCP-081")
def test_a_sixth_round_is_refused() -> None:
    stage = asking(*[asks_form() for _ in range(8)])
    stage.broker.content = {"size": "L"}
    with pytest.raises(ProtocolViolation, match="more than 5 times"):
        look(stage)
    assert len(stage.broker.elicited) == 5


def test_nine_questions_at_once_are_refused_unasked() -> None:
    one = {"method": "elicitation/create", "params": form_params({"a": {"type": "string"}})}
    questions = {f"q{n}": one for n in range(9)}
    stage = asking({"resultType": "input_required", "inputRequests": questions})
    with pytest.raises(ProtocolViolation, match="more than 8"):
        look(stage)
    assert stage.broker.elicited == []


@pytest.mark.requirement("MCP-079")
def test_questions_of_one_round_are_shown_one_at_a_time() -> None:
    one = {"method": "elicitation/create", "params": form_params({"a": {"type": "string"}})}
    stage = asking({"resultType": "input_required", "inputRequests": {"q1": one, "q2": one}}, DONE)
    stage.broker.content = {"a": "x"}
    look(stage)
    kinds = [k for k in stage.audit.kinds() if k.startswith("elicitation")]
    assert kinds == ["elicitation_asked", "elicitation_answered"] * 2
    assert [asked.place for asked in stage.broker.elicited] == [(1, 2), (2, 2)]


def watched(stage: Stage, watcher: FakeWatcher) -> tuple[Any, list[RunState]]:
    """A call that *watcher* shows, and the states it went through."""
    states: list[RunState] = []
    done = asyncio.run(
        stage.gate.perform(call("look"), tool=tool("look"), watcher=watcher, on_state=states.append)
    )
    return done, states


def test_a_late_question_is_a_badge_until_the_person_opens_it() -> None:
    stage = asking(asks_form(), DONE)
    watcher = FakeWatcher(attended=False, opens=gesture())
    _, states = watched(stage, watcher)
    assert RunState.NEEDS_ANSWER in states
    assert len(stage.broker.elicited) == 1
    assert len(watcher.pauses) >= 3, "nothing was drawn before it was opened"


def test_a_question_that_nobody_opens_is_never_drawn_and_ends_with_a_row() -> None:
    stage = asking(asks_form(), DONE)
    with pytest.raises(ConsentRefused, match="nobody opened the question"):
        watched(stage, FakeWatcher(attended=False, nap=0.001))
    assert stage.broker.elicited == []
    assert "elicitation_refused" in stage.audit.kinds()


def test_an_oversized_state_is_refused() -> None:
    stage = asking({"resultType": "input_required", "requestState": "x" * (256 * 1024 + 1)})
    with pytest.raises(ProtocolViolation, match="requestState"):
        look(stage)


@pytest.mark.requirement("MCP-080", "MCP-083")
@pytest.mark.parametrize("method", ["sampling/createMessage", "roots/list"])
def test_what_was_never_offered_is_refused(method: str) -> None:
    request = {"q": {"method": method, "params": {}}}
    stage = asking({"resultType": "input_required", "inputRequests": request})
    with pytest.raises(ProtocolViolation, match="never offers"):
        look(stage)
    assert stage.audit.of(AuditKind.ELICITATION_REFUSED)


@pytest.mark.requirement("MCP-103")
def test_a_form_for_a_secret_is_refused_before_it_is_drawn() -> None:
    stage = asking(asks_form({"password": {"type": "string"}}))
    with pytest.raises(PolicyDenied, match="asks for a secret"):
        look(stage)
    assert stage.broker.elicited == []
    assert stage.audit.last(AuditKind.ELICITATION_REFUSED)["rules"] == ["elicit-no-secrets"]


def test_accepting_a_form_is_not_consent_to_the_call() -> None:
    stage = Stage(connection=FakeConnection(asks_form(), DONE))
    stage.broker.content = {"size": "L"}
    asyncio.run(stage.gate.perform(call(), tool=tool()))
    assert (len(stage.broker.asked), len(stage.broker.elicited)) == (1, 1)


def test_a_retry_is_denied_when_the_policy_changed_its_mind() -> None:
    stage = asking(asks_form(), DONE)
    stage.broker.content = {"size": "L"}

    async def forbid(_: Exchange) -> JsonObject:
        stage.approved_views.clear()
        return asks_form()

    stage.connection.replies[0] = forbid
    with pytest.raises(PolicyDenied):
        look(stage, principal=APP)
    assert len(stage.connection.sent) == 1


def test_the_states_of_a_run_show_that_it_waits_for_input() -> None:
    stage = asking(asks_form(), DONE)
    stage.broker.content = {"size": "L"}
    states: list[RunState] = []
    asyncio.run(stage.gate.perform(call("look"), tool=tool("look"), on_state=states.append))
    assert RunState.WAITING_FOR_INPUT in states
    assert states[-1] is RunState.DONE


def test_a_result_of_an_unknown_kind_is_refused() -> None:
    stage = asking(asks_form())
    reading = call(
        principal=MODEL,
        kind=ActionKind.RESOURCE_READ,
        method="resources/read",
        params={"uri": "x:"},
    )
    stage.connection.replies = [{"resultType": "surprise"}]
    with pytest.raises(ProtocolViolation):
        asyncio.run(stage.gate.perform(reading))


def legacy(params: JsonObject, method: str = "elicitation/create") -> Any:
    async def reply(exchange: Exchange) -> JsonObject:
        assert exchange.on_input is not None
        answer = await exchange.on_input(InputRequest(method=method, untrusted_params=params))
        return {"content": [{"type": "text", "text": str(answer["action"])}]}

    return reply


def test_an_older_server_gets_its_answer_through_the_same_checks() -> None:
    stage = asking(legacy(form_params({"a": {"type": "string"}})), era=Era.LEGACY)
    stage.broker.content = {"a": "x"}
    assert look(stage).text == "accept"
    assert "elicitation_answered" in stage.audit.kinds()


def test_an_older_server_that_asks_for_a_secret_fails_the_call_with_the_reason() -> None:
    stage = asking(legacy(form_params({"pin": {"type": "string"}})), era=Era.LEGACY)
    with pytest.raises(PolicyDenied, match="asks for a secret"):
        look(stage)
    assert stage.broker.elicited == []


def test_an_older_server_that_hides_the_refusal_in_a_tool_error_fails_the_call_too() -> None:
    ask = legacy(form_params({"pin": {"type": "string"}}))

    async def swallow(exchange: Exchange) -> JsonObject:
        with suppress(ServerRefused):
            await ask(exchange)
        return {"content": [], "isError": True}

    stage = asking(swallow, era=Era.LEGACY)
    with pytest.raises(PolicyDenied, match="asks for a secret"):
        look(stage)


@pytest.mark.requirement("LEG-16", "MCP-192")
def test_an_older_server_may_not_sample() -> None:
    stage = asking(legacy({}, "sampling/createMessage"), era=Era.LEGACY)
    with pytest.raises((ServerRefused, ProtocolViolation)):
        look(stage)
    assert stage.audit.of(AuditKind.ELICITATION_REFUSED)


@pytest.mark.requirement("MCP-096")
def test_a_url_is_opened_by_the_host_after_its_acceptance_is_on_record() -> None:
    params = {"mode": "url", "message": "Pay here", "url": "https://pay.example/x?id=1"}
    request = {"q": {"method": "elicitation/create", "params": params}}
    stage = asking({"resultType": "input_required", "inputRequests": request}, DONE)
    look(stage)
    assert stage.opened == ["https://pay.example/x?id=1"]
    answer = stage.connection.sent[1]["params"]["inputResponses"]["q"]
    assert answer == {"action": "accept"}


@pytest.mark.parametrize("after", ["another", "none"])
def test_an_answer_is_read_by_the_revision_it_was_asked_in(after: str) -> None:
    stage = asking()

    async def reply(_: Exchange) -> JsonObject:
        if after == "none":
            stage.connected = False
        else:
            stage.connection = FakeConnection(era=Era.LEGACY)
        return {"resultType": "surprise"} if after == "another" else DONE

    stage.connection.replies = [reply]
    if after == "another":
        with pytest.raises(ProtocolViolation):
            look(stage)
    else:
        assert look(stage).text == "done"
