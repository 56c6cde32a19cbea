"""Grants: exactly what they name, for as long as they last."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcphost.consent.grants import GRANT_SECONDS, MAX_GRANTS, GrantBook, grant_key
from mcphost.domain.ids import ConversationId, Digest
from mcphost.domain.principal import USER
from tests.helpers.gate_parts import APP, MODEL, OTHER, TALK, config, tool

KEY = grant_key(MODEL, config(), tool(), TALK)
assert KEY is not None


def test_there_is_no_grant_outside_a_conversation() -> None:
    assert grant_key(MODEL, config(), tool(), None) is None


def test_a_grant_holds_until_it_expires() -> None:
    book = GrantBook()
    book.issue(KEY, now=0.0)
    assert book.covers(KEY, now=GRANT_SECONDS - 1)
    assert not book.covers(KEY, now=GRANT_SECONDS)


@pytest.mark.parametrize(
    "other",
    [
        grant_key(APP, config(), tool(), TALK),
        grant_key(USER, config(), tool(), TALK),
        grant_key(MODEL, config(OTHER), tool(), TALK),
        grant_key(MODEL, config(), tool("sell"), TALK),
        grant_key(MODEL, config(), tool(definition_digest=Digest("0" * 64)), TALK),
        grant_key(MODEL, config(), tool(), ConversationId("another")),
        grant_key(replace(MODEL, ident="another-model"), config(), tool(), TALK),
    ],
    ids=["view", "user", "server", "tool", "definition", "conversation", "model"],
)
def test_a_grant_covers_nothing_beside_it(other: object) -> None:
    book = GrantBook()
    book.issue(KEY, now=0.0)
    assert not book.covers(other, now=1.0)  # type: ignore[arg-type]


def test_a_servers_grants_can_be_revoked_alone() -> None:
    book = GrantBook()
    mine, other = KEY, grant_key(MODEL, config(OTHER), tool(server=OTHER), TALK)
    assert other is not None
    book.issue(mine, now=0.0)
    book.issue(other, now=0.0)
    assert book.revoke_server(OTHER) == 1
    assert book.covers(mine, now=1.0)


def test_the_book_is_bounded() -> None:
    book = GrantBook()
    for number in range(MAX_GRANTS + 5):
        book.issue(replace(KEY, tool=f"tool-{number}"), now=0.0)
    assert len(book) == MAX_GRANTS
