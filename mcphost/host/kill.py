"""The kill switch, turned: by the window, by the command line, or by a flag file.

The order when it is turned on: (1) `gate.kill` refuses from this moment; (2) the process trees of
local servers are ended and the sockets to the others broken; (3) walks, Views, connections and
tunnels in scope are cut, without a word to anybody; (4) the flag is durable, so that it stays on
after a restart; (5) grants fall, subscriptions end; (6) rows say who turned it, how, and what that
ended.

Law: steps 1 and 2 wait for nothing and work on any thread. A failure of a later step never takes
an earlier one back. Turning it off gives nothing back but the permission to begin anew. Loop
thread, but for `seen`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from mcphost.consent.grants import Grants, Which
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.errors import McpHostError
from mcphost.domain.events import KillSwitchChanged
from mcphost.domain.ids import ConversationId, ServerKey, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.kill import ALL, Ended, Kill, KillKind, KillScope
from mcphost.domain.ports import AuditSink, EventSink
from mcphost.egress.proxy import EgressProxy
from mcphost.gate.kill import KillSwitch, reason
from mcphost.host.fleet import Fleet
from mcphost.host.upkeep import Spawn
from mcphost.servers.pool import ServerPool
from mcphost.storage.kill_flags import KillFlags
from mcphost.storage.running import RunningFile
from mcphost.views.deck import ViewDeck

BY_WINDOW: Final = "window"
BY_COMMAND: Final = "command line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Everything the switch cuts."""

    switch: KillSwitch
    fleet: Fleet
    pool: ServerPool
    deck: ViewDeck
    proxy: EgressProxy
    grants: Grants


class KillDesk:
    """All switches of this program."""

    def __init__(
        self,
        flags: KillFlags,
        reach: Reach,
        *,
        audit: AuditSink,
        events: EventSink,
        spawn: Spawn,
        running: RunningFile,
        post: Callable[[Callable[[], None]], None],
    ) -> None:
        """*post* calls a function on the loop thread, from any thread."""
        self._flags = flags
        self._reach = reach
        self._audit = audit
        self._events = events
        self._spawn = spawn
        self._post = post
        self._running = running
        self._applied: dict[KillScope, Kill] = {}
        self._turning: dict[KillScope, Kill] = {}
        """Turned on here, and not seen among the flags yet."""
        self._before: frozenset[KillScope] = frozenset()
        """What was stopped when this run began."""

    @property
    def kills(self) -> tuple[Kill, ...]:
        """What is stopped."""
        return self._reach.switch.kills

    def begin(self) -> None:
        """What was stopped before this run stays so; a View of an earlier run is over anyway."""
        for kill in self._flags.read():
            if kill.scope.kind is KillKind.VIEW:
                self._flags.turn_off(kill.scope)
        kept = self._flags.read()
        self._before = frozenset(kill.scope for kill in kept)
        self.seen(kept)

    def seen(self, kills: tuple[Kill, ...]) -> None:
        """Exactly these flags are up. Any thread."""
        switch = self._reach.switch
        for kill in kills:
            self._turning.pop(kill.scope, None)
        on = (*tuple(self._turning.values()), *kills)
        switch.turn(tuple({kill.scope: kill for kill in on}.values()))
        self._reach.pool.break_off(switch.stops_server)
        self._running.tell_seen(kill.scope for kill in switch.kills)
        self._post(self._apply)

    def pull(self, scope: KillScope, *, who: str, how: str) -> Kill:
        """The first two steps of `turn_on`, which follows: from here on nothing in scope is sent.
        Any thread: a loop that is busy with what is to be stopped must not hold up the stop.
        """
        switch = self._reach.switch
        kill = self._turning.get(scope) or Kill(scope=scope, who=who, how=how, at=time.time())
        self._turning[scope] = kill  # until its flag is seen
        switch.turn((kill, *(k for k in self.kills if k.scope != scope)))
        self._reach.pool.break_off(switch.stops_server)
        return kill

    async def turn_on(self, scope: KillScope, *, who: str, how: str) -> None:
        """Stop *scope*. Raises `StorageError` when that will not outlast this run."""
        kill = self.pull(scope, who=who, how=how)
        self._apply()
        await asyncio.to_thread(self._flags.turn_on, kill)

    async def turn_off(self, scope: KillScope, *, who: str, how: str) -> None:
        """Let *scope* go on. Raises `StorageError`."""
        await self._turned(scope, on=False, who=who, how=how)
        self._turning.pop(scope, None)
        await asyncio.to_thread(self._flags.turn_off, scope)
        self.seen(self._flags.read())

    def _apply(self) -> None:
        """Make everything fit what the switch says now."""
        now = {kill.scope: kill for kill in self.kills}
        begun = [kill for scope, kill in now.items() if scope not in self._applied]
        over = [kill for scope, kill in self._applied.items() if scope not in now]
        self._applied = now
        if not begun and not over:
            return
        ended, keys = self._cut() if begun else (Ended(), [])
        if over and ALL not in now:
            self._reach.proxy.resume()
        self._events(KillSwitchChanged(kills=self.kills))
        self._spawn(self._settle(begun, over, ended, keys), name="kill switch")

    def _cut(self) -> tuple[Ended, list[ServerKey]]:
        reach, switch = self._reach, self._reach.switch
        why = "The kill switch was turned on."
        walks = switch.end_walks()
        cut = reach.deck.cut(
            lambda opening, view: (
                switch.stops(
                    server=opening.server.key, conversation=opening.conversation, view=view
                )
                is not None
            ),
            "the kill switch was turned on",
        )
        keys = reach.pool.cut(switch.stops_server, why)
        if switch.stops() is not None:
            tunnels = reach.proxy.refuse_all()
        else:
            tunnels = reach.proxy.cut_views(frozenset(launch.view for launch in cut))
        return (
            Ended(views=len(cut), actions=walks, servers=len(keys), connections=tunnels),
            keys,
        )

    async def _settle(
        self, begun: list[Kill], over: list[Kill], ended: Ended, keys: list[ServerKey]
    ) -> None:
        """What needs time: goodbyes within this program, grants, rows, and coming back."""
        try:
            for kill in begun:
                if kill.how != BY_COMMAND and kill.scope not in self._before:
                    # the command writes its own row
                    await self._turned(kill.scope, on=True, who=kill.who, how=kill.how)
                grants = await self._reach.grants.drop(_in(kill.scope), reason(kill))
                ended = replace(ended, grants=ended.grants + grants)
        finally:
            await self._part(begun, keys)
        for kill in begun:
            await self._record_applied(kill, True, ended)
        for kill in over:
            await self._record_applied(kill, False, Ended())
        await self._come_back(over)

    async def _part(self, begun: list[Kill], keys: list[ServerKey]) -> None:
        """Close what was cut, and say on each server's line why."""
        switch, fleet = self._reach.switch, self._reach.fleet
        for key in dict.fromkeys((*keys, *filter(switch.stops_server, fleet.configured()))):
            kill = switch.stops(server=key)
            await fleet.stopped(key, f"stopped: {reason(kill or begun[0])}")

    async def _come_back(self, over: list[Kill]) -> None:
        """Connect what is not stopped any more; what fails is on the server's line."""
        switch, fleet = self._reach.switch, self._reach.fleet
        back = [
            key
            for key in fleet.configured()
            if any(kill.scope.covers(server=key) for kill in over) and not switch.stops_server(key)
        ]
        outcomes = await asyncio.gather(*map(fleet.connect, back), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, McpHostError):
                raise outcome

    async def _turned(self, scope: KillScope, *, on: bool, who: str, how: str) -> None:
        await self._audit.append(turned(scope, on=on, who=who, how=how))

    async def _record_applied(self, kill: Kill, on: bool, ended: Ended) -> None:
        data: JsonObject = {
            "scope": str(kill.scope),
            "on": on,
            "views": ended.views,
            "actions": ended.actions,
            "servers": ended.servers,
            "connections": ended.connections,
            "grants": ended.grants,
        }
        await self._audit.append(AuditRecord(kind=AuditKind.KILL_SWITCH_APPLIED, data=data))


def turned(scope: KillScope, *, on: bool, who: str, how: str) -> AuditRecord:
    """The row of somebody turning a switch."""
    data: JsonObject = {"scope": str(scope), "on": on, "how": how}
    return AuditRecord(kind=AuditKind.KILL_SWITCH_TURNED, data=data, principal=who)


def _in(scope: KillScope) -> Which:
    """The grants that lie in *scope*."""
    match scope.kind:
        case KillKind.ALL:
            return Which()
        case KillKind.SERVER:
            return Which(server=ServerKey(scope.ident))
        case KillKind.CONVERSATION:
            return Which(conversation=ConversationId(scope.ident), standing=False)
        case KillKind.VIEW:
            return Which(view=ViewId(scope.ident))
