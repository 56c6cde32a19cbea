"""A subscription that is kept open: random pauses, an end to trying, nothing missed silently."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcphost.domain.errors import PolicyDenied, ServerRefused, ServerUnreachable
from mcphost.host.ears import ATTEMPTS, LONGEST_PAUSE, SETTLED, Ears, pause
from mcphost.protocol.subscriptions import Acknowledged, Filter

TOOLS = Filter(lists=frozenset({"tools"}))
BOTH = Filter(lists=frozenset({"tools"}), resources=frozenset({"ui://a"}))


class House:
    """Ears over a server that a test plays. *ends* says how each subscription ends."""

    def __init__(self, *ends: Any, patience: float = 5.0) -> None:
        self.ends = list(ends)
        self.opened: list[Filter] = []
        self.closed: list[Filter] = []
        self.notes: list[str] = []
        self.pauses: list[float] = []
        self.missed = 0
        self.now = 0.0
        self.living = True
        self.idle = asyncio.Event()
        self.ears = Ears(
            listen=self.listen,
            alive=lambda: self.living,
            note=self.notes.append,
            missed=self._missed,
            chance=lambda: 0.5,
            clock=lambda: self.now,
            sleep=self._sleep,
            patience=patience,
        )

    def _missed(self) -> None:
        self.missed += 1

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    async def listen(self, wanted: Filter) -> None:
        self.opened.append(wanted)
        try:
            if not self.ends:
                self.idle.set()
                await asyncio.Event().wait()
            end = self.ends.pop(0)
            if callable(end):
                end = end()
            if isinstance(end, Exception):
                raise end
        finally:
            self.closed.append(wanted)

    def say(self, granted: Filter, asked: Filter | None = None) -> None:
        self.ears.acknowledged(Acknowledged(asked=asked or granted, granted=granted))

    async def settle(self) -> None:
        async with asyncio.timeout(5):
            await self.idle.wait()
        self.idle.clear()


def run(scene: Callable[[House], Awaitable[None]], *ends: Any, **how: Any) -> None:
    async def bounded() -> None:
        house = House(*ends, **how)
        try:
            async with asyncio.timeout(10):
                await scene(house)
        finally:
            await house.ears.stop()

    asyncio.run(bounded())


GONE = ServerUnreachable("gone")


@pytest.mark.requirement("MCP-133")
@given(st.integers(0, 10**6), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_random_and_never_longer_than_the_longest(failures: int, chance: float) -> None:
    assert 0 <= pause(failures, chance) < LONGEST_PAUSE
    assert pause(failures, 0.999) <= pause(failures + 1, 0.999)


@pytest.mark.requirement("MCP-068", "MCP-138")
def test_a_lost_subscription_is_opened_again_and_what_was_missed_is_read_again() -> None:
    async def scene(house: House) -> None:
        house.ears.want(TOOLS)
        await house.settle()
        assert house.pauses == [0.5, 1.0, 2.0]
        assert house.missed == 0  # not before it is heard again
        house.say(TOOLS)
        assert house.missed == 1
        assert house.notes == [""]

    run(scene, GONE, None, ServerRefused(-32603, "full", None))


def test_a_subscription_that_lasted_starts_over_with_short_pauses() -> None:
    async def scene(house: House) -> None:
        def lasted() -> Exception:
            house.now += SETTLED
            return GONE

        house.ends += [lasted, lasted]
        house.ears.want(TOOLS)
        await house.settle()
        assert house.pauses == [0.5, 1.0, 0.5, 0.5]

    run(scene, GONE, GONE)


@pytest.mark.requirement("MCP-138")
def test_trying_comes_to_an_end_and_that_is_said() -> None:
    async def scene(house: House) -> None:
        house.ears.want(TOOLS)
        while not house.notes:
            await asyncio.sleep(0)
        assert len(house.opened) == ATTEMPTS + 1
        assert "not heard any more" in house.notes[0]
        assert "connected again" in house.notes[0]

    run(scene, *[GONE] * (ATTEMPTS + 9))


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (ServerRefused(-32601, "no", None), "does not tell what it changes"),
        (PolicyDenied("by rule x", rules=("x",)), "by rule x"),
    ],
)
def test_a_server_that_has_no_subscriptions_or_may_have_none_is_asked_once(
    end: Exception, said: str
) -> None:
    async def scene(house: House) -> None:
        house.ears.want(TOOLS)
        await house.ears.ready(5)
        assert house.opened == [TOOLS]
        assert said in house.notes[0]

    run(scene, end)


def test_a_server_that_never_acknowledges_is_not_waited_for() -> None:
    async def scene(house: House) -> None:
        house.ears.want(TOOLS)
        while len(house.opened) < 2:
            await asyncio.sleep(0.005)
        house.say(TOOLS)
        assert house.missed == 1
        await asyncio.sleep(0.1)
        assert len(house.opened) == 2  # acknowledged: it may last

    run(scene, patience=0.05)


@pytest.mark.requirement("MCP-137")
def test_what_is_not_granted_is_said() -> None:
    async def scene(house: House) -> None:
        house.ears.want(BOTH)
        await house.settle()
        house.say(TOOLS, asked=BOTH)
        assert house.notes == ["it does not tell when 1 template changes"]

    run(scene)


@pytest.mark.requirement("MCP-138")
def test_another_wish_is_heard_before_the_old_one_is_given_up() -> None:
    async def scene(house: House) -> None:
        house.ears.want(TOOLS)
        await house.settle()
        house.say(TOOLS)
        house.ears.want(BOTH)
        house.ears.want(BOTH)
        await house.settle()
        assert (house.opened, house.closed) == ([TOOLS, BOTH], [])
        house.say(BOTH)
        await asyncio.sleep(0.01)
        assert (house.closed, house.missed) == ([TOOLS], 0)
        house.ears.want(Filter())
        await asyncio.sleep(0.01)
        assert house.closed == [TOOLS, BOTH]

    run(scene)


def test_an_acknowledgement_that_comes_too_late_counts_as_a_gap() -> None:
    async def scene(house: House) -> None:
        house.ears.want(TOOLS)
        await house.ears.ready(0.01)
        house.say(TOOLS)
        assert house.missed == 1
        await house.ears.ready(0.01)
        house.say(TOOLS)
        assert house.missed == 1

    run(scene)


def test_a_dead_connection_is_not_listened_to_again() -> None:
    async def scene(house: House) -> None:
        house.living = False
        house.ears.want(TOOLS)
        await house.ears.ready(5)
        assert house.opened == [TOOLS]
        assert house.notes == []

    run(scene, GONE)
