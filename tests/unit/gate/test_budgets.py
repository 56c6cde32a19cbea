"""Budgets on the path: a runaway is held back, everybody else goes on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from mcphost.domain.action import ActionKind
from mcphost.domain.audit import AuditKind
from mcphost.domain.budget import Budget
from mcphost.domain.errors import BudgetSpent, McpHostError, ServerUnreachable
from mcphost.domain.ids import ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.ports import Exchange
from mcphost.domain.principal import USER, view_principal
from mcphost.domain.tool import Effect
from mcphost.gate.budgets import Budgets, Turned
from mcphost.policy.breaker import MINUTE, Breaker
from tests.helpers.fixed_budgets import Fixed
from tests.helpers.gate_parts import (
    APP,
    OTHER,
    SERVER,
    VIEW,
    FakeConnection,
    Stage,
    asks_form,
    call,
    gesture,
    timer,
    tool,
)
from tests.helpers.view_parts import ViewHouse, until

OF_VIEW = Budget(calls=5, at_once=3, size=100_000, rounds=2)
OF_SERVER = Budget(calls=9, at_once=4, size=100_000, rounds=2)
READ = {"look": Effect.READ}


class Case:
    """A path with small budgets. *turned* is what breakers did."""

    def __init__(self) -> None:
        self.turned: list[Turned] = []
        self.limits = Fixed(server=OF_SERVER, app=OF_VIEW)
        self.stage = Stage(judged=READ)
        self.stage.budgets = Budgets(
            self.stage.audit,
            self.stage.clock,
            limits=lambda _: self.limits,
            on_turned=self.turned.append,
        )
        self.stage.gate = self.stage.make_gate(self.stage.policy)

    async def look(self, **changes: Any) -> str:
        """How one call of the App ended: nothing, or the name of the error."""
        changes = {"principal": APP, "lineage": timer(), **changes}
        of = changes.get("server", SERVER)
        try:
            await self.stage.gate.perform(call("look", **changes), tool=tool("look", server=of))
        except McpHostError as error:
            return type(error).__name__
        return ""

    def sent(self) -> int:
        return len(self.stage.connection.sent)


def test_a_runaway_app_stops_at_its_budget_and_others_go_on() -> None:
    async def scene() -> None:
        case = Case()
        second = ViewId("view-2")
        case.stage.approved_views.add(second)
        ends = [await case.look() for _ in range(100)]
        assert ends == [""] * 5 + ["BudgetSpent"] * 95
        assert case.sent() == OF_VIEW.calls
        other_view = {"principal": view_principal(second, SERVER), "view": second}
        assert await case.look(**other_view) == ""
        assert await case.look(principal=USER, lineage=gesture(), view=None) == ""
        other = {"principal": view_principal(VIEW, OTHER), "server": OTHER}
        assert await case.look(**other) == ""
        (turn,) = case.turned
        assert (turn.server, turn.view, turn.state) == (SERVER, VIEW, Breaker.OPEN)

    asyncio.run(scene())


def test_two_servers_one_overrun_by_everybody_the_other_untouched() -> None:
    async def scene() -> None:
        case = Case()
        mine = {"principal": USER, "lineage": gesture(), "view": None}
        ends = [await case.look(**mine) for _ in range(20)]
        assert ends.count("") == OF_SERVER.calls
        assert await case.look(**mine, server=OTHER) == ""
        with pytest.raises(BudgetSpent, match="the server shop: more than 9 calls in a minute"):
            await case.stage.gate.perform(call("look"), tool=tool("look"))

    asyncio.run(scene())


def test_what_a_breaker_stops_is_refused_before_anybody_is_asked_and_is_a_row() -> None:
    async def scene() -> None:
        case = Case()
        for _ in range(6):
            await case.look()
        asked = len(case.stage.broker.asked)
        with pytest.raises(BudgetSpent):
            await case.stage.gate.perform(call("buy", principal=APP), tool=tool("buy"))
        assert len(case.stage.broker.asked) == asked
        decided = case.stage.audit.last(AuditKind.ACTION_DECIDED)
        assert (decided["verdict"], decided["rules"]) == ("deny", ["budget"])
        stopped = case.stage.audit.of(AuditKind.FRAME_REFUSED)
        assert len(stopped) == 1
        turned = case.stage.audit.last(AuditKind.BREAKER_TURNED)
        assert turned["state"] == "open"
        assert turned["because"] == "more than 5 calls in a minute"

    asyncio.run(scene())


def test_a_changed_budget_holds_from_the_next_frame_on() -> None:
    async def scene() -> None:
        case = Case()
        assert [await case.look() for _ in range(2)] == ["", ""]
        case.limits = Fixed(server=OF_SERVER, app=replace(OF_VIEW, calls=3))
        assert [await case.look() for _ in range(2)] == ["", "BudgetSpent"]
        assert case.turned[-1].because == "more than 3 calls in a minute"

    asyncio.run(scene())


def test_connecting_and_listing_spend_the_budget_of_their_server_and_listening_none() -> None:
    async def scene() -> None:
        case = Case()

        async def say(kind: ActionKind, method: str) -> None:
            action = replace(call("look"), kind=kind, method=method, params={})
            await case.stage.gate.exchange(
                action, lambda exchange: case.stage.connection.request(method, {}, exchange)
            )

        for _ in range(20):
            await say(ActionKind.LIST, "subscriptions/listen")
        for _ in range(OF_SERVER.calls - 1):
            await say(ActionKind.LIST, "tools/list")
        await say(ActionKind.CONNECT, "server/discover")
        with pytest.raises(BudgetSpent, match="the server shop: more than 9 calls in a minute"):
            await say(ActionKind.LIST, "tools/list")
        assert await case.look(principal=USER, lineage=gesture(), view=None) == "BudgetSpent"
        case.stage.clock.now += 1.1 * MINUTE
        await say(ActionKind.LIST, "tools/list")
        assert case.turned[-1].state is Breaker.CLOSED

    asyncio.run(scene())


def test_it_half_opens_after_its_pause_and_closes_with_the_next_answer() -> None:
    async def scene() -> None:
        case = Case()
        for _ in range(6):
            await case.look()
        case.stage.clock.now += 1.1 * MINUTE
        assert await case.look() == ""
        assert [t.state for t in case.turned] == [Breaker.OPEN, Breaker.HALF_OPEN, Breaker.CLOSED]
        rows = case.stage.audit.of(AuditKind.BREAKER_TURNED)
        assert [row.data["state"] for row in rows] == ["open", "half-open", "closed"]

    asyncio.run(scene())


def test_a_server_that_fails_its_trial_is_held_back_again() -> None:
    async def scene() -> None:
        case = Case()
        mine = {"principal": USER, "lineage": gesture(), "view": None}
        for _ in range(10):
            await case.look(**mine)
        case.stage.clock.now += 1.1 * MINUTE
        case.stage.connection.replies = [ServerUnreachable("no answer")]
        assert await case.look(**mine) == "ServerUnreachable"
        assert case.turned[-1].state is Breaker.OPEN
        assert case.turned[-1].seconds >= 2 * MINUTE
        assert await case.look(**mine) == "BudgetSpent"

    asyncio.run(scene())


def test_a_retry_with_answers_counts_as_a_call_and_as_a_round() -> None:
    async def scene() -> None:
        case = Case()
        case.stage.connection.replies = [asks_form(state=f"s{n}") for n in range(5)]
        case.stage.broker.content = {"size": "L"}
        with pytest.raises(BudgetSpent, match="answered questions in a minute"):
            await case.stage.gate.perform(call("look"), tool=tool("look"))
        assert case.sent() == 1 + OF_SERVER.rounds

    asyncio.run(scene())


def test_more_calls_at_once_than_may_be_are_refused_and_the_rest_finish() -> None:
    async def scene() -> None:
        case, hold = Case(), asyncio.Event()

        async def late(_exchange: Exchange) -> JsonObject:
            await hold.wait()
            return {"content": []}

        case.stage.connection.replies = [late] * 3
        tasks = [asyncio.create_task(case.look()) for _ in range(3)]
        await until(lambda: case.sent() == 3)
        assert await case.look() == "BudgetSpent"
        assert case.turned == []
        hold.set()
        assert await asyncio.gather(*tasks) == ["", "", ""]
        assert await case.look() == ""

    asyncio.run(scene())


def test_large_answers_hold_the_next_call_back() -> None:
    async def scene() -> None:
        case = Case()
        text = "x" * (OF_VIEW.size + 1)
        case.stage.connection = FakeConnection({"content": [{"type": "text", "text": text}]})
        assert await case.look() == ""
        assert await case.look() == "BudgetSpent"

    asyncio.run(scene())


def test_an_answer_that_was_kept_costs_no_call() -> None:
    budgets = Case().stage.budgets
    assert budgets is not None
    for _ in range(50):
        with budgets.at_work(call("look"), object()):
            pass
    budgets.require(call("look"), object())


def test_the_app_is_told_by_an_error_that_says_why() -> None:
    async def scene() -> None:
        case = Case()
        house = ViewHouse(case.stage, (tool("look"),))
        view = await house.ready()
        for id in range(1, 8):
            house.say(view, {"id": id, "method": "tools/call", "params": {"name": "look"}})
            await until(lambda id=id: house.answers(id))
        assert "result" in house.answers(5)[0]
        said = house.answers(7)[0]["error"]["message"]
        assert "more than 5 calls in a minute; it pauses for" in said
        await house.end()

    asyncio.run(scene())
