"""What is known of a connected server, and how it is kept true while the server changes.

Law: (1) changes are heard from before the first look, so nothing changes unseen; (2) many words of
change make one look, and a server that never stops is no longer believed; (3) what could not be
read again is not known: nothing is called by definitions that may be old; what only its budget held
back is read as soon as there is some again. Loop thread; used by `mcphost.host.fleet`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from mcphost.domain.errors import BudgetSpent, McpHostError
from mcphost.domain.lineage import Lineage, background
from mcphost.domain.principal import HOST, Principal
from mcphost.domain.summaries import Link
from mcphost.host.ears import Ears
from mcphost.host.member import Member
from mcphost.host.scout import Scout
from mcphost.servers.connection import Connection
from mcphost.servers.pool import ServerPool

REFRESH_SECONDS = 0.5
"""How long a changed list is left to settle before it is read again."""
HELD_SECONDS = 60.0
"""After how long a look that the budget of the server held back is tried again."""
MAX_REFRESHES = 60
"""Refreshes one connection may cause by notifications; after that it is not believed any more."""


class Upkeep:
    """Looks at connected servers, again whenever they say that something changed."""

    def __init__(
        self,
        *,
        scout: Scout,
        pool: ServerPool,
        spawn: Spawn,
        tell: Callable[[Member], None],
    ) -> None:
        """*tell* reports what a member has become."""
        self._scout = scout
        self._pool = pool
        self._spawn = spawn
        self._tell = tell

    async def begin(
        self, member: Member, connection: Connection, principal: Principal, lineage: Lineage
    ) -> None:
        """Listen to a new connection, then look around."""
        member.refreshes, member.worn = 0, False
        # Heard from the start: what changes while lists and templates are read is read again.
        ears = member.ears = self._ears(member, connection)
        await ears.hear(connection.info.capabilities, ())
        await self.look_around(member, connection, principal, lineage)

    async def look_around(
        self, member: Member, connection: Connection, principal: Principal, lineage: Lineage
    ) -> None:
        """List the tools and fetch their templates. Raises what the path raises."""
        warnings: list[str] = []
        tools = await self._scout.tools(connection, principal, lineage, warnings)
        if member.worn:
            return
        member.tools = tools
        member.link, member.problem = Link.ONLINE, " · ".join(warnings)
        self._tell(member)
        if member.ears is not None:
            templates = [tool.ui_resource for tool in tools if tool.ui_resource]
            await member.ears.hear(connection.info.capabilities, templates)
        await self._scout.prefetch(connection, tools, warnings)
        if not member.worn:
            member.problem = " · ".join(warnings)

    async def hang_up(self, member: Member) -> None:
        """Listen to *member* no more."""
        ears, member.ears, member.deaf = member.ears, None, ""
        if ears is not None:
            await ears.stop()

    def _ears(self, member: Member, connection: Connection) -> Ears:
        def note(text: str) -> None:
            member.deaf = text
            self._tell(member)

        def alive() -> bool:
            return self._pool.get(member.config.key) is connection

        ears = Ears(
            listen=lambda wanted: self._scout.listen(connection, wanted),
            alive=alive,
            note=note,
            missed=lambda: self._missed(member),
        )
        connection.on_list_changed = lambda _what: self._on_change(member)
        connection.on_resource_updated = lambda uri: self._on_change(member, uri)
        connection.on_acknowledged = ears.acknowledged
        return ears

    def _missed(self, member: Member) -> None:
        """Nobody listened for a while. That is not counted as a change: connections just break."""
        member.relist = True
        if not member.refreshing and not member.worn:
            member.refreshing = True
            self._spawn(self._refresh(member, 0), name=f"refresh {member.config.key}")

    def _on_change(self, member: Member, uri: str | None = None) -> None:
        """The server says that its lists changed, or the template *uri*. Many such words make one
        refresh, and a server that never stops saying so is no longer believed: what it offers is
        not known, so nothing is called by the definitions read last.
        """
        if uri is None:
            member.relist = True
        else:
            member.changed.add(uri)
        if member.refreshing or member.worn:
            return
        if member.refreshes < MAX_REFRESHES:
            member.refreshing = True
            self._spawn(self._refresh(member, 1), name=f"refresh {member.config.key}")
            return
        member.worn, member.tools = True, ()
        member.problem = (
            f"its lists changed more than {MAX_REFRESHES} times, so its tools are not offered any "
            "more: connect it again"
        )
        self._tell(member)

    async def _refresh(self, member: Member, counted: int, *, pause: float | None = None) -> None:
        await asyncio.sleep(REFRESH_SECONDS if pause is None else pause)
        async with member.busy:
            member.refreshing = False
            member.refreshes += counted
            relist, changed = member.relist, frozenset(member.changed)
            member.relist, member.changed = False, set()
            connection = self._pool.get(member.config.key)
            if connection is None or member.link is not Link.ONLINE:
                return
            try:
                if relist:
                    await self.look_around(member, connection, HOST, background(time.monotonic()))
                else:
                    await self._fetch_again(member, connection, changed)
            except McpHostError as error:
                # What changed is not known: the old definitions are nothing to call by.
                member.tools = ()
                if not member.worn:
                    member.problem = str(error)
                if isinstance(error, BudgetSpent):
                    self._try_again(member)
            self._tell(member)

    def _try_again(self, member: Member) -> None:
        member.relist = True
        if not member.refreshing and not member.worn:
            member.refreshing = True
            work = self._refresh(member, 0, pause=HELD_SECONDS)
            self._spawn(work, name=f"refresh {member.config.key}")

    async def _fetch_again(
        self, member: Member, connection: Connection, changed: frozenset[str]
    ) -> None:
        warnings: list[str] = []
        await self._scout.prefetch(connection, member.tools, warnings, only=changed)
        if warnings and not member.worn:
            member.problem = " · ".join(warnings)


class Spawn(Protocol):
    """Starts an owned background task (`Runtime.spawn`)."""

    def __call__(self, work: Coroutine[Any, Any, object], *, name: str) -> object:
        """Start *work*."""
        ...
