"""Who sees a call through: what the path tells the card of a run, and asks of it.

Law: a call without a watcher declares no tasks extension and hears no progress: nobody would see
the task, answer its questions or end it. The card is the one place where a person can do all three
(`chat.watch`). Data and a port only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mcphost.domain.lineage import Lineage
from mcphost.domain.task import TaskTicket


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a server is asked, in seconds, and for how long. The server's own wish counts
    within these bounds.
    """

    first: float = 2.0
    """Between two looks at a task whose server names no interval."""
    least: float = 0.5
    most: float = 300.0
    slack: float = 30.0
    """What an interval grows to while nothing changes, unless the server wants a longer one."""
    growth: float = 1.25
    whole: float = 6 * 3600.0
    """How long one task is followed; a person can look again afterwards."""
    deadline: float = 30.0
    """For the answer to one look."""
    farewell: float = 3.0
    """For the word that a task is not wanted any more."""
    round: float = 0.5
    """Before a call is sent again because its server only wanted time; doubles each time."""


class Watcher(Protocol):
    """Follows one call."""

    @property
    def leaving(self) -> bool:
        """Whether the program is ending: a task goes on at its server and can be found again."""
        ...

    @property
    def gesture(self) -> Lineage | None:
        """What lets a question of a task be drawn now: the person has just begun or opened this
        run and looks at it. None: a question waits, as a badge, until it is opened.
        """
        ...

    async def pause(self, seconds: float) -> None:
        """Wait, but no longer than until the person opens a waiting question."""
        ...

    async def took(self, ticket: TaskTicket) -> None:
        """The server goes on with the call as a task. When this returns, the ticket is kept.
        Raises `StorageError`.
        """
        ...

    def working(self, message: str) -> None:
        """The task goes on; *message* are the server's words, sanitised."""
        ...

    def over(self) -> None:
        """The task has ended, or is not wanted any more: the ticket may be forgotten."""
        ...

    def progressed(self, message: str, done: float, total: float | None) -> None:
        """The server tells how far the call is."""
        ...
