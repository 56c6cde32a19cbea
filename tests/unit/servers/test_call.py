"""The clock of a call."""

from __future__ import annotations

import asyncio

import pytest

from mcphost.servers.call import Call, Deadline
from tests.helpers.wiretap import WireTap


@pytest.mark.requirement("MCP-141")
def test_time_in_which_somebody_is_asked_does_not_count() -> None:
    async def scenario() -> bool:
        deadline = Deadline(0.05)
        async with deadline:
            with deadline.held(), deadline.held():
                await asyncio.sleep(0.15)
            await asyncio.sleep(0.001)
        return deadline.expired

    assert asyncio.run(scenario()) is False


@pytest.mark.requirement("MCP-141")
def test_the_clock_goes_on_where_it_stood() -> None:
    async def scenario() -> float:
        deadline = Deadline(0.1)
        loop = asyncio.get_running_loop()
        try:
            async with deadline:
                await asyncio.sleep(0.05)
                with deadline.held():
                    await asyncio.sleep(0.1)
                resumed = loop.time()
                await asyncio.sleep(5)
        except TimeoutError:
            return loop.time() - resumed
        return 5.0

    assert asyncio.run(scenario()) < 0.09


def test_a_deadline_can_be_brought_forward_and_is_harmless_afterwards() -> None:
    async def scenario() -> None:
        deadline = Deadline(60)

        async def wait() -> None:
            async with deadline:
                deadline.expire()
                await asyncio.sleep(5)

        with pytest.raises(TimeoutError):
            await wait()
        deadline.expire()
        with deadline.held():
            pass
        assert deadline.expired

    asyncio.run(scenario())


@pytest.mark.requirement("MCP-140")
def test_progress_that_goes_backwards_or_is_none_is_dropped() -> None:
    async def scenario() -> list[object]:
        heard: list[object] = []
        exchange = WireTap().exchange(on_progress=lambda p: heard.append(p["progress"]))
        call = Call(number=1, method="tools/call", exchange=exchange)
        for value in (1, 3, 2, "4", True, None, 3.5):
            call.progressed({"progress": value})
        call.progressed({})
        return heard

    assert asyncio.run(scenario()) == [1, 3, 3.5]


@pytest.mark.requirement("MCP-141")
def test_progress_begins_the_time_anew() -> None:
    async def scenario() -> bool:
        deadline = Deadline(0.2, 60)
        async with deadline:
            for _ in range(4):
                await asyncio.sleep(0.08)
                deadline.renew()
        return deadline.expired

    assert asyncio.run(scenario()) is False


@pytest.mark.requirement("MCP-141")
def test_progress_cannot_keep_a_call_for_ever() -> None:
    async def scenario() -> bool:
        deadline = Deadline(0.05, 0.15)
        try:
            async with deadline:
                while True:
                    await asyncio.sleep(0.01)
                    deadline.renew()
        except TimeoutError:
            return deadline.expired

    assert asyncio.run(asyncio.wait_for(scenario(), 5)) is True


def test_progress_while_somebody_is_asked_counts_from_the_answer_on() -> None:
    async def scenario() -> bool:
        deadline = Deadline(0.1, 60)
        async with deadline:
            with deadline.held():
                await asyncio.sleep(0.15)
                deadline.renew()
            await asyncio.sleep(0.01)
        return deadline.expired

    assert asyncio.run(scenario()) is False


@pytest.mark.requirement("MCP-141")
def test_only_progress_that_was_asked_for_gives_time() -> None:
    async def scenario(listening: bool) -> bool:
        exchange = WireTap().exchange(deadline=0.1, on_progress=print if listening else None)
        call = Call(number=1, method="tools/call", exchange=exchange)
        try:
            async with call.deadline:
                for value in range(6):
                    await asyncio.sleep(0.03)
                    call.progressed({"progress": value + 1})
        except TimeoutError:
            pass
        return call.deadline.expired

    assert asyncio.run(scenario(listening=True)) is False
    assert asyncio.run(scenario(listening=False)) is True
