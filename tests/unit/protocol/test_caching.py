"""What a server's hints allow, and what its news make void."""

from __future__ import annotations

from typing import Any

import pytest

from mcphost.protocol.caching import (
    CACHEABLE,
    LONGEST,
    Scope,
    may_be_asked,
    may_be_kept,
    parse_hint,
    related,
    request_key,
)


@pytest.mark.requirement("MCP-132")
@pytest.mark.parametrize(
    ("said", "seconds"),
    [(1500, 1.5), (0, 0), (-1, 0), (None, 0), ("9", 0), (True, 0), (2.5, 0), (10**400, LONGEST)],
)
def test_only_a_whole_number_of_milliseconds_keeps_an_answer_and_none_for_ever(
    said: Any, seconds: float
) -> None:
    assert parse_hint({"ttlMs": said}).ttl == seconds
    assert parse_hint({}).ttl == 0


@pytest.mark.requirement("AMB-07")
@pytest.mark.parametrize("said", [None, "Public", "shared", 1, ["public"]])
def test_a_scope_that_is_absent_or_unknown_is_private(said: Any) -> None:
    assert parse_hint({"cacheScope": said}).scope is Scope.PRIVATE
    assert parse_hint({}).scope is Scope.PRIVATE
    assert parse_hint({"cacheScope": "public"}).scope is Scope.PUBLIC


@pytest.mark.requirement("AMB-08")
def test_six_methods_may_be_kept_and_no_answer_to_an_answer() -> None:
    assert len(CACHEABLE) == 6
    assert all(may_be_asked(method, {}) for method in CACHEABLE)
    assert not may_be_asked("tools/call", {})
    assert not may_be_asked("resources/read", {"uri": "a:", "requestState": "s"})
    assert not may_be_asked("resources/read", {"uri": "a:", "inputResponses": {}})


@pytest.mark.requirement("MCP-082")
def test_a_question_is_never_kept() -> None:
    assert may_be_kept({})
    assert may_be_kept({"resultType": "complete"})
    assert not may_be_kept({"resultType": "input_required"})
    assert not may_be_kept({"resultType": None})


@pytest.mark.requirement("MCP-129")
def test_requests_that_differ_in_anything_have_different_names() -> None:
    names = {
        request_key("tools/list", {}, elicitation=False),
        request_key("tools/list", {}, elicitation=True),
        request_key("tools/list", {"cursor": ""}, elicitation=False),
        request_key("prompts/list", {}, elicitation=False),
    }
    assert len(names) == 4
    assert request_key("resources/read", {"uri": "\ud800"}, elicitation=False) is None


@pytest.mark.parametrize(
    ("told", "read", "same"),
    [
        ("file:///a/b", "file:///a/b", True),
        ("file:///a/b", "file:///a", True),
        ("file:///a/b", "file:///a/", True),
        ("file:///a", "file:///a/b", True),
        ("file:///a#part", "file:///a", True),
        ("file:///ab", "file:///a", False),
        ("file:///a", "file:///b", False),
        ("", "file:///a", False),
    ],
)
def test_news_of_a_part_is_news_of_the_whole_and_the_reverse(
    told: str, read: str, same: bool
) -> None:
    assert related(told, read) is same
