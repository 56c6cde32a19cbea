"""The record of a decision proves what was drawn, without holding what a log must not hold."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from mcphost.consent.desk import ConsentDesk
from mcphost.domain.audit import AuditKind
from mcphost.domain.consent import Answer, ConsentAnswer, ConsentRequest
from mcphost.domain.json import Json, JsonObject, digest
from tests.helpers.gate_parts import FakeAudit
from tests.helpers.questions import consent_request
from ui.dialogs.consent import ConsentDialog
from ui.dialogs.consent_text import (
    RENDERER,
    bytes_parts,
    form_part,
    host_parts,
    presented_digest,
)


class Dialog:
    """A broker that draws the real dialog and answers from it."""

    present = True

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        answers: list[ConsentAnswer] = []
        dialog = ConsentDialog(request)
        dialog.answered.connect(answers.append)
        dialog._answer(Answer.ALLOW, device="mouse")
        dialog.deleteLater()
        return answers[0]

    async def ask_elicitation(self, request: Any) -> Any:
        raise AssertionError("not asked here")


def recorded(request: ConsentRequest) -> tuple[JsonObject, JsonObject]:
    """The two rows of *request*."""
    rows = FakeAudit()
    desk = ConsentDesk(Dialog(), rows, lambda _: None, lambda: 0.0)
    asyncio.run(desk.ask(request))
    asked, answered = (row.data for row in rows.rows)
    assert [row.kind for row in rows.rows] == [AuditKind.CONSENT_ASKED, AuditKind.CONSENT_ANSWERED]
    return asked, answered


def some_request(dice: random.Random) -> tuple[ConsentRequest, Json]:
    odd = dice.choice(["Ada", "\u202eevil", "x" * 5000, "مرحبا", "<b>", "\u200b"])
    arguments: Json = {"name": odd, "guests": dice.randrange(9), "list": list(range(50))}
    kept: Json = {"method": "tools/call", "params": {"name": "book", "arguments": arguments}}
    reason = dice.choice(["it writes", "it was never asked before", odd])
    return consent_request(kept, reason=reason, server_text=odd), kept


def test_what_was_drawn_is_computed_again_from_the_rows_and_the_stored_arguments(qapp: Any) -> None:
    dice = random.Random(3)
    for _ in range(40):
        request, _kept = some_request(dice)
        asked, answered = recorded(request)
        parts: Any = answered["parts"]
        assert answered["renderer"] == RENDERER
        assert presented_digest(RENDERER, parts) == answered["presented"]
        assert asked["digest"] == digest(request.canonical)
        again = {**bytes_parts(request.canonical), **host_parts(asked)}
        assert {name: parts[name] for name in again} == again


def test_other_arguments_or_another_word_do_not_fit_the_record(qapp: Any) -> None:
    request = consent_request()
    asked, answered = recorded(request)
    parts: Any = answered["parts"]
    assert bytes_parts(b'{"method":"x"}')["exact"] != parts["exact"]
    assert host_parts({**asked, "reason": "another"})["reason"] != parts["reason"]
    changed = {**parts, "deny": digest(b"Maybe")}
    assert presented_digest(RENDERER, changed) != answered["presented"]


def test_the_words_of_the_form_for_changing_the_arguments_are_in_the_record(qapp: Any) -> None:
    guests = {"type": "integer", "title": "Guests", "description": "Always 4."}
    schema: JsonObject = {
        "type": "object",
        "properties": {"guests": guests, "name": {"type": "string"}},
    }
    _, answered = recorded(consent_request(schema=schema))
    parts: Any = answered["parts"]
    arguments: JsonObject = {"guests": 4, "name": "Ada"}
    assert form_part(schema, arguments) == parts["form"]
    other = {"type": "object", "properties": {**schema["properties"], "guests": {}}}  # pyright: ignore
    assert form_part(other, arguments) != parts["form"]
    assert recorded(consent_request())[1]["parts"]["form"] == digest(b"")  # pyright: ignore


def test_the_rows_hold_neither_the_arguments_nor_the_servers_words(qapp: Any) -> None:
    secret: Json = {"method": "tools/call", "params": {"name": "b", "arguments": {"n": "s3cr3t!"}}}
    told = str(recorded(consent_request(secret, server_text="words of the server")))
    assert "s3cr3t!" not in told
    assert "words of the server" not in told


def test_the_circumstances_of_an_answer_are_recorded(qapp: Any) -> None:
    _, answered = recorded(consent_request())
    assert answered["circumstances"] == {
        "armed_ms": None,
        "armings": 0,
        "refused": 0,
        "device": "mouse",
        "active": False,
        "covered": None,
    }
