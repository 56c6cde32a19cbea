"""The elicitation desk: what a person answers, and everything that is not an answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.consent import (
    ElicitationAction,
    ElicitationMode,
    ElicitationRequest,
    FieldType,
    FormField,
)
from mcphost.domain.errors import HostBugError, UserFacingError
from mcphost.domain.events import QuestionWithdrawn
from mcphost.domain.ids import RequestId
from tests.helpers.gate_parts import SERVER, TALK, Stage

SIZE = FormField(name="size", type=FieldType.STRING, title="", description="", required=True)


def form(number: int = 1) -> ElicitationRequest:
    return ElicitationRequest(
        id=RequestId(f"form-{number}"),
        conversation=TALK,
        server=SERVER,
        server_title="The shop",
        server_origin="https://shop.example/mcp",
        cause='You ran the tool "buy"',
        round=1,
        mode=ElicitationMode.FORM,
        message="Which size?",
        fields=(SIZE,),
        deadline=5.0,
    )


def link() -> ElicitationRequest:
    return replace(form(), mode=ElicitationMode.URL, fields=(), url="https://pay.example/x")


def test_an_accepted_form_is_checked_and_its_values_stay_out_of_the_log() -> None:
    stage = Stage()
    stage.broker.content = {"size": "private-value"}
    answer = asyncio.run(stage.elicitation.ask(form()))
    assert answer.content == {"size": "private-value"}
    assert stage.audit.kinds() == ["elicitation_asked", "elicitation_answered"]
    assert stage.audit.last(AuditKind.ELICITATION_ANSWERED)["answered"] == ["size"]
    assert "private-value" not in repr(stage.audit.rows)


@pytest.mark.requirement("MCP-092")
@pytest.mark.parametrize("content", [None, {}, {"size": 3}, {"size": "L", "more": "x"}])
def test_a_form_that_is_not_filled_in_correctly_is_cancelled(content: object) -> None:
    stage = Stage()
    stage.broker.content = content  # type: ignore[assignment]
    answer = asyncio.run(stage.elicitation.ask(form()))
    assert (answer.action, answer.content) == (ElicitationAction.CANCEL, None)
    assert stage.audit.last(AuditKind.ELICITATION_ANSWERED)["note"]


@pytest.mark.requirement("MCP-093")
def test_a_decline_is_a_decline() -> None:
    stage = Stage()
    stage.broker.action = ElicitationAction.DECLINE
    assert asyncio.run(stage.elicitation.ask(form())).action is ElicitationAction.DECLINE


@pytest.mark.requirement("MCP-093")
def test_nobody_there_is_a_cancel() -> None:
    stage = Stage()
    stage.broker.present = False
    assert asyncio.run(stage.elicitation.ask(form())).action is ElicitationAction.CANCEL
    assert stage.broker.elicited == []


def test_a_deadline_is_a_cancel_and_closes_the_dialog() -> None:
    stage = Stage()
    stage.broker.hold = asyncio.Event()
    answer = asyncio.run(stage.elicitation.ask(replace(form(), deadline=0.01)))
    assert answer.action is ElicitationAction.CANCEL
    assert stage.events == [QuestionWithdrawn(request=RequestId("form-1"))]


def test_a_dialog_that_fails_is_a_cancel() -> None:
    stage = Stage()
    stage.broker.failure = RuntimeError("no window")
    assert asyncio.run(stage.elicitation.ask(form())).action is ElicitationAction.CANCEL


def test_a_question_is_asked_once() -> None:
    stage = Stage()
    stage.broker.content = {"size": "L"}
    asyncio.run(stage.elicitation.ask(form()))
    with pytest.raises(HostBugError):
        asyncio.run(stage.elicitation.ask(form()))


@pytest.mark.requirement("MCP-093")
def test_an_accepted_url_is_opened_exactly() -> None:
    stage = Stage()
    asyncio.run(stage.elicitation.ask(link()))
    assert stage.opened == ["https://pay.example/x"]


@pytest.mark.requirement("MCP-095", "MCP-096")
@pytest.mark.parametrize("action", [ElicitationAction.DECLINE, ElicitationAction.CANCEL])
def test_a_url_that_was_not_accepted_is_not_opened(action: ElicitationAction) -> None:
    stage = Stage()
    stage.broker.action = action
    asyncio.run(stage.elicitation.ask(link()))
    assert stage.opened == []


def test_a_browser_that_does_not_open_is_a_cancel() -> None:
    stage = Stage()

    def broken(url: str) -> None:
        raise UserFacingError("there is no browser")

    stage.elicitation._opener = broken
    answer = asyncio.run(stage.elicitation.ask(link()))
    assert answer.action is ElicitationAction.CANCEL
    assert "no browser" in str(stage.audit.last(AuditKind.ELICITATION_ANSWERED)["note"])


def test_a_consent_question_and_a_form_share_the_floor() -> None:
    stage = Stage()
    stage.broker.hold = asyncio.Event()
    stage.broker.content = {"size": "L"}

    async def scenario() -> int:
        tasks = [asyncio.ensure_future(stage.elicitation.ask(form(n))) for n in (1, 2)]
        for _ in range(20):
            await asyncio.sleep(0)
        shown = len(stage.broker.elicited)
        assert stage.broker.hold is not None
        stage.broker.hold.set()
        await asyncio.gather(*tasks)
        return shown

    assert asyncio.run(scenario()) == 1


def visiting(*answers: ElicitationAction) -> tuple[Stage, ElicitationAction]:
    """What comes of *answers* to the address and to what is asked after each opening."""
    stage, left = Stage(), list(answers)

    async def think() -> None:
        stage.broker.action = left.pop(0)

    stage.broker._think = think  # type: ignore[method-assign]
    return stage, asyncio.run(stage.elicitation.ask(link())).action


ACCEPT, DECLINE, CANCEL = ElicitationAction


@pytest.mark.requirement("MCP-101")
def test_after_an_address_was_opened_the_person_goes_on() -> None:
    stage, action = visiting(ACCEPT, ACCEPT)
    assert (action, stage.opened) == (ACCEPT, ["https://pay.example/x"])
    assert [asked.opened for asked in stage.broker.elicited] == [0, 1]
    assert len({asked.id for asked in stage.broker.elicited}) == 2


@pytest.mark.requirement("MCP-101")
def test_after_an_address_was_opened_the_person_opens_it_again_or_gives_up() -> None:
    stage, action = visiting(ACCEPT, DECLINE, CANCEL)
    assert (action, stage.opened) == (CANCEL, ["https://pay.example/x"] * 2)
    assert stage.audit.last(AuditKind.ELICITATION_ASKED)["opened"] == 2


def test_an_address_is_not_opened_again_for_ever() -> None:
    stage, action = visiting(ACCEPT, *[DECLINE] * 9)
    assert (action, len(stage.opened)) == (CANCEL, 5)
