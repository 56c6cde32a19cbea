"""The ten steps: what is recorded when, what leaves, and what does not."""

from __future__ import annotations

import asyncio

import pytest

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.audit import AuditKind
from mcphost.domain.conversation import RunState
from mcphost.domain.errors import (
    HostBugError,
    NotConfigured,
    PolicyDenied,
    ProtocolViolation,
    ServerRefused,
    ServerUnreachable,
    StorageError,
    UserFacingError,
)
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import canonical_digest
from mcphost.domain.tool import Effect
from mcphost.gate.lineage import inherit
from mcphost.gate.parse import MAX_REQUEST_BYTES, parse
from mcphost.gate.send import send
from tests.helpers.gate_parts import APP, FakeConnection, Stage, call, timer, tool


def reading(*replies: object) -> Stage:
    connection = FakeConnection(*replies)  # type: ignore[arg-type]
    return Stage(judged={"look": Effect.READ}, connection=connection)


def test_a_read_goes_out_after_its_decision_and_its_intent_are_durable() -> None:
    stage = reading({"content": [{"type": "text", "text": "hello"}]})
    outcome = asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.audit.kinds() == ["action_decided", "frame_intended", "action_finished"]
    assert (outcome.text, outcome.rounds) == ("hello", 1)
    assert stage.broker.asked == []


@pytest.mark.requirement("MCP-025")
def test_the_rows_join_decision_frame_and_result() -> None:
    stage = reading()
    asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    decided = stage.audit.last(AuditKind.ACTION_DECIDED)
    frame = stage.audit.last(AuditKind.FRAME_INTENDED)
    finished = stage.audit.last(AuditKind.ACTION_FINISHED)
    assert frame["decided_seq"] == finished["decided_seq"] == 1
    assert finished["executed_digest"] == finished["approved_digest"] == decided["params_digest"]
    assert (decided["verdict"], decided["rules"]) == ("allow", ["read-tools"])
    assert {row.invocation for row in stage.audit.rows} == {"invocation-1"}


def test_the_executed_digest_is_over_method_and_params_without_meta() -> None:
    stage = reading()
    asyncio.run(stage.gate.perform(call("look", arguments={"n": 1}), tool=tool("look")))
    request = {"method": "tools/call", "params": {"name": "look", "arguments": {"n": 1}}}
    finished = stage.audit.last(AuditKind.ACTION_FINISHED)
    assert finished["executed_digest"] == canonical_digest(request)


def changed_while_asked(change: str) -> Stage:
    """A call that is approved only after its server or its tool was changed under it."""
    stage = Stage()

    async def scene() -> None:
        stage.broker.hold = asyncio.Event()
        task = asyncio.create_task(stage.gate.perform(call(), tool=tool()))
        while not stage.broker.asked:
            await asyncio.sleep(0)
        setattr(stage, change, True)
        stage.broker.hold.set()
        with pytest.raises(UserFacingError, match="changed"):
            await task

    asyncio.run(scene())
    return stage


@pytest.mark.parametrize("change", ["moved", "redefined"])
def test_a_yes_does_not_reach_a_server_or_a_tool_that_changed_meanwhile(change: str) -> None:
    stage = changed_while_asked(change)
    assert stage.connection.sent == []
    assert "frame_intended" not in stage.audit.kinds()
    assert stage.audit.kinds()[-1] == "action_failed"


def test_a_frame_that_is_not_the_approved_request_is_stopped() -> None:
    stage = reading()
    stage.connection.forge = lambda message: {
        **message,
        "params": {**message["params"], "arguments": {"amount": 9000}},
    }
    with pytest.raises(HostBugError, match="not the request that was approved"):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.connection.sent == []
    assert stage.audit.of(AuditKind.FRAME_REFUSED)


def test_what_is_sent_is_what_was_approved() -> None:
    stage = reading()
    rooms = stage.gate._rooms
    walk = parse(rooms, call("look"), tool("look"), None)
    with pytest.raises(HostBugError, match="not the one that was approved"):
        asyncio.run(send(rooms, walk, {"name": "look", "arguments": {"amount": 9000}}))
    assert stage.connection.sent == []


def test_a_frame_of_another_method_is_stopped() -> None:
    stage = reading()
    stage.connection.forge = lambda message: {**message, "method": "resources/read"}
    with pytest.raises(HostBugError, match="was not decided on"):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.connection.sent == []


def test_an_answer_that_nobody_gave_is_stopped() -> None:
    stage = reading()
    stage.connection.forge = lambda message: {
        "jsonrpc": "2.0",
        "id": 7,
        "method": "tools/call",
        "result": {"action": "accept"},
    }
    with pytest.raises(HostBugError):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.connection.sent == []


def test_a_result_without_a_recorded_frame_is_not_believed() -> None:
    stage = reading()
    stage.connection.quiet = True
    with pytest.raises(HostBugError, match="never recorded"):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))


def test_without_a_durable_decision_nothing_is_sent() -> None:
    stage = reading()
    stage.audit.broken = True
    with pytest.raises(StorageError):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.connection.sent == []


def test_without_a_durable_intent_nothing_is_sent() -> None:
    stage = reading()

    def disk_fills_up(_: Action) -> None:
        stage.audit.broken = True

    with pytest.raises(StorageError):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look"), on_approved=disk_fills_up))
    assert stage.connection.sent == []


def test_a_denial_names_its_rule_and_is_one_row() -> None:
    stage = Stage()
    with pytest.raises(PolicyDenied, match="unknown-tool") as caught:
        asyncio.run(stage.gate.perform(call("nothing")))
    assert caught.value.rules == ("unknown-tool",)
    assert stage.audit.kinds() == ["action_decided"]
    assert stage.audit.last(AuditKind.ACTION_DECIDED)["verdict"] == "deny"


@pytest.mark.requirement("MCP-105", "MCP-128")
def test_bad_arguments_are_refused_before_anybody_is_asked() -> None:
    stage = Stage()
    stage.schemas.refuse = {"n": "x"}
    with pytest.raises(UserFacingError, match="Nothing was sent"):
        asyncio.run(stage.gate.perform(call(arguments={"n": "x"}), tool=tool()))
    assert stage.broker.asked == []
    assert stage.audit.kinds() == ["action_decided", "action_failed"]


@pytest.mark.requirement("MCP-025", "MCP-104", "MCP-128")
def test_a_result_that_does_not_fit_its_schema_is_not_delivered() -> None:
    stage = reading({"content": [], "structuredContent": {"bad": 1}})
    stage.schemas.refuse = {"bad": 1}
    shaped = tool("look", output_schema={"type": "object"})
    with pytest.raises(ProtocolViolation):
        asyncio.run(stage.gate.perform(call("look"), tool=shaped))
    assert stage.audit.last(AuditKind.ACTION_FAILED)["schema_valid"] is False


@pytest.mark.requirement("MCP-104")
def test_a_promised_structure_that_is_missing_is_a_violation() -> None:
    stage = reading({"content": []})
    shaped = tool("look", output_schema={"type": "object"})
    with pytest.raises(ProtocolViolation, match="no structured result"):
        asyncio.run(stage.gate.perform(call("look"), tool=shaped))


@pytest.mark.requirement("MCP-104")
@pytest.mark.parametrize("structure", [None, [1, 2], "text", 0, False, {}])
def test_a_structure_may_be_any_value_and_null_is_not_none_at_all(structure: object) -> None:
    stage = reading({"content": [], "structuredContent": structure})
    promised = tool("look", output_schema={"type": ["null", "array", "string"]})
    outcome = asyncio.run(stage.gate.perform(call("look"), tool=promised))
    assert outcome.result["structuredContent"] == structure
    assert stage.audit.last(AuditKind.ACTION_FINISHED)["schema_valid"] is True


@pytest.mark.requirement("MCP-106")
def test_a_tool_error_is_delivered_as_one() -> None:
    stage = reading({"content": [{"type": "text", "text": "no"}], "isError": True})
    states: list[RunState] = []
    shaped = tool("look", output_schema={"type": "object"})
    asyncio.run(stage.gate.perform(call("look"), tool=shaped, on_state=states.append))
    assert states[-1] is RunState.TOOL_ERROR
    assert stage.audit.last(AuditKind.ACTION_FINISHED)["is_error"] is True


def test_a_server_error_leaves_its_code_but_not_its_words_in_the_log() -> None:
    stage = reading(ServerRefused(-32000, "your secret is hunter2"))
    with pytest.raises(ServerRefused):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    row = stage.audit.last(AuditKind.ACTION_FAILED)
    assert row["code"] == -32000
    assert "hunter2" not in repr(stage.audit.rows)


def test_a_server_that_is_not_connected_is_unreachable() -> None:
    stage = reading()
    stage.connected = False
    with pytest.raises(ServerUnreachable):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.audit.kinds()[-1] == "action_failed"


def test_an_unknown_server_is_not_configured() -> None:
    stage = Stage()
    with pytest.raises(NotConfigured):
        asyncio.run(stage.gate.perform(call("look", server=ServerKey("nowhere"))))


def test_params_with_a_meta_of_their_own_are_our_bug() -> None:
    stage = reading()
    forged = call("look", params={"name": "look", "_meta": {"traceparent": "x"}})
    with pytest.raises(HostBugError, match="_meta"):
        asyncio.run(stage.gate.perform(forged, tool=tool("look")))


def test_a_number_that_json_cannot_carry_exactly_is_refused() -> None:
    stage = reading()
    with pytest.raises(UserFacingError, match="exactly"):
        asyncio.run(stage.gate.perform(call("look", arguments={"n": 2**60}), tool=tool("look")))
    assert stage.audit.rows == []


def test_arguments_nested_too_deeply_are_refused() -> None:
    stage = reading()
    deep: object = 1
    for _ in range(80):
        deep = {"d": deep}
    with pytest.raises(UserFacingError, match="nested deeper"):
        asyncio.run(stage.gate.perform(call("look", arguments={"d": deep}), tool=tool("look")))


def test_a_request_that_is_too_long_is_refused() -> None:
    stage = reading()
    long = call("look", arguments={"note": "x" * MAX_REQUEST_BYTES})
    with pytest.raises(UserFacingError, match="longer than"):
        asyncio.run(stage.gate.perform(long, tool=tool("look")))
    assert stage.audit.rows == []


def test_an_action_with_the_method_of_another_kind_is_our_bug() -> None:
    stage = reading()
    disguised = call("look", method="resources/read")
    with pytest.raises(HostBugError, match="cannot be sent"):
        asyncio.run(stage.gate.perform(disguised, tool=tool("look")))
    assert stage.audit.rows == []


def test_only_a_view_has_a_timer() -> None:
    stage = reading()
    with pytest.raises(HostBugError, match="begin with a timer"):
        asyncio.run(stage.gate.perform(call("look", lineage=timer()), tool=tool("look")))


def test_a_child_has_the_principal_root_and_invocation_of_its_parent() -> None:
    parent = call("look", principal=APP, lineage=timer())
    child = inherit(parent, ActionKind.ELICIT, "elicitation/create", {"message": "?"})
    assert (child.principal, child.lineage, child.invocation) == (
        parent.principal,
        parent.lineage,
        parent.invocation,
    )


def test_a_tool_that_is_not_the_named_one_is_our_bug() -> None:
    stage = reading()
    with pytest.raises(HostBugError, match="not the one"):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("buy")))


def test_a_view_cannot_act_under_another_id() -> None:
    stage = reading()
    with pytest.raises(HostBugError, match="own id"):
        asyncio.run(stage.gate.perform(call("look", principal=APP, view=None), tool=tool("look")))


@pytest.mark.requirement("MCP-143")
def test_cancelling_leaves_a_row_and_the_state() -> None:
    stage = reading()
    states: list[RunState] = []

    async def scenario() -> None:
        async def never(_: object) -> dict[str, object]:
            await asyncio.Event().wait()
            return {}

        stage.connection.replies = [never]  # type: ignore[list-item]
        walk = stage.gate.perform(call("look"), tool=tool("look"), on_state=states.append)
        task = asyncio.ensure_future(walk)
        while not stage.connection.sent:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert states[-1] is RunState.CANCELLED
    assert stage.audit.last(AuditKind.ACTION_FAILED)["error"] == "cancelled"


def test_the_caller_hears_of_approval_before_anything_leaves() -> None:
    stage = reading()
    seen: list[int] = []
    asyncio.run(
        stage.gate.perform(
            call("look"),
            tool=tool("look"),
            on_approved=lambda _: seen.append(len(stage.connection.sent)),
        )
    )
    assert seen == [0]


def test_the_trace_travels_and_the_span_names_the_rule() -> None:
    stage = reading()
    asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    span = stage.telemetry.spans[0]
    assert stage.connection.exchanges[0].traceparent == span.traceparent
    assert span.attributes["mcphost.policy.reasons"] == "read-tools"
