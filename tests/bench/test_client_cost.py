"""What a call costs our client and the official SDK's, on one local server: processor time, ratios.

The server is a process of its own, so the time of this process is the client's. Both clients take
turns in one run; the figure is the ratio of their medians, which says little of the machine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import median

from mcp import Client

from tests.bench.conftest import JUDGED, Figures
from tests.helpers.servers.running import sdk_over_http
from tests.helpers.wiretap import Bench, at

CALLS = 400 if JUDGED else 60
ROUNDS = 5
AT_ONCE = 16
Call = Callable[[int], Awaitable[object]]


async def sequential(call: Call) -> float:
    """Processor milliseconds a call, one after the other."""
    before = time.process_time()
    for number in range(CALLS):
        await call(number)
    return (time.process_time() - before) * 1_000 / CALLS


async def concurrent(call: Call) -> float:
    """The same with sixteen calls in flight."""
    before = time.process_time()
    waiting = iter(range(CALLS))

    async def one_after_the_other() -> None:
        for number in waiting:
            await call(number)

    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    return (time.process_time() - before) * 1_000 / CALLS


async def measured(url: str) -> dict[str, tuple[float, float]]:
    """Ours and the SDK's median for each way of calling."""
    bench = Bench()
    async with bench.connected(at(url)) as connection, Client(url, cache=None) as client:
        await client.list_tools()

        async def ours(number: int) -> None:
            params = {"name": "echo", "arguments": {"text": f"word {number}"}}
            await connection.request("tools/call", params, bench.tap.exchange())

        async def theirs(number: int) -> None:
            await client.call_tool("echo", {"text": f"word {number}"})

        found: dict[str, tuple[float, float]] = {}
        for way in (sequential, concurrent):
            rounds = [(await way(ours), await way(theirs)) for _ in range(ROUNDS)]
            found[way.__name__] = (median(r[0] for r in rounds), median(r[1] for r in rounds))
        return found


def test_a_call_costs_no_more_than_with_the_official_client(figures: Figures) -> None:
    async def run() -> dict[str, tuple[float, float]]:
        async with sdk_over_http() as url:
            return await measured(url)

    for way, (ours, theirs) in asyncio.run(run()).items():
        what = f"processor time a call, {way}: ours {ours:.2f} ms, SDK {theirs:.2f} ms, ratio"
        figures.at_most(what, ours / theirs, 1.0, "")
