"""Which scopes are asked for."""

from __future__ import annotations

import pytest

from mcphost.protocol.oauth_scopes import MAX_SCOPES, parse_scopes, scopes_to_ask


@pytest.mark.requirement("MCP-176", "MCP-179")
def test_the_challenge_decides_whatever_else_is_listed() -> None:
    asked = scopes_to_ask(challenged=["write"], listed=["read", "admin"], before=(), offered=())
    assert asked == ("write",)


@pytest.mark.requirement("MCP-175")
def test_without_a_challenge_everything_listed_is_asked_for_and_else_nothing() -> None:
    assert scopes_to_ask(challenged=(), listed=["a", "b"], before=(), offered=()) == ("a", "b")
    assert scopes_to_ask(challenged=(), listed=(), before=(), offered=["c"]) == ()


@pytest.mark.requirement("MCP-177")
def test_a_step_up_takes_nothing_away() -> None:
    asked = scopes_to_ask(challenged=["write"], listed=(), before=["read", "write"], offered=())
    assert asked == ("read", "write")


@pytest.mark.requirement("MCP-174")
def test_offline_access_is_added_only_where_it_is_offered() -> None:
    asked = scopes_to_ask(challenged=["a"], listed=(), before=(), offered=["offline_access"])
    assert asked == ("a", "offline_access")


@pytest.mark.parametrize(
    "text", ['a "b', "a\\b", "a\tb", "ä", " ".join(str(n) for n in range(MAX_SCOPES + 1))]
)
def test_scopes_that_are_none_are_no_scopes(text: str) -> None:
    assert parse_scopes(text) == ()
