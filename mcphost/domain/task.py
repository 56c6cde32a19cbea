"""A task: work that a server goes on with after it has answered the call that began it.

Law: a task id may be a bearer token of the server's, so it is in no row, no message and no `repr`:
rows carry its digest. A ticket says whose task it is; it is of no use with another server or in
another authorization context. Data only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.json import JsonObject, digest
from mcphost.domain.ports import InputRequest


class TaskStatus(StrEnum):
    """The five states; the last three are final."""

    WORKING = "working"
    INPUT_REQUIRED = "input_required"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a server said of a task at one moment."""

    id: str = field(repr=False)
    status: TaskStatus
    message: str = ""
    """The server's words about it, one sanitised line."""
    ttl: float | None = None
    """Seconds it is kept from its creation; None without a limit."""
    poll: float | None = None
    """Seconds the server wants between two looks."""
    input_requests: tuple[tuple[str, InputRequest], ...] = ()
    result: JsonObject | None = None
    error: JsonObject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTicket:
    """What is needed to ask for a task again, and by whom alone it may be asked for."""

    server: ServerKey
    identity: Digest
    """`ServerConfig.identity` of the server that made it."""
    context: str
    """The authorization context in which it was made."""
    definition: Digest
    """The exact tool that was called: its output schema judges the result."""
    id: str = field(repr=False)
    created_at: float
    """Unix seconds by our clock, when we heard of it."""

    @property
    def digest(self) -> Digest:
        """What the log calls it."""
        return digest(self.id.encode("utf-8", "surrogatepass"))
