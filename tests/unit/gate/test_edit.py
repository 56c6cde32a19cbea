"""A person answers with other arguments: a new request, decided and asked anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mcphost.domain.action import Action
from mcphost.domain.audit import AuditKind
from mcphost.domain.consent import Answer, ConsentAnswer
from mcphost.domain.decision import Decision
from mcphost.domain.errors import ConsentRefused, PolicyDenied
from mcphost.domain.grant import GrantScope
from mcphost.domain.json import JsonObject
from mcphost.domain.principal import USER
from mcphost.domain.tool import Effect
from mcphost.gate.edit import MAX_EDITS
from mcphost.gate.path import Outcome
from mcphost.gate.walk import request_digest
from mcphost.policy.facts import Facts
from tests.helpers.gate_parts import APP, AUTOMATION, MODEL, Stage, call, default_policy, tool

ASKED: JsonObject = {"path": "/home/a", "all": True}
WANTED: JsonObject = {"path": "/home/b", "all": False}


def edits(*wanted: JsonObject) -> Callable[[ConsentAnswer], ConsentAnswer]:
    """A person who puts each of *wanted* in, one a question, and then says what they say."""
    left = list(wanted)

    def answer(given: ConsentAnswer) -> ConsentAnswer:
        if not left:
            return given
        return replace(given, answer=Answer.EDITED, arguments=left.pop(0), offer=None)

    return answer


def stage_with(*wanted: JsonObject, **changes: Any) -> Stage:
    stage = Stage(**{"judged": {"buy": Effect.WRITE}, **changes})
    stage.broker.tamper = edits(*wanted)
    return stage


def perform(stage: Stage, action: Action | None = None) -> Outcome:
    asked = action or call("buy", arguments=ASKED)
    return asyncio.run(stage.gate.perform(asked, tool=tool("buy")))


@pytest.mark.parametrize("principal", [USER, MODEL, APP], ids=str)
def test_changed_arguments_are_decided_and_asked_anew_and_only_they_are_sent(
    principal: Any,
) -> None:
    stage = stage_with(WANTED)
    outcome = perform(stage, call("buy", principal=principal, arguments=ASKED))
    assert [m["params"]["arguments"] for m in stage.connection.sent] == [WANTED]
    first, second = stage.broker.asked
    assert (
        first.digest
        != second.digest
        == request_digest("tools/call", {"name": "buy", "arguments": WANTED})
    )
    assert "you changed the arguments" in second.again
    assert first.id != second.id
    assert outcome.changed == WANTED
    decided = stage.audit.of(AuditKind.ACTION_DECIDED)
    assert [row.data["params_digest"] for row in decided] == [first.digest, second.digest]
    assert [row.data.get("changed_by") for row in decided] == [None, "person"]
    assert {row.principal for row in decided} == {str(principal)}


def test_the_edit_is_a_row_without_the_arguments() -> None:
    stage = stage_with(WANTED)
    perform(stage)
    edited, allowed = (row.data for row in stage.audit.of(AuditKind.CONSENT_ANSWERED))
    assert (edited["answer"], allowed["answer"]) == ("edited", "allow")
    assert "arguments_digest" in edited
    assert "arguments_digest" not in allowed
    assert "/home/b" not in repr([row.data for row in stage.audit.rows])


def test_a_no_to_the_changed_call_sends_neither() -> None:
    stage = stage_with(WANTED)
    stage.broker.answer = Answer.DENY
    with pytest.raises(ConsentRefused):
        perform(stage)
    assert stage.connection.sent == []


class Turning:
    """A policy that is another one from the first question on."""

    def __init__(self, stage: Stage, text: str) -> None:
        self._stage, self._then = stage, default_policy(text)

    def decide(self, facts: Facts) -> Decision:
        policy = self._then if self._stage.broker.asked else self._stage.policy
        return policy.decide(facts)


def test_what_the_policy_forbids_is_refused_after_an_edit_too() -> None:
    stage = stage_with(WANTED)
    stage.gate = stage.make_gate(Turning(stage, "forbid(principal, action, resource);"))
    with pytest.raises(PolicyDenied):
        perform(stage)
    assert stage.connection.sent == []
    assert len(stage.broker.asked) == 1


def test_a_rule_that_permits_does_not_send_what_a_person_changed() -> None:
    stage = stage_with(WANTED)
    stage.gate = stage.make_gate(Turning(stage, "permit(principal, action, resource);"))
    perform(stage)
    _, second = stage.broker.asked
    assert second.reason.startswith("you changed")
    assert stage.audit.last(AuditKind.ACTION_DECIDED)["verdict"] == "allow"


def test_a_grant_does_not_send_what_a_person_changed() -> None:
    stage = stage_with()
    stage.broker.scope = GrantScope.TASK
    perform(stage, call("buy", principal=MODEL, arguments=WANTED))
    perform(stage, call("buy", principal=MODEL, arguments=WANTED))
    assert len(stage.broker.asked) == 1, "the grant holds for exactly these"
    stage.broker.tamper = edits(WANTED)
    perform(stage, call("buy", principal=MODEL, arguments=ASKED))
    assert len(stage.broker.asked) == 3


def test_what_does_not_fit_the_schema_changes_nothing_and_is_said() -> None:
    stage = stage_with(WANTED)
    stage.schemas.refuse = WANTED
    perform(stage)
    first, second = stage.broker.asked
    assert first.digest == second.digest
    assert "was not taken" in second.again
    assert [m["params"]["arguments"] for m in stage.connection.sent] == [ASKED]


def test_after_five_edits_no_more_is_offered_and_one_more_ends_as_no() -> None:
    wanted = [{"n": number} for number in range(MAX_EDITS + 1)]
    stage = stage_with(*wanted)
    with pytest.raises(ConsentRefused):
        perform(stage)
    offered = [request.schema is not None for request in stage.broker.asked]
    assert offered == [True] * MAX_EDITS + [False]
    assert stage.connection.sent == []


def test_nobody_may_edit_what_the_command_line_calls_or_a_group_of_calls() -> None:
    grouped = call(
        "buy",
        principal=MODEL,
        arguments={"n": 1},
        siblings=({"name": "buy", "arguments": {"n": 2}},),
    )
    for action in (grouped, call("buy", principal=AUTOMATION, arguments=ASKED)):
        stage = stage_with(WANTED)
        with pytest.raises((ConsentRefused, PolicyDenied)):
            perform(stage, action)
        assert stage.connection.sent == []
        assert all(request.schema is None for request in stage.broker.asked)


@pytest.mark.parametrize(
    "forged",
    [
        {"answer": Answer.ALLOW, "arguments": WANTED},
        {"answer": Answer.EDITED, "arguments": None},
    ],
)
def test_an_answer_that_says_yes_and_something_else_is_a_no(forged: dict[str, Any]) -> None:
    stage = stage_with()
    stage.broker.tamper = lambda given: replace(given, **forged)
    with pytest.raises(ConsentRefused):
        perform(stage)
    assert stage.connection.sent == []
    assert stage.audit.last(AuditKind.CONSENT_ANSWERED)["answer"] == "aborted"
