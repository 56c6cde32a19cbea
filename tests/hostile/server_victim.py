"""The child that a hostile server is let loose on: `server_victim KIND URL ARGUMENT`.

It reports as JSON how the one call ended, whether a second one still works, its peak memory above
idle (VmHWM) and the longest time its loop did not turn.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from mcphost.domain.errors import McpHostError
from mcphost.schemas.pool import SchemaValidator
from mcphost.servers.limits import ServerLimits
from tests.helpers.wiretap import Bench, at, module

DEADLINE = 10.0
_TICK = 0.001


def _memory(name: str) -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


class Ticker:
    """Turns all the time and notes the longest pause between two turns, as far as this process was
    at work in it: what a busy machine gives to others meanwhile is not this program's doing.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self._last, self._cpu = time.perf_counter(), time.process_time()
        self._task = asyncio.create_task(self._turn())

    async def _turn(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            now, cpu = time.perf_counter(), time.process_time()
            self.longest = max(self.longest, min(now - self._last - _TICK, cpu - self._cpu))
            self._last, self._cpu = now, cpu

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


async def attacked(kind: str, url: str, argument: str) -> dict[str, object]:
    if kind == "schema":
        return await _schema(json.loads(argument))
    bench = Bench(limits=ServerLimits())
    to = at(url) if kind in {"http", "pair"} else module("stdio_peer", "modern")
    async with bench.connected(to) as it:
        if kind in {"http", "pair"}:
            first, good = ("tools/list", {}), ("prompts/list", {})
        else:
            first = ("tools/call", {"name": "big", "arguments": {"mib": int(argument)}})
            good = ("tools/call", {"name": "echo", "arguments": {"text": "x"}})

        async def attack() -> None:
            await it.request(*first, bench.tap.exchange(deadline=DEADLINE))

        async def attack_beside_another() -> None:
            other = it.request("resources/list", {}, bench.tap.exchange(deadline=DEADLINE))
            beside = asyncio.ensure_future(other)
            try:
                await attack()
            finally:
                assert (await beside)["resources"] == []

        figures = await _measured(attack_beside_another if kind == "pair" else attack)
        if it.alive:
            await it.request(*good, bench.tap.exchange())
        return figures


async def _schema(schema: dict[str, object]) -> dict[str, object]:
    validator = SchemaValidator()
    await validator.start()

    async def attack() -> None:
        await validator.check(schema, {"x": "a" * 40 + "!"}, what="the result")

    try:
        return await _measured(attack)
    finally:
        await validator.close()


async def _measured(attack: Callable[[], Awaitable[None]]) -> dict[str, object]:
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts from here
    idle, ticker, cpu = _memory("VmRSS"), Ticker(), time.process_time()
    try:
        await attack()
        outcome = "ok"
    except McpHostError as error:
        outcome = str(error)
    cpu = time.process_time() - cpu
    await ticker.stop()
    peak = _memory("VmHWM") - idle
    return {
        "outcome": outcome,
        "peak_mib": peak,
        "stall_ms": ticker.longest * 1000,
        "cpu_s": cpu,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(attacked(*sys.argv[1:4]))))
