"""Formats of credentials: each is found, ordinary text is not."""

from __future__ import annotations

import pytest

from mcphost.protocol.credentials import credential_in

A = "Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4zAbCdEfGhIj"
PLANTED = (
    "-----BEGIN " + "RSA PRIVATE KEY-----",
    "AKIA" + "ABCDEFGHIJKLMNOP",
    "ghp_" + A[:36],
    "glpat-" + A[:20],
    "xoxb-" + "1234567890-abc",
    "AIza" + A[:35],
    "sk_live_" + A[:24],
    "sk-ant-" + A,
    "hf_" + A[:34],
    "npm_" + A[:36],
    "eyJ" + A[:20] + ".eyJ" + A[:20] + "." + A[:30],
    "Authorization: Bearer " + A,
    "postgres://me:hunter22@db.example/x",
)


@pytest.mark.parametrize("planted", PLANTED)
def test_every_planted_credential_is_found(planted: str) -> None:
    assert credential_in([f"see {planted} there"]) is not None


@pytest.mark.parametrize(
    "text",
    [
        "the bearer of this letter",
        "sk-8 is a bus",
        "https://example.org/a?b=c@d",
        "3f786850e387550fdab836ed7e6dc881de23001b",
        "task-force and desk-top",
        "a@b.example, ghp_short, AKIA",
    ],
)
def test_ordinary_text_holds_none(text: str) -> None:
    assert credential_in([text]) is None
