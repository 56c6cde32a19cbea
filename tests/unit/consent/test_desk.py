"""The consent desk: one question, one end, and nothing but a clear yes counts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.consent import Answer, ConsentAnswer, ConsentMatter, ConsentRequest
from mcphost.domain.decision import Tier
from mcphost.domain.errors import HostBugError, StorageError
from mcphost.domain.events import QuestionWithdrawn
from mcphost.domain.ids import Digest, RequestId
from mcphost.domain.json import JsonObject, digest
from tests.helpers.gate_parts import APP, SERVER, TALK, Stage, call
from tests.helpers.questions import FOR_THE_CONVERSATION as OFFER

BYTES = b'{"method":"tools/call","params":{"name":"buy"}}'


def question(number: int = 1, *, canonical: bytes = BYTES, deadline: float = 5.0) -> ConsentRequest:
    return ConsentRequest(
        id=RequestId(f"question-{number}"),
        matter=ConsentMatter.SERVER,
        conversation=TALK,
        who="You",
        verb="Call a tool",
        subject="buy",
        server=SERVER,
        server_title="The shop",
        destination="https://shop.example/mcp",
        canonical=canonical,
        digest=digest(canonical),
        reason="the tool changes something",
        rules=("ask-write-tool",),
        tier=Tier.SHOW_ARGUMENTS,
        reversible="unknown",
        deadline=deadline,
    )


@pytest.mark.parametrize("schema", [None, {"type": "object"}], ids=["as asked", "may be changed"])
def test_only_a_question_that_may_be_changed_waits_for_whoever_changes_it(
    schema: JsonObject | None,
) -> None:
    stage = Stage()
    stage.broker.hold = asyncio.Event()
    asked = replace(question(deadline=0.01), schema=schema, editing=0.2)
    started = time.monotonic()
    answer = asyncio.run(stage.consent.ask(asked))
    waited = time.monotonic() - started
    assert answer.answer is Answer.TIMEOUT
    assert waited >= asked.longest
    assert (asked.longest > 0.1) is (schema is not None)


def test_a_yes_is_recorded_before_it_is_believed() -> None:
    stage = Stage()
    answer = asyncio.run(stage.consent.ask(question()))
    assert answer.answer is Answer.ALLOW
    assert stage.audit.kinds() == ["consent_asked", "consent_answered"]
    assert stage.audit.last(AuditKind.CONSENT_ANSWERED)["answered_by"] == "person"


@pytest.mark.parametrize(
    "tamper",
    [
        lambda answer: replace(answer, digest=Digest("0" * 64)),
        lambda answer: replace(answer, request=RequestId("another")),
        lambda answer: replace(answer, offer=OFFER),
    ],
    ids=["digest", "request", "scope"],
)
def test_a_yes_to_something_else_is_a_refusal_with_a_row(
    tamper: Callable[[ConsentAnswer], ConsentAnswer],
) -> None:
    stage = Stage()
    stage.broker.tamper = tamper
    answer = asyncio.run(stage.consent.ask(question()))
    assert (answer.answer, answer.answered_by) == (Answer.ABORTED, "host")
    assert stage.audit.last(AuditKind.CONSENT_ANSWERED)["note"]


def test_the_whole_address_of_a_server_is_shown_but_not_written_down() -> None:
    stage = Stage()
    asked = replace(question(), destination="https://shop.example/mcp?key=sk-canary")
    asyncio.run(stage.consent.ask(asked))
    assert stage.broker.asked[0].destination.endswith("sk-canary")
    assert "sk-canary" not in str(stage.audit.rows)


def test_a_question_is_asked_once() -> None:
    stage = Stage()
    asyncio.run(stage.consent.ask(question()))
    with pytest.raises(HostBugError, match="fresh"):
        asyncio.run(stage.consent.ask(question()))


def test_a_question_must_carry_the_digest_of_its_bytes() -> None:
    stage = Stage()
    with pytest.raises(HostBugError):
        asyncio.run(stage.consent.ask(replace(question(), digest=Digest("0" * 64))))
    assert stage.broker.asked == []


def test_nobody_there_is_a_refusal_and_no_dialog() -> None:
    stage = Stage()
    stage.broker.present = False
    assert asyncio.run(stage.consent.ask(question())).answer is Answer.NOBODY
    assert stage.broker.asked == []
    assert stage.audit.last(AuditKind.CONSENT_ANSWERED)["answer"] == "nobody"


def test_a_deadline_is_a_refusal_and_closes_the_dialog() -> None:
    stage = Stage()
    stage.broker.hold = asyncio.Event()
    answer = asyncio.run(stage.consent.ask(question(deadline=0.01)))
    assert answer.answer is Answer.TIMEOUT
    assert stage.events == [QuestionWithdrawn(request=RequestId("question-1"))]


def test_a_dialog_that_fails_is_a_refusal() -> None:
    stage = Stage()
    stage.broker.failure = RuntimeError("no window")
    answer = asyncio.run(stage.consent.ask(question()))
    assert answer.answer is Answer.ABORTED
    assert "RuntimeError" in str(stage.audit.last(AuditKind.CONSENT_ANSWERED)["note"])


def test_a_question_withdrawn_by_its_asker_leaves_a_row() -> None:
    stage = Stage()
    stage.broker.hold = asyncio.Event()

    async def scenario() -> None:
        task = asyncio.ensure_future(stage.consent.ask(question()))
        while not stage.broker.asked:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert stage.audit.last(AuditKind.CONSENT_ANSWERED)["answer"] == "aborted"
    assert len(stage.events) == 1


def test_without_a_durable_row_no_dialog_is_shown() -> None:
    stage = Stage()
    stage.audit.broken = True
    with pytest.raises(StorageError):
        asyncio.run(stage.consent.ask(question()))
    assert stage.broker.asked == []


def test_one_dialog_is_open_at_a_time() -> None:
    stage = Stage()
    stage.broker.hold = asyncio.Event()

    async def scenario() -> int:
        tasks = [asyncio.ensure_future(stage.consent.ask(question(n))) for n in range(5)]
        for _ in range(50):
            await asyncio.sleep(0)
        shown = len(stage.broker.asked)
        assert stage.broker.hold is not None
        stage.broker.hold.set()
        await asyncio.gather(*tasks)
        return shown

    assert asyncio.run(scenario()) == 1
    assert len(stage.broker.asked) == 5


def test_a_view_has_at_most_three_questions_waiting() -> None:
    stage = Stage()
    stage.broker.hold = asyncio.Event()
    action = call(principal=APP)

    async def scenario() -> list[ConsentAnswer]:
        asked = [
            stage.consent.ask(question(n, canonical=b"%d" % n), action=action) for n in range(5)
        ]
        tasks = [asyncio.ensure_future(one) for one in asked]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=30)
        assert len(done) >= 1
        assert stage.broker.hold is not None
        stage.broker.hold.set()
        return await asyncio.gather(*tasks)

    answers = [answer.answer for answer in asyncio.run(scenario())]
    assert answers == [Answer.ALLOW] * 3 + [Answer.DENY] * 2


def test_a_view_cannot_ask_again_what_was_just_refused() -> None:
    stage = Stage()
    stage.broker.answer = Answer.DENY
    action = call(principal=APP)
    asyncio.run(stage.consent.ask(question(1), action=action))
    stage.clock.now += 59
    again = asyncio.run(stage.consent.ask(question(2), action=action))
    assert (again.answer, again.answered_by, len(stage.broker.asked)) == (Answer.DENY, "host", 1)
    assert "refused less than 60" in str(stage.audit.last(AuditKind.CONSENT_ANSWERED)["note"])


def test_after_a_minute_a_view_may_ask_again() -> None:
    stage = Stage()
    stage.broker.answer = Answer.DENY
    action = call(principal=APP)
    asyncio.run(stage.consent.ask(question(1), action=action))
    stage.clock.now += 61
    asyncio.run(stage.consent.ask(question(2), action=action))
    assert len(stage.broker.asked) == 2


def test_a_person_may_ask_again_at_once() -> None:
    stage = Stage()
    stage.broker.answer = Answer.DENY
    asyncio.run(stage.consent.ask(question(1), action=call()))
    asyncio.run(stage.consent.ask(question(2), action=call()))
    assert len(stage.broker.asked) == 2
