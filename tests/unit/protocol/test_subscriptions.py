"""What is asked for, what was granted, and what counts as news."""

from __future__ import annotations

from typing import Any

import pytest

from mcphost.domain.errors import ProtocolViolation
from mcphost.protocol.jsonrpc import Notification
from mcphost.protocol.subscriptions import (
    ACKNOWLEDGED,
    MAX_RESOURCES,
    UPDATED,
    Acknowledged,
    Filter,
    ListChanged,
    Listening,
    ResourceUpdated,
    parse_filter,
    wanted,
    words,
)

ASKED = Filter(lists=frozenset({"tools", "prompts"}), resources=frozenset({"ui://a", "ui://b"}))
TOOLS = "notifications/tools/list_changed"
PROMPTS = "notifications/prompts/list_changed"
ALL = {
    "toolsListChanged": True,
    "resourcesListChanged": True,
    "resourceSubscriptions": ["ui://a", "ui://b", "ui://c", 4],
}


def said(method: str, number: Any = 7, **params: Any) -> Notification:
    meta = {"_meta": {"io.modelcontextprotocol/subscriptionId": number}}
    return Notification(method=method, params={**params, **meta})


def taken(notifications: Any = ALL) -> Listening:
    listening = Listening(7, ASKED)
    listening.hear(said(ACKNOWLEDGED, notifications=notifications))
    return listening


def test_only_what_a_server_can_tell_is_asked_for() -> None:
    capabilities: Any = {
        "tools": {"listChanged": True},
        "prompts": {"listChanged": "yes"},
        "resources": {"subscribe": True},
    }
    assert wanted(capabilities, ["ui://b", "ui://a"]) == Filter(
        lists=frozenset({"tools"}), resources=frozenset({"ui://a", "ui://b"})
    )
    assert not wanted({"resources": {}, "tools": []}, ["ui://a"])
    many = wanted(capabilities, [f"ui://{n}" for n in range(MAX_RESOURCES + 9)])
    assert len(many.resources) == MAX_RESOURCES


def test_a_filter_survives_the_wire() -> None:
    assert parse_filter(ASKED.params()) == ASKED
    assert ASKED.params()["notifications"] == {
        "promptsListChanged": True,
        "toolsListChanged": True,
        "resourceSubscriptions": ["ui://a", "ui://b"],
    }
    with pytest.raises(ProtocolViolation):
        parse_filter({})


@pytest.mark.requirement("MCP-137")
def test_only_what_was_asked_for_is_granted_and_the_rest_is_known() -> None:
    listening = Listening(7, ASKED)
    news = listening.hear(said(ACKNOWLEDGED, notifications=ALL))
    granted = Filter(lists=frozenset({"tools"}), resources=ASKED.resources)
    assert news == Acknowledged(asked=ASKED, granted=granted)
    assert words(ASKED.without(granted)) == "its list of prompts"
    assert words(ASKED) == "its list of prompts and its list of tools and 2 templates"


@pytest.mark.parametrize("odd", [None, [], "all", {"toolsListChanged": 1}])
def test_an_acknowledgement_without_sense_grants_nothing(odd: Any) -> None:
    assert taken(odd).granted == Filter()


def test_nothing_is_news_before_the_acknowledgement() -> None:
    listening = Listening(7, ASKED)
    assert listening.hear(said(TOOLS)) is None
    assert listening.hear(said(UPDATED, uri="ui://a")) is None
    assert (listening.granted, listening.ignored) == (None, 2)


@pytest.mark.requirement("MCP-064", "MCP-138")
@pytest.mark.parametrize(
    "message",
    [
        said(TOOLS, 8),
        said(TOOLS, "7"),
        said(TOOLS, True),
        Notification(method=TOOLS, params={}),
        said(PROMPTS),
        said("notifications/resources/list_changed"),
        said(UPDATED, uri="ui://c"),
        said(UPDATED, uri=4),
        said("notifications/message", level="info", data="x"),
        said("notifications/progress", progressToken=1, progress=1),
        said(ACKNOWLEDGED, notifications={"promptsListChanged": True}),
    ],
)
def test_what_was_not_granted_or_names_another_subscription_is_ignored_and_counted(
    message: Notification,
) -> None:
    listening = taken()
    assert listening.hear(message) is None
    assert listening.ignored == 1
    assert "prompts" not in (listening.granted or ASKED).lists


def test_news_name_what_was_asked_for_whatever_part_was_named() -> None:
    listening = taken()
    assert listening.hear(said(TOOLS)) == ListChanged(kind="tools")
    for told in ("ui://a", "ui://a/part", "ui://a?x=1"):
        news = listening.hear(said(UPDATED, uri=told))
        assert news == ResourceUpdated(resource="ui://a", told=told)
    assert listening.hear(said(UPDATED, uri="ui://ab")) is None
