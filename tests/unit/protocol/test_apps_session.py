"""One View's channel keeps the order and the strictness of the Apps protocol."""

from __future__ import annotations

import json

import pytest

from mcphost.protocol.apps import CallTool, Initialize
from mcphost.protocol.apps_session import (
    MAX_ID,
    MAX_OPEN_REQUESTS,
    MAX_VIEW_ANSWER,
    MAX_VIEW_MESSAGE,
    MAX_VIEW_VALUES,
    Answered,
    AppsSession,
    Handle,
    Malformed,
    Post,
    Ready,
    Step,
    TeardownAnswered,
    ViewPhase,
)

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "ui/initialize",
    "params": {"appInfo": {"name": "a", "version": "1"}, "protocolVersion": "2026-01-26"},
}
INITIALIZED = {"jsonrpc": "2.0", "method": "ui/notifications/initialized"}


def say(session: AppsSession, message: object) -> list[Step]:
    return session.receive(json.dumps(message))


def ready() -> AppsSession:
    session = AppsSession()
    say(session, INITIALIZE)
    session.answer(0, {})
    say(session, INITIALIZED)
    return session


def methods(steps: list[Step]) -> list[str]:
    return [json.loads(step.text).get("method") for step in steps if isinstance(step, Post)]


@pytest.mark.requirement("APPS-18", "APPS-35", "APPS-T02")
def test_nothing_is_said_before_initialized_and_then_input_comes_before_result() -> None:
    session = AppsSession()
    assert session.say_input({"a": 1}) == []
    assert session.say_result({"content": []}) == []
    [handled] = say(session, INITIALIZE)
    assert isinstance(handled, Handle)
    assert isinstance(handled.message, Initialize)
    assert len(session.answer(0, {})) == 1
    steps = say(session, INITIALIZED)
    assert isinstance(steps[0], Ready)
    assert methods(steps) == ["ui/notifications/tool-input", "ui/notifications/tool-result"]


def test_a_view_that_was_never_introduced_is_not_ready() -> None:
    session = AppsSession()
    [step] = say(session, INITIALIZED)
    assert isinstance(step, Malformed)
    assert session.phase is ViewPhase.CREATED


def test_a_view_is_ready_once() -> None:
    assert say(ready(), INITIALIZED) == []


def test_an_id_that_is_open_is_not_taken_again() -> None:
    session = ready()
    listing = {"jsonrpc": "2.0", "id": 3, "method": "tools/list", "params": {}}
    [first] = say(session, listing)
    assert isinstance(first, Handle)
    [again] = say(session, listing)
    assert isinstance(again, Malformed)


@pytest.mark.requirement("APPS-36")
def test_result_and_cancelled_exclude_each_other() -> None:
    session = ready()
    session.say_input({})
    assert len(session.say_cancelled("refused")) == 1
    assert session.say_result({"content": []}) == []


@pytest.mark.requirement("APPS-34")
def test_input_is_said_at_most_once() -> None:
    session = ready()
    assert len(session.say_input({})) == 1
    assert session.say_input({"again": True}) == []


@pytest.mark.requirement("APPS-34")
def test_a_result_without_an_input_is_never_said() -> None:
    assert ready().say_result({"content": []}) == []


@pytest.mark.requirement("APPS-I15")
def test_request_zero_is_answered_once() -> None:
    session = ready()
    [handled] = say(
        session, {"jsonrpc": "2.0", "id": 0, "method": "tools/call", "params": {"name": "t"}}
    )
    assert isinstance(handled, Handle)
    assert isinstance(handled.message, CallTool)
    [post] = session.answer(0, {"content": []})
    assert json.loads(post.text)["id"] == 0
    assert session.answer(0, {"content": []}) == []


def test_a_method_the_host_does_not_speak_is_answered_at_once() -> None:
    [post] = say(ready(), {"jsonrpc": "2.0", "id": 5, "method": "elicitation/create", "params": {}})
    assert isinstance(post, Post)
    assert json.loads(post.text)["error"]["code"] == -32601


def test_ping_is_answered_before_the_handshake() -> None:
    [post] = say(AppsSession(), {"jsonrpc": "2.0", "id": 9, "method": "ping"})
    assert isinstance(post, Post)
    assert json.loads(post.text)["result"] == {}


@pytest.mark.requirement("APPS-T15")
def test_a_second_initialize_is_answered_like_the_first() -> None:
    session = ready()
    [handled] = say(session, {**INITIALIZE, "id": 1})
    assert isinstance(handled, Handle)
    assert session.phase is ViewPhase.READY


@pytest.mark.requirement("APPS-44")
def test_what_is_not_json_rpc_is_malformed_and_harms_nothing() -> None:
    session = ready()
    for bad in ("", "{", "[]", "null", '{"jsonrpc":"2.0"}', '{"jsonrpc":"1.0","method":"x"}'):
        [step] = session.receive(bad)
        assert isinstance(step, Malformed)


@pytest.mark.requirement("APPS-T15")
def test_too_many_open_requests_are_refused() -> None:
    session = ready()
    for number in range(MAX_OPEN_REQUESTS):
        say(session, {"jsonrpc": "2.0", "id": number, "method": "tools/list", "params": {}})
    steps = say(session, {"jsonrpc": "2.0", "id": 999, "method": "tools/list", "params": {}})
    assert any(isinstance(step, Post) and "too many" in step.text for step in steps)


@pytest.mark.requirement("APPS-I14", "APPS-I15", "APPS-T11")
def test_an_app_without_a_teardown_handler_is_torn_down_all_the_same() -> None:
    session = ready()
    [post] = session.begin_teardown("closed")
    asked = json.loads(post.text)
    assert asked["id"] == 1
    error = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no"}}
    assert say(session, error) == [TeardownAnswered()]


def test_an_answer_to_nothing_is_malformed() -> None:
    [step] = say(ready(), {"jsonrpc": "2.0", "id": 77, "result": {}})
    assert isinstance(step, Malformed)


def test_a_closed_session_hears_nothing() -> None:
    session = ready()
    session.close()
    assert say(session, {"jsonrpc": "2.0", "id": 1, "method": "ping"}) == []


def test_posts_from_before_the_extension_are_said_once_and_answered_never() -> None:
    session = ready()
    old = {"type": "tool", "messageId": "1", "payload": {"toolName": "buy"}}
    [first] = say(session, old)
    assert isinstance(first, Malformed)
    assert "before the Apps extension" in first.reason
    assert say(session, old) == []
    assert say(session, {"type": "ui-lifecycle-iframe-ready"}) == []


@pytest.mark.requirement("APPS-17")
def test_every_method_nobody_knows_is_answered_at_once() -> None:
    session = ready()
    unknown = ["ui/log", "ui/call-view-tool", "roots/list", "ui/notifications/sandbox-proxy-ready"]
    for number, method in enumerate(unknown):
        [post] = say(session, {"jsonrpc": "2.0", "id": number, "method": method})
        assert isinstance(post, Post)
        assert json.loads(post.text)["error"]["code"] == -32601


@pytest.mark.requirement("APPS-17")
def test_a_notification_nobody_knows_is_passed_over() -> None:
    session = ready()
    for method in ("ui/notifications/sandbox-proxy-ready", "notifications/progress", "x"):
        assert say(session, {"jsonrpc": "2.0", "method": method}) == []


@pytest.mark.requirement("APPS-I11")
def test_what_the_host_says_always_has_params() -> None:
    session = ready()
    posts = [
        *session.say_input({}),
        *session.say_cancelled(""),
        *session.say_context({}),
        *session.say_progress(0, 1.0, ""),
        *session.begin_teardown(""),
    ]
    assert len(posts) == 5
    assert all(isinstance(json.loads(post.text)["params"], dict) for post in posts)


def test_a_request_before_initialized_is_served() -> None:
    [handled] = say(
        AppsSession(), {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    )
    assert isinstance(handled, Handle)


def test_ping_of_an_id_that_is_open_is_no_second_request() -> None:
    session = ready()
    say(session, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    [step] = say(session, {"jsonrpc": "2.0", "id": 1, "method": "ping"})
    assert isinstance(step, Malformed)
    assert len(session.answer(1, {})) == 1


def asking() -> tuple[AppsSession, int]:
    """A session in which an answer is due."""
    session = ready()
    asked = session.ask("tools/call", {"name": "draw"})
    assert asked is not None
    return session, asked[0]


def answer_of(length: int, id: int) -> str:
    frame = f'{{"jsonrpc":"2.0","id":{id},"result":{{"text":""}}}}'
    return frame.replace('""', f'"{"x" * (length - len(frame))}"')


@pytest.mark.requirement("APPS-42")
def test_an_answer_may_be_10_mb_long_and_a_longer_one_is_an_error_at_once() -> None:
    session, id = asking()
    [answered] = session.receive(answer_of(MAX_VIEW_ANSWER, id))
    assert isinstance(answered, Answered)
    assert answered.result is not None
    session, id = asking()
    malformed, answered = session.receive(answer_of(MAX_VIEW_ANSWER + 1, id))
    assert isinstance(malformed, Malformed)
    assert isinstance(answered, Answered)
    assert (answered.id, answered.result) == (id, None)
    assert "its answer was not taken: a message of more than 10000000 bytes" in answered.error


def test_what_is_no_answer_is_not_that_long_while_an_answer_is_due_or_not() -> None:
    long = {"jsonrpc": "2.0", "id": 9, "method": "ping", "params": {"x": "y" * MAX_VIEW_MESSAGE}}
    for session in (ready(), asking()[0]):
        malformed, refused = session.receive(json.dumps(long, separators=(",", ":")))
        assert isinstance(malformed, Malformed)
        assert isinstance(refused, Post)
        assert json.loads(refused.text)["id"] == 9
        assert "more than 4000000 bytes" in json.loads(refused.text)["error"]["message"]


def test_an_answer_that_is_not_due_is_not_read_when_it_is_long() -> None:
    [step] = ready().receive(answer_of(MAX_VIEW_MESSAGE + 1, 1))
    assert step == Malformed(reason="a message of more than 4000000 bytes")


@pytest.mark.parametrize(
    "text",
    [
        '{"jsonrpc":"2.0","id":%d,"result":{"text":"\\ud800"}}',
        '{"result":{"text":"\\ud800"},"jsonrpc":"2.0","id":%d}',
        '{"result":{"n":' + "[" * 200 + "]" * 200 + '},"jsonrpc":"2.0","id":%d}',
    ],
)
def test_an_answer_that_cannot_be_read_is_an_error_at_once(text: str) -> None:
    session, id = asking()
    malformed, answered = session.receive(text % id)
    assert isinstance(malformed, Malformed)
    assert isinstance(answered, Answered)
    assert (answered.id, answered.result) == (id, None)
    [again] = session.receive(text % id)
    assert isinstance(again, Malformed), "it is answered once"


def test_an_unreadable_request_answers_nothing() -> None:
    session, id = asking()
    params = '{"method":"tools/call","params":{"result":"\\ud800"}'
    text = f'{params},"jsonrpc":"2.0","id":{id}}}'
    malformed, refused = session.receive(text)
    assert isinstance(malformed, Malformed)
    assert isinstance(refused, Post)
    assert json.loads(refused.text)["id"] == id
    [answered] = session.receive(answer_of(100, id))
    assert isinstance(answered, Answered)


WIDE = {"name": "look", "arguments": {"a": [0] * MAX_VIEW_VALUES}}


def test_a_message_of_too_many_values_is_refused_before_anything_is_built_of_it() -> None:
    message = {"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": WIDE}
    [bad, answer] = ready().receive(json.dumps(message, separators=(",", ":")))
    assert isinstance(bad, Malformed)
    assert isinstance(answer, Post)
    assert "values" in bad.reason
    assert json.loads(answer.text)["error"]["code"] == -32600


def test_a_request_weighs_what_it_costs_and_commas_in_text_weigh_nothing() -> None:
    weights: list[int] = []
    for arguments in ({}, {"a": [0] * 20_500}, {"a": ",x" * 30_000}, {"a": "x" * 1_000_000}):
        params = {"name": "look", "arguments": arguments}
        message = {"jsonrpc": "2.0", "id": len(weights), "method": "tools/call", "params": params}
        [step] = say(ready(), message)
        assert isinstance(step, Handle)
        weights.append(step.weight)
    assert weights == [1, 42, 1, 11]


def test_an_id_that_is_too_long_is_answered_and_not_kept() -> None:
    session = ready()
    long = "i" * (MAX_ID + 1)
    [bad, answer] = say(session, {"jsonrpc": "2.0", "id": long, "method": "tools/list"})
    assert isinstance(bad, Malformed)
    assert isinstance(answer, Post)
    assert json.loads(answer.text)["id"] == long
    assert session._open == {}
