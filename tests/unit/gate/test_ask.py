"""Consent on the path: what needs it, what is shown, and what a refusal says."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest

from mcphost.consent.budget import QUESTIONS_A_TASK
from mcphost.consent.grants import Which
from mcphost.domain.action import ActionKind
from mcphost.domain.audit import AuditKind
from mcphost.domain.consent import Answer
from mcphost.domain.decision import Tier
from mcphost.domain.errors import ConsentRefused, HostBugError, PolicyDenied, UserFacingError
from mcphost.domain.grant import GrantScope
from mcphost.domain.ids import ConversationId, Digest
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage, Root
from mcphost.domain.tool import Effect, Era
from mcphost.gate.ask import MAX_ASKED
from tests.helpers.gate_parts import (
    APP,
    AUTOMATION,
    MODEL,
    OTHER,
    SERVER,
    FakeConnection,
    Stage,
    call,
    config,
    default_policy,
    timer,
    tool,
)


@pytest.mark.requirement("MCP-021")
def test_an_unclassified_tool_asks_with_the_exact_bytes() -> None:
    stage = Stage()
    asyncio.run(stage.gate.perform(call(arguments={"b": 1, "a": "x"}), tool=tool()))
    (request,) = stage.broker.asked
    expected = b'{"method":"tools/call","params":{"arguments":{"a":"x","b":1},"name":"buy"}}'
    assert request.canonical == expected
    assert request.rules == ("ask-unclassified-tool",)
    assert request.destination == "https://shop.example/mcp"
    assert stage.audit.kinds() == [
        "action_decided",
        "consent_asked",
        "consent_answered",
        "frame_intended",
        "action_finished",
    ]


@pytest.mark.requirement("MCP-023")
@pytest.mark.parametrize("answer", [Answer.DENY, Answer.TIMEOUT, Answer.ABORTED, Answer.NOBODY])
def test_everything_but_a_yes_sends_nothing(answer: Answer) -> None:
    stage = Stage()
    stage.broker.answer = answer
    with pytest.raises(ConsentRefused):
        asyncio.run(stage.gate.perform(call(), tool=tool()))
    assert stage.connection.sent == []
    assert stage.audit.last(AuditKind.ACTION_FAILED)["refused"] is True


def test_more_than_a_person_can_read_is_refused_without_a_dialog() -> None:
    stage = Stage()
    huge = call(arguments={"note": "x" * MAX_ASKED})
    with pytest.raises(ConsentRefused, match="longer than a person can be asked"):
        asyncio.run(stage.gate.perform(huge, tool=tool()))
    assert stage.broker.asked == []
    assert stage.connection.sent == []
    assert stage.audit.last(AuditKind.ACTION_FAILED)["refused"] is True


def test_a_model_that_has_asked_often_enough_asks_no_more() -> None:
    stage = Stage()
    for _ in range(QUESTIONS_A_TASK):
        asyncio.run(stage.gate.perform(call(principal=MODEL), tool=tool()))
    with pytest.raises(ConsentRefused, match="no more questions") as caught:
        asyncio.run(stage.gate.perform(call(principal=MODEL), tool=tool()))
    assert caught.value.how == "budget"
    assert len(stage.broker.asked) == QUESTIONS_A_TASK


def test_a_yes_to_other_bytes_is_a_refusal() -> None:
    stage = Stage()
    stage.broker.tamper = lambda answer: replace(answer, digest=Digest("0" * 64))
    with pytest.raises(ConsentRefused) as caught:
        asyncio.run(stage.gate.perform(call(), tool=tool()))
    assert caught.value.how == "aborted"
    assert "other bytes" in str(stage.audit.last(AuditKind.CONSENT_ANSWERED)["note"])
    assert stage.connection.sent == []


def test_a_destructive_tool_is_never_granted_for_longer() -> None:
    stage = Stage(judged={"wipe": Effect.DESTRUCTIVE})
    asyncio.run(stage.gate.perform(call("wipe"), tool=tool("wipe")))
    (request,) = stage.broker.asked
    assert request.offers == ()
    assert (request.tier, request.reversible) == (Tier.EVERY_TIME, "no")


def test_of_a_known_write_the_question_says_what_is_known() -> None:
    stage = Stage(judged={"buy": Effect.WRITE})
    asyncio.run(stage.gate.perform(call(), tool=tool()))
    assert stage.broker.asked[0].reversible.startswith("Perhaps. It is known to change something")


def granted_stage() -> Stage:
    stage = Stage(judged={"buy": Effect.WRITE})
    stage.broker.scope = GrantScope.CONVERSATION
    asyncio.run(stage.gate.perform(call(principal=MODEL), tool=tool()))
    assert stage.audit.of(AuditKind.GRANT_ISSUED)
    return stage


def test_a_grant_covers_the_same_tool_in_the_same_conversation() -> None:
    stage = granted_stage()
    asyncio.run(stage.gate.perform(call(principal=MODEL), tool=tool()))
    assert len(stage.broker.asked) == 1
    assert stage.audit.last(AuditKind.ACTION_DECIDED)["rules"] == ["granted-tools"]


@pytest.mark.parametrize("change", ["view", "user", "conversation", "definition", "expired"])
def test_a_grant_covers_nothing_else(change: str) -> None:
    stage = granted_stage()
    action, called = call(principal=MODEL), tool()
    match change:
        case "view":
            action = call(principal=APP)
        case "user":
            action = call()
        case "conversation":
            action = call(principal=MODEL, conversation=ConversationId("another"))
        case "definition":
            called = tool(definition_digest=Digest("f" * 64))
        case _:
            stage.wall.now += 9 * 3600
    asyncio.run(stage.gate.perform(action, tool=called))
    assert len(stage.broker.asked) == 2


def test_revoking_a_servers_grants_leaves_a_row_and_asks_again() -> None:
    stage = granted_stage()
    assert asyncio.run(stage.grants.drop(Which(server=OTHER), "a test")) == 0
    assert asyncio.run(stage.grants.drop(Which(server=SERVER), "a test")) == 1
    assert stage.audit.last(AuditKind.GRANT_REVOKED)["reason"] == "a test"
    asyncio.run(stage.gate.perform(call(principal=MODEL), tool=tool()))
    assert len(stage.broker.asked) == 2


def test_a_grant_for_a_view_dies_with_the_view() -> None:
    stage = Stage(judged={"buy": Effect.WRITE})
    stage.broker.scope = GrantScope.CONVERSATION
    asyncio.run(stage.gate.perform(call(principal=APP), tool=tool()))
    next_view = replace(APP, ident="view-2")
    stage.approved_views.add("view-2")  # type: ignore[arg-type]
    asyncio.run(stage.gate.perform(call(principal=next_view, view="view-2"), tool=tool()))
    assert len(stage.broker.asked) == 2


def suggestion(message: str) -> str:
    found = re.search(r"permit\(.*\);", message)
    assert found is not None, message
    return found.group()


def test_nobody_to_ask_is_a_refusal_that_says_what_to_do() -> None:
    stage = Stage()
    stage.broker.present = False
    with pytest.raises(ConsentRefused, match="rule ask-unclassified-tool: nobody") as caught:
        asyncio.run(stage.gate.perform(call(principal=AUTOMATION), tool=tool()))
    assert caught.value.how == "nobody"
    assert suggestion(str(caught.value)) == (
        'permit(principal == McpHost::Automation::"cli", '
        'action == McpHost::Action::"tool_call", resource == McpHost::Tool::"shop/buy");'
    )


@pytest.mark.parametrize("name", ["buy", 'odd"name\\', "größer ☂", "a\u202eb"])
def test_the_line_that_a_refusal_prints_works_as_a_policy_file(name: str) -> None:
    stage = Stage()
    stage.broker.present = False
    action = call(name, principal=AUTOMATION)
    with pytest.raises(ConsentRefused) as caught:
        asyncio.run(stage.gate.perform(action, tool=tool(name)))
    stage.gate = stage.make_gate(default_policy(suggestion(str(caught.value))))
    asyncio.run(stage.gate.perform(action, tool=tool(name)))
    assert len(stage.connection.sent) == 1
    with pytest.raises(ConsentRefused):
        asyncio.run(stage.gate.perform(call("other", principal=AUTOMATION), tool=tool("other")))


def test_a_timer_call_of_an_unattended_view_also_prints_a_line_that_works() -> None:
    stage = Stage()
    stage.broker.present = False
    action = call(principal=APP, lineage=timer())
    with pytest.raises(PolicyDenied, match="prompt-needs-gesture") as caught:
        asyncio.run(stage.gate.perform(action, tool=tool()))
    stage.gate = stage.make_gate(default_policy(suggestion(str(caught.value))))
    asyncio.run(stage.gate.perform(action, tool=tool()))
    assert len(stage.connection.sent) == 1


def test_a_forbid_prints_no_line_because_none_would_help() -> None:
    stage = Stage()
    stage.broker.present = False
    with pytest.raises(PolicyDenied) as caught:
        asyncio.run(stage.gate.perform(call(principal=APP), tool=tool(visible_to_app=False)))
    assert "permit(" not in str(caught.value)


@pytest.mark.parametrize("principal", [AUTOMATION, APP], ids=["automation", "view"])
def test_one_simple_line_lets_unattended_runs_call_every_tool(principal: object) -> None:
    stage = Stage(added=["permit(principal, action, resource);"])
    stage.broker.present = False
    for lineage in (None, Lineage(root=Root.GESTURE, started_at=0.0)):
        asyncio.run(stage.gate.perform(call(principal=principal, lineage=lineage), tool=tool()))  # type: ignore[arg-type]
    if principal is APP:
        asyncio.run(stage.gate.perform(call(principal=APP, lineage=timer()), tool=tool()))
    assert stage.broker.asked == []


def test_forbids_still_win_over_one_simple_line() -> None:
    stage = Stage(added=["permit(principal, action, resource);"])
    with pytest.raises(PolicyDenied, match="view-stays-on-its-server"):
        asyncio.run(stage.gate.perform(call(principal=APP, server=OTHER), tool=tool(server=OTHER)))
    assert stage.connection.sent == []


def link(url: str) -> object:
    return call(
        principal=APP, kind=ActionKind.OPEN_LINK, method="ui/open-link", params={"url": url}
    )


def test_a_link_is_opened_only_after_consent() -> None:
    stage = Stage()
    opened: list[int] = []

    async def effect() -> JsonObject:
        opened.append(len(stage.broker.asked))
        return {}

    asyncio.run(stage.gate.perform(link("https://a.example/x?y"), effect=effect))  # type: ignore[arg-type]
    assert opened == [1]
    assert stage.broker.asked[0].subject == "https://a.example/x?y"
    assert stage.broker.asked[0].server_title == "a.example"  # not the server that wants it opened
    assert stage.audit.kinds()[-1] == "action_finished"


@pytest.mark.requirement("MCP-031")
@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://a.example/",
        "https://bank.example@evil.example/",
        "https://a.example\\@evil.example",
        "https://a.example/\n",
        "mailto:a@b.c",
        "https://",
        "",
    ],
)
def test_a_dubious_link_is_never_opened_nor_asked_about(url: str) -> None:
    stage = Stage(added=["permit(principal, action, resource);"])

    async def effect() -> JsonObject:
        raise AssertionError("opened")

    with pytest.raises(PolicyDenied, match="link-https-only"):
        asyncio.run(stage.gate.perform(link(url), effect=effect))  # type: ignore[arg-type]
    assert stage.broker.asked == []


def test_a_tool_call_cannot_be_disguised_as_an_effect() -> None:
    stage = Stage()

    async def effect() -> JsonObject:
        raise AssertionError("ran")

    with pytest.raises(HostBugError):
        asyncio.run(stage.gate.perform(call(), tool=tool(), effect=effect))


def test_the_question_says_who_and_where_in_our_own_words() -> None:
    stage = Stage()
    asyncio.run(stage.gate.perform(call(principal=APP), tool=tool(description="<b>free</b>")))
    (request,) = stage.broker.asked
    assert request.who == "You → App of shop"
    assert request.detail == "View view-1"
    assert (request.verb, request.subject) == ("Call a tool", "buy")
    assert request.server_title == config().title
    assert request.server_text == "<b>free</b>"


MIRRORED = ((("region",), "Region"), (("to", "zip"), "Zip"), (("gone",), "Gone"))


@pytest.mark.requirement("MCP-054")
def test_the_question_says_which_arguments_become_headers() -> None:
    stage = Stage()
    arguments: JsonObject = {"region": "", "to": {"zip": 8001}, "gone": None, "other": 1}
    asyncio.run(
        stage.gate.perform(call(arguments=arguments), tool=tool(header_parameters=MIRRORED))
    )
    (request,) = stage.broker.asked
    assert request.repeated == ("region (header Mcp-Param-Region)", "to.zip (header Mcp-Param-Zip)")
    (exchange,) = stage.connection.exchanges
    assert exchange.mirrored == MIRRORED


def test_an_older_server_gets_no_such_headers_and_none_is_announced() -> None:
    stage = Stage(connection=FakeConnection(era=Era.LEGACY))
    region: JsonObject = {"region": "north"}
    asyncio.run(stage.gate.perform(call(arguments=region), tool=tool(header_parameters=MIRRORED)))
    assert stage.broker.asked[0].repeated == ()


def test_a_value_no_header_can_carry_is_said_before_anybody_is_asked() -> None:
    stage = Stage()
    odd: JsonObject = {"region": {"no": "scalar"}}
    with pytest.raises(UserFacingError, match="region must be text"):
        asyncio.run(stage.gate.perform(call(arguments=odd), tool=tool(header_parameters=MIRRORED)))
    assert stage.broker.asked == []
