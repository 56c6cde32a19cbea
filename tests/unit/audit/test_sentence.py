"""A sentence for every row, whatever is in it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcphost.audit.sentence import audit_line
from mcphost.domain.audit import AuditKind
from mcphost.domain.json import Json
from mcphost.domain.text import hides

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
HOSTILE = "\u202eevil\x1b[2J\n" + "x" * 5_000


def text_of(kind: str, data: Json = None, **fields: Json) -> str:
    return audit_line(json.dumps({"kind": kind, "data": data, **fields}).encode()).text


def refused(kind: AuditKind, data: Json) -> bool:
    return audit_line(json.dumps({"kind": kind, "data": data}).encode()).refused


@pytest.mark.parametrize("kind", AuditKind)
def test_every_kind_has_a_sentence_even_without_data(kind: AuditKind) -> None:
    text = text_of(kind)
    assert "does not know" not in text
    assert text[0].isupper()
    assert text.endswith(".")
    assert "  " not in text
    assert "None" not in text


@pytest.mark.parametrize("kind", AuditKind)
def test_hostile_words_are_made_visible_and_short(kind: AuditKind) -> None:
    names = "method tool reason message name value uri url detail title error server endpoint"
    data: Json = dict.fromkeys(names.split(), HOSTILE)
    text = text_of(kind, data, server=HOSTILE, view=HOSTILE, principal=f"view:{HOSTILE}")
    assert len(text) <= 400
    assert not any(hides(character) or character == "\n" for character in text)


@settings(database=None, deadline=None)
@given(body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_make_a_line(body: bytes) -> None:
    assert audit_line(body).text


@settings(database=None, deadline=None)
@given(kind=st.sampled_from(AuditKind), data=st.dictionaries(st.text(), JSON) | JSON, more=JSON)
def test_odd_fields_make_a_line(kind: AuditKind, data: Json, more: Json) -> None:
    keys = ("seq", "at", "principal", "lineage", "server", "view", "invocation", "run")
    body = json.dumps({**dict.fromkeys(keys, more), "kind": kind, "data": data}).encode()
    assert audit_line(body).text


def test_a_refusal_names_who_what_and_the_rule() -> None:
    data: Json = {
        "verdict": "deny",
        "method": "tools/call",
        "tool": "wipe",
        "rules": ["no-wipe"],
        "reason": "wiping is off",
    }
    text = text_of("action_decided", data, principal="model:m1", server="disk")
    assert text == (
        "The model m1 asked to call the tool wipe on the server disk: "
        "refused by rule no-wipe: wiping is off."
    )


def test_an_answer_says_what_it_was_about() -> None:
    data: Json = {"verb": "Call a tool", "subject": "wipe", "answer": "deny"}
    assert text_of("consent_answered", data, server="disk") == (
        "You said no: call a tool wipe on the server disk."
    )
    nobody: Json = {"method": "ui/open-link", "subject": "https://a/", "answer": "nobody"}
    assert text_of("consent_answered", nobody) == (
        "There was nobody to ask, so this was refused: open the link https://a/."
    )


def test_an_app_is_named_with_its_server() -> None:
    data: Json = {"verdict": "ask", "action": "message"}
    assert text_of("action_decided", data, principal="view:v1", server="budget") == (
        "The App of budget (View v1) asked to offer a draft message on the server budget: "
        "somebody must consent."
    )


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        (AuditKind.ACTION_DECIDED, {"verdict": "deny"}, True),
        (AuditKind.ACTION_DECIDED, {"verdict": "allow"}, False),
        (AuditKind.ACTION_DECIDED, {"verdict": "ask"}, False),
        (AuditKind.CONSENT_ANSWERED, {"answer": "allow"}, False),
        (AuditKind.CONSENT_ANSWERED, {"answer": "timeout"}, True),
        (AuditKind.CONSENT_ANSWERED, {}, True),
        (AuditKind.FRAME_REFUSED, {}, True),
        (AuditKind.ELICITATION_REFUSED, {}, True),
        (AuditKind.ELICITATION_ANSWERED, {"action": "accept"}, False),
        (AuditKind.ELICITATION_ANSWERED, {"action": "decline"}, True),
        (AuditKind.TEMPLATE_REVIEWED, {"state": "rejected"}, True),
        (AuditKind.TEMPLATE_REVIEWED, {"state": "approved"}, False),
        (AuditKind.VIEW_INCIDENT, {"incident": "request_blocked"}, True),
        (AuditKind.VIEW_INCIDENT, {"incident": "console_error"}, False),
        (AuditKind.ACTION_FAILED, {"error": "PolicyDenied"}, True),
        (AuditKind.ACTION_FAILED, {"error": "ServerUnreachable"}, False),
        (AuditKind.SELF_TEST_FINISHED, {"ok": False}, True),
        (AuditKind.SELF_TEST_FINISHED, {"ok": True}, False),
    ],
)
def test_refusals_are_marked(kind: AuditKind, data: Json, expected: bool) -> None:
    assert refused(kind, data) is expected


def test_a_row_that_is_no_row_says_so_and_counts_as_refused() -> None:
    line = audit_line(b"\xff")
    assert line.refused
    assert "altered" in line.text


def test_a_kind_of_a_later_version_is_still_a_sentence() -> None:
    assert text_of("moon_landed") == ("An entry of a kind this version does not know: moon_landed.")
