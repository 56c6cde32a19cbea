"""Grants: exactly what they name, for as long as they last, each use only once."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from mcphost.consent.grants import MAX_GRANTS, Grants, Which
from mcphost.domain.audit import AuditKind
from mcphost.domain.decision import Tier
from mcphost.domain.errors import NotConfigured, StorageError
from mcphost.domain.grant import Grant, GrantOffer, GrantScope, GrantUse
from mcphost.domain.ids import ConversationId, Digest, RequestId
from mcphost.domain.principal import USER
from mcphost.storage.state import StateStore
from tests.helpers.gate_parts import (
    APP,
    MODEL,
    OTHER,
    SERVER,
    TALK,
    Clock,
    FakeAudit,
    call,
    config,
    memory_state,
    tool,
)

USE = GrantUse(
    principal=MODEL,
    server=SERVER,
    identity=config().identity,
    tool="buy",
    definition=tool().definition_digest,
    policy="p" * 64,
    conversation=TALK,
    task="click-1",
)
LASTING = tuple(scope for scope in GrantScope if scope is not GrantScope.ONCE)


class House:
    """Grants over a state of their own, with a clock that a test moves."""

    def __init__(self, state: StateStore | None = None, policy: str = USE.policy) -> None:
        self.state, self.audit, self.wall = state or memory_state(), FakeAudit(), Clock()
        self.grants = Grants(self.state.grants, self.audit, policy=policy, wall=self.wall)

    def give(self, scope: GrantScope, *, uses: int = 5, use: GrantUse = USE) -> Grant:
        offer = GrantOffer(scope=scope, words="for a test", seconds=100.0, uses=uses)
        issue = self.grants.issue(
            offer, use, call(), tier=Tier.SHOW_ARGUMENTS, request=RequestId("q1")
        )
        return asyncio.run(issue)

    def covers(self, use: GrantUse = USE, tier: Tier = Tier.SHOW_ARGUMENTS) -> bool:
        return bool(self.grants.covering(use, {"a": 1}, tier))


@pytest.mark.parametrize("scope", LASTING)
def test_a_grant_holds_until_it_expires_and_no_call_succeeds_after(scope: GrantScope) -> None:
    house = House()
    grant = house.give(scope)
    house.wall.now += 99.0
    assert house.covers()
    house.wall.now += 1.0
    assert not house.covers()
    assert not house.grants.take(grant)
    assert house.audit.last(AuditKind.GRANT_EXPIRED)["grant"] == grant.id


@pytest.mark.parametrize("scope", LASTING)
def test_a_clock_that_is_set_back_prolongs_nothing(scope: GrantScope) -> None:
    house = House()
    house.give(scope)
    house.wall.now += 200.0
    assert not house.covers()
    house.wall.now -= 200.0
    assert not house.covers()


def test_a_grant_from_the_future_does_not_hold() -> None:
    state = memory_state()
    House(state).give(GrantScope.STANDING)
    later = House(state)
    later.wall.now -= 10.0
    assert not later.covers()


@pytest.mark.parametrize(
    "other",
    [
        replace(USE, principal=APP),
        replace(USE, principal=USER),
        replace(USE, principal=replace(MODEL, ident="another-model")),
        replace(USE, identity=config(OTHER).identity),
        replace(USE, tool="sell"),
        replace(USE, definition=Digest("0" * 64)),
        replace(USE, policy="q" * 64),
    ],
    ids=["view", "user", "model", "server", "tool", "definition", "policy"],
)
@pytest.mark.parametrize("scope", LASTING)
def test_a_grant_covers_nothing_beside_it(scope: GrantScope, other: GrantUse) -> None:
    house = House()
    house.give(scope)
    assert house.covers()
    assert not house.covers(other)


@pytest.mark.parametrize("scope", LASTING)
def test_a_grant_of_an_app_never_covers_a_model(scope: GrantScope) -> None:
    house = House()
    house.give(scope, use=replace(USE, principal=APP))
    assert not house.covers()
    assert not house.covers(replace(USE, principal=replace(APP, ident="view-2")))


def test_a_grant_lasts_as_far_as_its_scope() -> None:
    elsewhere = replace(USE, conversation=ConversationId("another"))
    next_turn = replace(USE, task="click-2")
    reach = {
        GrantScope.TASK: (False, False),
        GrantScope.CONVERSATION: (False, True),
        GrantScope.STANDING: (True, True),
    }
    for scope, (other_talk, other_task) in reach.items():
        house = House()
        house.give(scope)
        assert (house.covers(elsewhere), house.covers(next_turn)) == (other_talk, other_task)


@pytest.mark.parametrize("tier", [Tier.EVERY_TIME, Tier.REFUSED])
def test_a_question_of_a_higher_tier_is_never_answered_by_a_grant(tier: Tier) -> None:
    house = House()
    house.give(GrantScope.STANDING)
    assert house.covers(tier=Tier.FIRST_USE)
    assert not house.covers(tier=tier)


@pytest.mark.parametrize("scope", LASTING)
def test_the_last_use_is_taken_once(scope: GrantScope) -> None:
    house = House()
    grant = house.give(scope, uses=1)
    assert [house.grants.take(grant) for _ in range(3)] == [True, False, False]
    assert not house.covers()


def test_two_programs_never_share_the_last_use(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    House(StateStore.open(path)).give(GrantScope.STANDING, uses=5)
    taken: list[bool] = []

    def other_program() -> None:
        house = House(StateStore.open(path))
        (grant,) = house.state.grants.all()
        taken.extend(house.grants.take(grant) for _ in range(4))
        house.state.close()

    threads = [threading.Thread(target=other_program) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30.0)
    assert (len(taken), sum(taken)) == (16, 5)


def test_only_standing_grants_outlive_the_program() -> None:
    state = memory_state()
    for scope in LASTING:
        House(state).give(scope)
    assert [grant.scope for grant in asyncio.run(House(state).grants.all())] == [
        GrantScope.STANDING
    ]


def test_without_its_row_there_is_no_grant() -> None:
    house = House()
    house.audit.broken = True
    with pytest.raises(StorageError):
        house.give(GrantScope.STANDING)
    assert not house.covers()


def test_another_policy_ends_what_was_given_under_the_old_one() -> None:
    state = memory_state()
    House(state).give(GrantScope.STANDING)
    borrowed = House(state, policy="q" * 64)
    asyncio.run(borrowed.grants.sweep(own_policy=False))
    assert House(state).covers()
    asyncio.run(borrowed.grants.sweep(own_policy=True))
    assert not House(state).covers()
    assert borrowed.audit.last(AuditKind.GRANT_REVOKED)["reason"] == "the policy changed"


@pytest.mark.parametrize(
    ("which", "left"),
    [
        (Which(), 0),
        (Which(server=SERVER), 0),
        (Which(server=OTHER), 3),
        (Which(conversation=TALK), 1),
        (Which(task="click-1"), 2),
        (Which(standing=False), 1),
        (Which(identity=config().identity, tools=frozenset({"buy"})), 0),
        (Which(tools=frozenset({"sell"})), 3),
    ],
)
def test_many_are_dropped_at_once_each_with_its_row(which: Which, left: int) -> None:
    house = House()
    for scope in (GrantScope.TASK, GrantScope.CONVERSATION, GrantScope.STANDING):
        house.give(scope)
    assert asyncio.run(house.grants.drop(which, "the switch")) == 3 - left
    assert len(house.audit.of(AuditKind.GRANT_REVOKED)) == 3 - left


def test_one_can_be_taken_back_and_a_missing_one_is_said() -> None:
    house = House()
    grant = house.give(GrantScope.STANDING)
    asyncio.run(house.grants.revoke(grant.id, by="user:local"))
    assert not house.covers()
    with pytest.raises(NotConfigured, match="no grant"):
        asyncio.run(house.grants.revoke(grant.id, by="user:local"))


def test_the_log_learns_no_argument_of_a_constraint() -> None:
    house = House()
    house.give(GrantScope.CONVERSATION)
    assert house.audit.last(AuditKind.GRANT_ISSUED)["constraints"] == []


def test_the_book_of_a_run_is_bounded() -> None:
    house = House()
    for number in range(MAX_GRANTS + 5):
        house.give(GrantScope.TASK, use=replace(USE, tool=f"tool-{number}"))
    assert len(asyncio.run(house.grants.all())) == MAX_GRANTS
