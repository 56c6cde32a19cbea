"""A server's tasks in a script, and somebody who follows them."""

from __future__ import annotations

import asyncio
from typing import Any

from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage
from mcphost.domain.task import TaskTicket
from tests.helpers.gate_parts import gesture

TASK = "task-ä-1"
DONE: JsonObject = {"content": [{"type": "text", "text": "done"}]}


def task(status: str = "working", kind: str = "complete", **more: Any) -> dict[str, Any]:
    """A `tasks/get` answer."""
    return {
        "resultType": kind,
        "taskId": TASK,
        "status": status,
        "createdAt": "2026-08-01T10:00:00Z",
        "lastUpdatedAt": "2026-08-01T10:00:00Z",
        "ttlMs": None,
        **more,
    }


def created(**more: Any) -> dict[str, Any]:
    """The answer to a call that goes on as a task."""
    return task(kind="task", **more)


def completed(result: JsonObject = DONE) -> dict[str, Any]:
    return task("completed", result=result)


def asking(requests: JsonObject) -> dict[str, Any]:
    return task("input_required", inputRequests=requests)


class FakeWatcher:
    """A card that somebody looks at, if *attended*. *opens* is the press on its badge."""

    def __init__(
        self, *, attended: bool = True, opens: Lineage | None = None, nap: float = 0.01
    ) -> None:
        self.nap = nap
        self.leaving = False
        self.gesture: Lineage | None = gesture() if attended else None
        self.opens = opens
        self.pauses: list[float] = []
        self.tickets: list[TaskTicket] = []
        self.words: list[str] = []
        self.progress: list[tuple[str, float, float | None]] = []
        self.ended = 0
        self.paused = asyncio.Event()

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.paused.set()
        if self.opens is not None and len(self.pauses) > 2:
            self.gesture, self.opens = self.opens, None
        await asyncio.sleep(min(seconds, self.nap))

    async def took(self, ticket: TaskTicket) -> None:
        self.tickets.append(ticket)

    def working(self, message: str) -> None:
        self.words.append(message)

    def over(self) -> None:
        self.ended += 1

    def progressed(self, message: str, done: float, total: float | None) -> None:
        self.progress.append((message, done, total))
