"""Signing in on the path: who may lead to it, what is shown, what is recorded, what comes after."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.audit import AuditKind
from mcphost.domain.authorization import Challenge, Doorway, SignInPlan
from mcphost.domain.consent import Answer
from mcphost.domain.conversation import RunState
from mcphost.domain.decision import Tier
from mcphost.domain.errors import (
    ConsentRefused,
    HostBugError,
    McpHostError,
    PolicyDenied,
    SignInNeeded,
    StorageError,
    UserFacingError,
)
from mcphost.domain.lineage import Lineage, Root, background
from mcphost.domain.ports import Exchange
from mcphost.domain.principal import HOST, Principal
from mcphost.gate.path import Outcome
from tests.helpers.gate_parts import APP, AUTOMATION, MODEL, USER, call, timer, tool
from tests.helpers.sign_in_parts import PLAN, FakeDesk, House, step_up

MORE = Challenge(status=403, scopes=("wipe",), error="insufficient_scope")


def run(house: House, principal: Principal = USER) -> Outcome:
    action = call(principal=principal)
    return asyncio.run(house.stage.gate.perform(action, tool=tool()))


def asked_for(**changes: Any) -> Action:
    return call(kind=ActionKind.SIGN_IN, method="auth/sign-in", params={}, **changes)


def listing(**changes: Any) -> Action:
    return call(kind=ActionKind.LIST, method="tools/list", params={}, **changes)


def sign_in(house: House, **changes: Any) -> None:
    asyncio.run(house.stage.gate.sign_in(asked_for(**changes)))


def read_list(house: House, **changes: Any) -> None:
    asyncio.run(
        house.stage.gate.exchange(
            listing(**changes),
            lambda exchange: house.server.request("tools/list", {}, exchange),
        )
    )


@pytest.mark.parametrize("principal", [USER, MODEL, APP], ids=str)
def test_a_refused_call_leads_to_a_sign_in_and_is_sent_again(principal: Principal) -> None:
    house = House()
    run(house, principal)
    assert [m["method"] for m in house.server.sent] == ["tools/call", "tools/call"]
    assert house.desk.signed_in == [PLAN]
    assert [request.verb for request in house.stage.broker.asked] == [
        "Call a tool",
        "Sign in to a server",
    ]


def test_every_row_stands_before_its_deed() -> None:
    house = House()
    run(house)
    at_opening = house.door.kinds[0]
    assert at_opening[-5:] == [
        "sign_in_started",
        "action_decided",
        "consent_asked",
        "consent_answered",
        "sign_in_opened",
    ]
    assert house.stage.audit.kinds()[len(at_opening) :] == [
        "sign_in_finished",
        "action_decided",
        "frame_intended",
        "action_finished",
    ]


def test_all_rows_of_a_sign_in_belong_to_the_call_that_led_to_it() -> None:
    house = House()
    run(house, MODEL)
    assert {row.invocation for row in house.stage.audit.rows} == {"invocation-1"}
    assert {row.principal for row in house.stage.audit.rows} == {"model:stub-model"}
    assert {row.lineage for row in house.stage.audit.rows} == {"gesture"}


def test_the_question_shows_the_plan_and_is_bound_to_it() -> None:
    house = House()
    run(house)
    request = house.stage.broker.asked[-1]
    shown = {fact.caption: fact for fact in request.facts}
    assert request.tier is Tier.EVERY_TIME
    assert shown["Server"].exact == "https://shop.example"
    assert "known here as shop" in shown["Server"].text
    assert shown["You sign in at"].exact == PLAN.issuer
    assert "not the server's own host" in shown["You sign in at"].text
    assert shown["This gives access to"].exact == PLAN.resource
    assert shown["What it may do"].items == (("read", False), ("buy", False))
    assert "never sees your password" in shown["What happens next"].text
    assert json.loads(request.canonical)["params"]["scopes"] == ["read", "buy"]
    opened = house.stage.audit.last(AuditKind.SIGN_IN_OPENED)
    assert opened["params_digest"] == request.digest


def test_a_step_up_marks_what_is_new() -> None:
    house = House(challenges=(MORE,), desk=FakeDesk(plans=[step_up()]))
    run(house)
    [more] = [fact for fact in house.stage.broker.asked[-1].facts if fact.items]
    assert more.caption == "It wants to do more than before"
    assert more.items == (("wipe", True), ("read", False), ("buy", False))


@pytest.mark.parametrize(
    ("principal", "lineage"),
    [(APP, timer()), (HOST, background(0.0)), (USER, background(0.0))],
    ids=str,
)
def test_what_no_gesture_began_opens_nothing(principal: Principal, lineage: Lineage) -> None:
    house = House()
    with pytest.raises(SignInNeeded, match="wants you to sign in"):
        read_list(house, principal=principal, lineage=lineage)
    assert house.desk.asked == []
    assert house.door.opened == []
    decided = house.stage.audit.last(AuditKind.ACTION_DECIDED)
    assert decided["verdict"] == "deny"
    assert "sign-in-needs-gesture" in str(decided["rules"])


@pytest.mark.parametrize("answer", [Answer.DENY, Answer.TIMEOUT, Answer.ABORTED, Answer.NOBODY])
def test_without_a_clear_yes_no_browser_is_opened(answer: Answer) -> None:
    house = House()
    house.stage.broker.answer = answer
    with pytest.raises(ConsentRefused):
        sign_in(house)
    assert house.door.opened == []
    assert house.desk.declined == [PLAN]
    ended = house.stage.audit.last(AuditKind.SIGN_IN_FINISHED)
    assert (ended["signed_in"], ended["refused"]) == (False, True)


def test_what_was_refused_is_not_asked_again_in_the_same_chain() -> None:
    house = House()
    house.stage.broker.answer = Answer.DENY
    for error in (ConsentRefused, SignInNeeded):
        with pytest.raises(error):
            read_list(house)
        house.rearm()
    assert len(house.stage.broker.asked) == 1


def test_a_new_gesture_may_ask_again() -> None:
    house = House()
    house.stage.broker.answer = Answer.DENY
    with pytest.raises(ConsentRefused):
        sign_in(house)
    house.stage.broker.answer = Answer.ALLOW
    other = Lineage(root=Root.GESTURE, started_at=9.0, gesture="click-2")
    sign_in(house, lineage=other)
    assert house.desk.signed_in == [PLAN]


def test_one_request_leads_to_two_sign_ins_at_most() -> None:
    house = House(challenges=(MORE, MORE, MORE))
    with pytest.raises(SignInNeeded, match="not content after 2 sign-ins"):
        run(house)
    assert len(house.desk.signed_in) == 2


def test_the_call_is_decided_again_before_it_is_sent_again() -> None:
    house = House()
    allow = house.stage.approved_views

    async def withdraw(_url: str) -> str:
        allow.clear()
        return "http://127.0.0.1:1/callback/x?code=c"

    house.door.visit = withdraw  # type: ignore[method-assign]
    with pytest.raises(PolicyDenied, match="view-needs-approved-template"):
        run(house, APP)
    assert len(house.server.sent) == 1


def test_a_server_that_was_replaced_meanwhile_is_not_called_again() -> None:
    house = House()

    async def move(_url: str) -> str:
        house.stage.moved = True
        return "http://127.0.0.1:1/callback/x?code=c"

    house.door.visit = move  # type: ignore[method-assign]
    with pytest.raises(UserFacingError, match="was changed since"):
        run(house)
    assert len(house.server.sent) == 1


@pytest.mark.parametrize(
    "query", ["scope=read+buy+admin", "resource=https://bank.example/mcp", "scope=read&scope=admin"]
)
def test_a_page_that_asks_for_more_than_was_agreed_is_not_opened(query: str) -> None:
    house = House()
    house.desk.url = lambda plan, _back: f"{plan.issuer}/authorize?{query}"
    with pytest.raises(HostBugError, match="more than was agreed"):
        sign_in(house)
    assert house.door.opened == []


def test_the_page_that_opens_is_the_one_that_was_shown() -> None:
    house = House()
    house.desk.plans = [replace(PLAN, page="https://honest.example")]
    with pytest.raises(HostBugError, match="another sign-in page"):
        sign_in(house)
    assert house.door.opened == []


@pytest.mark.parametrize(
    ("page", "shown"),
    [("https://honest.example", ["https://honest.example"]), (PLAN.issuer, []), ("", [])],
)
def test_a_page_at_another_host_than_the_authorization_servers_is_shown(
    page: str, shown: list[str]
) -> None:
    house = House()
    house.desk.plans = [replace(PLAN, page=page)]
    house.desk.url = lambda plan, _back: f"{plan.page or plan.issuer}/authorize"
    sign_in(house)
    (asked,) = house.stage.broker.asked
    assert [f.exact for f in asked.facts if f.caption == "The page that opens"] == shown


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://login.example/", "file:///x"])
def test_an_address_that_no_browser_should_get_is_not_opened(url: str) -> None:
    house = House()
    house.desk.url = lambda _plan, _back: url
    with pytest.raises(UserFacingError, match="was not opened"):
        sign_in(house)
    assert house.door.opened == []


def test_a_second_page_is_not_opened_by_one_consent() -> None:
    class Twice(FakeDesk):
        async def sign_in(self, plan: SignInPlan, doorway: Doorway, *, invocation: str) -> None:
            await doorway.visit(plan.issuer)
            await doorway.visit(plan.issuer)

    house = House(desk=Twice())
    with pytest.raises(HostBugError, match="one browser page"):
        sign_in(house)
    assert len(house.door.opened) == 1


def test_nothing_happens_when_the_log_cannot_be_written() -> None:
    house = House()
    house.stage.audit.broken = True
    with pytest.raises(StorageError):
        sign_in(house)
    assert (house.desk.asked, house.door.opened) == ([], [])


def test_a_wait_for_the_browser_can_be_given_up() -> None:
    async def give_up(house: House) -> None:
        house.door.hold = asyncio.Event()
        going = asyncio.ensure_future(house.stage.gate.sign_in(asked_for()))
        async with asyncio.timeout(5):
            while not house.door.opened:
                await asyncio.sleep(0)
        house.sign_ins.give_up(PLAN.server)
        with pytest.raises(UserFacingError, match="you stopped signing in to The shop"):
            await going

    house = House()
    asyncio.run(give_up(house))
    assert house.waits[:2] == [True, False]
    assert house.sign_ins.needed(PLAN.server)
    assert house.door.closed == 1
    assert house.stage.audit.last(AuditKind.SIGN_IN_FINISHED)["signed_in"] is False


def test_two_calls_at_once_are_signed_in_once() -> None:
    async def both(house: House) -> None:

        async def converse(exchange: Exchange) -> None:
            assert exchange.on_challenge is not None
            await exchange.on_challenge(Challenge(status=401))

        await asyncio.gather(*(house.stage.gate.exchange(listing(), converse) for _ in range(2)))

    house = House()
    asyncio.run(both(house))
    assert house.desk.signed_in == [PLAN]


def test_whoever_watches_is_told_where_it_is() -> None:
    house = House()
    states: list[RunState] = []
    asyncio.run(house.stage.gate.perform(call(), tool=tool(), on_state=states.append))
    assert states == [
        RunState.DECIDING,
        RunState.WAITING_FOR_CONSENT,
        RunState.RUNNING,
        RunState.RUNNING,
        RunState.WAITING_FOR_CONSENT,
        RunState.WAITING_FOR_SIGN_IN,
        RunState.RUNNING,
        RunState.DONE,
    ]


def test_automation_signs_in_only_by_a_rule() -> None:
    house = House()
    house.stage.broker.present = False
    with pytest.raises(McpHostError, match=r"nobody is here to ask.*sign_in"):
        sign_in(house, principal=AUTOMATION)
    assert house.door.opened == []


def test_the_log_holds_neither_the_address_nor_the_way_back() -> None:
    house = House()
    run(house)
    everything = json.dumps([row.data for row in house.stage.audit.rows], default=str)
    for secret in ("authorize?", "code=c", "callback", "/mcp"):
        assert secret not in everything
