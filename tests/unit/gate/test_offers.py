"""Prompts and suggestions walk the path like everything else."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.audit import AuditKind
from mcphost.domain.errors import HostBugError, PolicyDenied, ProtocolViolation
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import background
from mcphost.domain.principal import Principal
from mcphost.gate.path import Outcome
from tests.helpers.gate_parts import (
    APP,
    MODEL,
    VIEW,
    FakeConnection,
    Stage,
    asks_form,
    call,
    gesture,
)

GOT: JsonObject = {"messages": [{"role": "user", "content": {"type": "text", "text": "hi"}}]}
TYPED: JsonObject = {
    "ref": {"type": "ref/prompt", "name": "greet"},
    "argument": {"name": "pin", "value": "4711"},
}


def get(**changes: object) -> Action:
    action = replace(
        call(),
        kind=ActionKind.PROMPT_GET,
        method="prompts/get",
        params={"name": "greet", "arguments": {"to": "Ada"}},
    )
    return replace(action, **changes)


def complete() -> Action:
    return replace(call(), kind=ActionKind.COMPLETE, method="completion/complete", params=TYPED)


def perform(stage: Stage, action: Action) -> Outcome:
    return asyncio.run(stage.gate.perform(action))


def test_a_prompt_that_a_person_chose_is_decided_recorded_and_got() -> None:
    stage = Stage(connection=FakeConnection(GOT))
    assert perform(stage, get()).result == GOT
    assert stage.audit.kinds() == ["action_decided", "frame_intended", "action_finished"]
    decided = stage.audit.last(AuditKind.ACTION_DECIDED)
    assert (decided["name"], decided["rules"]) == ("greet", ["get-prompts"])
    (sent,) = stage.connection.sent
    assert sent["params"]["arguments"] == {"to": "Ada"}


def test_a_prompt_may_ask_for_input_and_is_sent_again_with_the_answer() -> None:
    stage = Stage(connection=FakeConnection(asks_form(), GOT))
    stage.broker.content = {"size": "L"}
    outcome = perform(stage, get())
    assert (outcome.result, outcome.rounds) == (GOT, 2)
    (asked,) = stage.broker.elicited
    assert 'You chose the prompt "greet"' in asked.cause
    assert stage.connection.sent[1]["params"]["requestState"] == "state-1"


@pytest.mark.requirement("MCP-028", "MCP-113")
@pytest.mark.parametrize("principal", [MODEL, APP], ids=str)
def test_neither_a_model_nor_an_app_gets_a_prompt_or_suggestions(principal: Principal) -> None:
    stage = Stage()
    view = VIEW if principal is APP else None
    for action in (get(), complete()):
        with pytest.raises(PolicyDenied) as denied:
            perform(stage, replace(action, principal=principal, view=view))
        assert denied.value.rules == ("prompts-are-for-people",)
    assert stage.connection.sent == []


@pytest.mark.requirement("MCP-117")
def test_nothing_is_completed_in_the_background() -> None:
    stage = Stage()
    with pytest.raises(PolicyDenied):
        perform(stage, replace(complete(), lineage=background(0.0)))
    assert stage.connection.sent == []


def test_the_log_says_what_was_completed_but_not_what_was_typed() -> None:
    stage = Stage(connection=FakeConnection({"completion": {"values": ["4711"]}}))
    perform(stage, complete())
    assert stage.audit.last(AuditKind.ACTION_DECIDED)["name"] == "pin of greet"
    assert "4711" not in repr([row.data for row in stage.audit.rows])


@pytest.mark.requirement("MCP-028")
@pytest.mark.parametrize("reply", [{}, {"messages": "x"}, {"content": []}])
def test_what_is_no_prompt_is_a_failure_and_not_delivered(reply: JsonObject) -> None:
    stage = Stage(connection=FakeConnection(reply))
    with pytest.raises(ProtocolViolation):
        perform(stage, get())
    assert stage.audit.kinds()[-1] == "action_failed"


def test_more_suggestions_than_there_may_be_are_a_failure() -> None:
    stage = Stage(connection=FakeConnection({"completion": {"values": ["x"] * 101}}))
    with pytest.raises(ProtocolViolation):
        perform(stage, complete())


def test_a_prompt_without_a_name_and_a_kind_under_another_method_are_bugs() -> None:
    for action in (get(params={}), get(kind=ActionKind.COMPLETE), get(kind=ActionKind.LIST)):
        with pytest.raises(HostBugError):
            perform(Stage(), replace(action, lineage=gesture()))
