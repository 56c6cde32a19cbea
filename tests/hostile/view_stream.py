"""A server that streams while the window is measured, and how much of it the host really heard.

Server and window are two processes: the server pours until it is told that it is enough, and what
is counted is counted in the window's process, by what the host itself took in and showed.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Future
from typing import Any

from mcphost.domain.conversation import RunState, ToolRun
from mcphost.domain.events import ItemChanged
from mcphost.host import Host
from mcphost.servers.modern import ModernConnection
from tests.helpers.app_server import Thing
from tests.helpers.servers.http_peer import Reply, Seen
from tests.hostile.view_attacks import SHOP

POURS, ENOUGH, WORDS = "pours", "enough", "that was all"
PAIRS_A_SECOND = 250
"""Of one step of progress and one line of its log."""
LEAST_HEARD, LEAST_SHOWN = 100, 4
"""A second. Far below what is sent and let through: a busy machine must not fail a run."""
_MOST_SECONDS = 200.0


class Pouring:
    """One call that is answered by a stream, until another call ends it."""

    def __init__(self) -> None:
        self._enough = False

    def things(self) -> tuple[Thing, Thing]:
        """The two tools."""
        return Thing(name=POURS, answer=self._pour), Thing(name=ENOUGH, answer=self._end)

    async def _pour(self, seen: Seen, reply: Reply) -> None:
        token = seen.message["params"]["_meta"]["progressToken"]
        began, step = time.monotonic(), 0
        while not self._enough and time.monotonic() - began < _MOST_SECONDS:
            while step < (time.monotonic() - began) * PAIRS_A_SECOND:
                step += 1
                said = f"step {step} of many, with a few words as servers say them"
                await _tell(
                    reply, "progress", progressToken=token, progress=step, total=1e6, message=said
                )
                await _tell(reply, "message", level="info", logger="pours", data={"said": said})
            await asyncio.sleep(0.005)
        await reply.result({"content": [{"type": "text", "text": WORDS}]})

    async def _end(self, _seen: Seen, reply: Reply) -> None:
        self._enough = True
        await reply.result({"content": [{"type": "text", "text": "fine"}]})


async def _tell(reply: Reply, kind: str, **params: Any) -> None:
    await reply.event({"jsonrpc": "2.0", "method": f"notifications/{kind}", "params": params})


class Heard:
    """What of it came, from its start until it is read; main thread of the window's process."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._steps: set[float] = set()
        self._lines = self._all_lines()
        self._since = time.monotonic()

    @property
    def began(self) -> bool:
        """Whether a step has been shown."""
        return bool(self._steps)

    def take(self, event: object) -> None:
        """The window was told of *event*."""
        if isinstance(event, ItemChanged) and isinstance(event.item, ToolRun):
            work = event.item.work
            if event.item.tool == POURS and work is not None and work.done:
                self._steps.add(work.done)

    def read(self, call: Future[ToolRun]) -> dict[str, Any]:
        """Steps shown and log lines taken in a second, and whether it still goes on."""
        seconds = time.monotonic() - self._since
        lines = self._all_lines() - self._lines
        return {
            "shown": round(len(self._steps) / seconds, 1),
            "heard": round(lines / seconds, 1),
            "lasted": not call.done(),
        }

    def _all_lines(self) -> int:
        """A client that asked for no log counts its lines and believes none."""
        connection = self._host._rooms.pool.get(SHOP)
        assert isinstance(connection, ModernConnection)
        return connection.unbelieved


def ended_well(run: ToolRun) -> bool:
    """Whether the call that was streamed has its whole answer."""
    return run.state is RunState.DONE and run.text == WORDS


def stream_faults(found: dict[str, Any]) -> list[str]:
    """What is wrong with a stream that a run had."""
    bad: list[str] = []
    if found["heard"] < LEAST_HEARD:
        bad.append(f"only {found['heard']} lines of the stream a second were heard")
    if found["shown"] < LEAST_SHOWN:
        bad.append(f"only {found['shown']} steps of the stream a second were shown")
    if not found["lasted"]:
        bad.append("the stream was over before the run was")
    if not found["ended"]:
        bad.append("the call that was streamed did not end well")
    return bad
