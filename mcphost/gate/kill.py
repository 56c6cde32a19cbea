"""The kill switch on the one path: what is stopped now, and every walk that it stops.

Law: (1) it is asked before the policy, so no rule can permit what is stopped; (2) it is asked again
right before a frame leaves; (3) turning it on ends every walk in scope at once, with an error that
says so; (4) what is stopped is one immutable value, replaced whole: `turn` may be called by any
thread, everything else on the loop thread. Made by `mcphost.host`; who turns it is `host.kill`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from mcphost.domain.action import Action
from mcphost.domain.decision import Decision
from mcphost.domain.errors import KillSwitchOn
from mcphost.domain.ids import ConversationId, ServerKey, ViewId
from mcphost.domain.kill import Kill, KillKind

RULE: Final = "kill-switch"


class KillSwitch:
    """Everything that is stopped."""

    def __init__(self, kills: tuple[Kill, ...] = ()) -> None:
        self._kills = kills
        self._walks: dict[asyncio.Task[object], list[Action]] = {}
        self._ended: set[asyncio.Task[object]] = set()

    @property
    def kills(self) -> tuple[Kill, ...]:
        """The switches that are on."""
        return self._kills

    def turn(self, kills: tuple[Kill, ...]) -> None:
        """From now on exactly *kills* are on."""
        self._kills = kills

    def stops(
        self,
        *,
        server: ServerKey | None = None,
        conversation: ConversationId | None = None,
        view: ViewId | None = None,
    ) -> Kill | None:
        """What stops something of *server*, *conversation* and *view*, if anything does."""
        for kill in self._kills:
            if kill.scope.covers(server=server, conversation=conversation, view=view):
                return kill
        return None

    def stops_server(self, server: ServerKey) -> bool:
        """Whether nothing may be said to *server* at all."""
        return self.stops(server=server) is not None

    def require(self, action: Action) -> None:
        """Raise `KillSwitchOn` when *action* is stopped."""
        kill = self._stopping(action)
        if kill is not None:
            raise switched_off(kill)

    def require_server(self, server: ServerKey, conversation: ConversationId | None = None) -> None:
        """Raise `KillSwitchOn` when nothing may be said to *server* (in *conversation*)."""
        kill = self.stops(server=server, conversation=conversation)
        if kill is not None:
            raise switched_off(kill)

    def _stopping(self, action: Action) -> Kill | None:
        return self.stops(server=action.server, conversation=action.conversation, view=action.view)

    def overrule(self, action: Action, decision: Decision) -> Decision:
        """*decision* of the policy, or the refusal that stands in its place."""
        kill = self._stopping(action)
        return decision if kill is None else decision.refused(RULE, reason(kill))

    @contextmanager
    def walking(self, action: Action) -> Generator[None]:
        """While *action* is on its way: `end_walks` turns it into `KillSwitchOn`."""
        task = asyncio.current_task()
        if task is None:
            yield
            return
        self._walks.setdefault(task, []).append(action)
        try:
            yield
        except asyncio.CancelledError:
            kill = self._stopping(action)
            if task not in self._ended or kill is None:
                raise
            self._ended.discard(task)
            if task.uncancel() > 0:  # somebody else wants it ended as well
                raise
            raise switched_off(kill) from None
        finally:
            self._leave(task)

    def end_walks(self) -> int:
        """End every walk that is stopped now; how many."""
        stopped = [
            task
            for task, actions in self._walks.items()
            if task not in self._ended and any(self._stopping(action) for action in actions)
        ]
        for task in stopped:
            self._ended.add(task)
            task.cancel()
        return len(stopped)

    def _leave(self, task: asyncio.Task[object]) -> None:
        actions = self._walks[task]
        actions.pop()
        if not actions:
            del self._walks[task]
            self._ended.discard(task)


def reason(kill: Kill) -> str:
    """Why, as a part of a sentence."""
    return f"the kill switch is on for {kill.scope.words}"


def switched_off(kill: Kill) -> KillSwitchOn:
    """The error, with what a person can do."""
    return KillSwitchOn(f"{_sentence(kill)} Nothing more was sent. {_way_back(kill)}")


def _sentence(kill: Kill) -> str:
    return f"The kill switch is on for {kill.scope.words} ({kill.who}, by {kill.how})."


def _way_back(kill: Kill) -> str:
    if kill.scope.kind is KillKind.VIEW:
        return "Open its App again from its card."
    return (
        f"To go on, choose Resume in the window, or run: mcphost kill --resume --scope {kill.scope}"
    )
