from __future__ import annotations

import base64
from typing import Any

import pytest

from mcphost.domain.errors import ProtocolViolation
from mcphost.templates.content import MAX_BYTES, MIME, parse_document
from mcphost.templates.report import Report
from tests.assets.templates.make import FIXTURES
from tests.helpers.template_house import fixture

URI = "ui://a/b"


def item(**members: Any) -> dict[str, Any]:
    return {"uri": URI, "mimeType": MIME, **members}


def test_the_fixtures_are_what_their_generator_writes() -> None:
    assert {name: fixture(name) for name in FIXTURES} == FIXTURES


@pytest.mark.requirement("APPS-04", "APPS-T09")
@pytest.mark.parametrize(
    "contents",
    [
        [],
        [item()],
        [item(text="a", blob="YQ==")],
        [item(text=5)],
        [item(text="\ud800")],
        [item(blob="YQ")],
        [item(blob=base64.b64encode(b"\xff").decode())],
        [item(text="a"), item(text="b")],
        [item(text="a", uri="ui://x"), item(text="b", uri="ui://y")],
        [item(text="a", mimeType="text/html;profile=mcp-app ")],
        [item(text="a", mimeType=None)],
        "text",
        [5],
    ],
)
def test_what_is_no_single_template_is_refused(contents: Any) -> None:
    with pytest.raises(ProtocolViolation):
        parse_document(URI, {"contents": contents}, Report())


def test_a_template_over_the_limit_is_refused() -> None:
    parse_document(URI, {"contents": [item(text="a" * MAX_BYTES)]}, Report())
    with pytest.raises(ProtocolViolation, match="at most"):
        parse_document(URI, {"contents": [item(text="a" * (MAX_BYTES + 1))]}, Report())
    with pytest.raises(ProtocolViolation, match="larger"):
        parse_document(URI, {"contents": [item(blob="A" * (MAX_BYTES * 4 // 3 + 8))]}, Report())


@pytest.mark.requirement("APPS-04")
def test_a_template_must_have_a_ui_uri() -> None:
    with pytest.raises(ProtocolViolation, match="ui://"):
        parse_document("https://a", {"contents": [item(text="a", uri="https://a")]}, Report())


def test_oddities_are_findings() -> None:
    report = Report()
    parse_document(URI, {"contents": [item(text="a", uri="ui://a/b/")]}, report)
    parse_document(URI, {"contents": [item(text="a"), item(text="b", uri="ui://c")]}, report)
    assert {finding.check for finding in report.findings()} == {"uri-differs", "extra-contents"}
