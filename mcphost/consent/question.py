"""One question, one end. The floor is held by one question at a time; whoever asks gets an answer,
a deadline or an abort, and everything but an answer is a refusal.

Law: a broker that fails, hangs or is cancelled never turns into a yes, and never into an exception
of its own. Used by the two desks on the loop thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from mcphost.domain.action import Action
from mcphost.domain.audit import AuditKind, AuditRecord, record_of
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import JsonObject

_T = TypeVar("_T")
_GOODBYE_SECONDS = 1.0

Clock: TypeAlias = Callable[[], float]
"""Monotonic seconds."""


class HowEnded(StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    TIMEOUT = "timeout"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Ended(Generic[_T]):
    """*answer* only when it was answered; *why* names the failure of an aborted one."""

    how: HowEnded
    answer: _T | None = None
    why: str = ""


class Floor:
    """Only one question is in front of a person at a time; the others wait their turn."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def taken(self) -> AsyncGenerator[None]:
        """Wait for the turn and keep it."""
        async with self._lock:
            yield


async def put(question: Awaitable[_T], deadline: float) -> Ended[_T]:
    """Await *question* for at most *deadline* seconds. Cancelling this withdraws the question."""
    task = asyncio.ensure_future(question)
    try:
        await asyncio.wait({task}, timeout=deadline)
    finally:
        if not task.done():
            task.cancel()
    if task.done():
        return _end_of(task)
    # A broker that ignores its cancellation is not waited for: the answer is already no.
    await asyncio.wait({task}, timeout=_GOODBYE_SECONDS)
    if task.done() and not task.cancelled():
        task.exception()
    return Ended(HowEnded.TIMEOUT)


def _end_of(task: asyncio.Future[_T]) -> Ended[_T]:
    if task.cancelled():
        return Ended(HowEnded.ABORTED, why="the dialog was taken away")
    failure = task.exception()
    if failure is not None:
        return Ended(HowEnded.ABORTED, why=f"the dialog failed ({type(failure).__name__})")
    return Ended(HowEnded.ANSWERED, answer=task.result())


def row_about(
    action: Action | None, kind: AuditKind, server: ServerKey | None, data: JsonObject
) -> AuditRecord:
    """A row about a question of *server*, with what is known of the action it belongs to."""
    if action is None:
        return AuditRecord(kind=kind, data=data, server=server)
    return replace(record_of(action, kind, data), server=server)
