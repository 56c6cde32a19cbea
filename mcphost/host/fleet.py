"""The configured servers: connecting, listing tools, prefetching templates, all down the one path.

Law: (1) everything here has background lineage unless a person asked for it, so a server that asks
for input meanwhile is refused and the refusal is on the log. (2) One server's trouble is that
server's alone; it is said on its line in words.

Loop thread. Held by `mcphost.host.facade`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from mcphost.chat.ports import Target
from mcphost.consent.grants import Grants, Which
from mcphost.consent.pins import ToolPins
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.authorization import STRICT
from mcphost.domain.budget import USUAL, Limits
from mcphost.domain.errors import McpHostError, NotConfigured, ServerError
from mcphost.domain.events import ServerChanged, ServerRemoved
from mcphost.domain.ids import ConversationId, Digest, ServerKey
from mcphost.domain.json import JsonObject, canonical_digest
from mcphost.domain.launch import Launch, LaunchCase
from mcphost.domain.lineage import Lineage, background
from mcphost.domain.ports import AuditSink, EventSink
from mcphost.domain.principal import HOST, Principal
from mcphost.domain.server import ServerConfig, Trust, place
from mcphost.domain.summaries import Link, ServerSummary, ToolSummary
from mcphost.domain.template import ReviewState, TemplateReview
from mcphost.domain.tool import Effect, PinState, Tool
from mcphost.host.accounts import Accounts
from mcphost.host.launches import LaunchBook
from mcphost.host.member import Member
from mcphost.host.restarts import GIVEN_UP
from mcphost.host.scout import Scout
from mcphost.host.server_store import ServerStore, missing_values
from mcphost.host.settings import is_replay
from mcphost.host.upkeep import Spawn, Upkeep
from mcphost.servers.pool import ServerPool
from mcphost.storage.authorization import authorization_to_json
from mcphost.templates.store import TemplateStore

_log = logging.getLogger(__name__)


class Fleet:
    """All servers of this host."""

    def __init__(
        self,
        *,
        scout: Scout,
        pool: ServerPool,
        templates: TemplateStore,
        store: ServerStore,
        launches: LaunchBook,
        audit: AuditSink,
        events: EventSink,
        effect: EffectOf,
        spawn: Spawn,
        grants: Grants,
        pins: ToolPins,
        accounts: Accounts | None = None,
        limits: Callable[[ServerKey], Limits] = lambda _: USUAL,
    ) -> None:
        """Without *accounts* nobody signs in."""
        self._scout = scout
        self._pool = pool
        self._templates = templates
        self._store = store
        self._launches = launches
        self._audit = audit
        self._events = events
        self._effect = effect
        self._spawn = spawn
        self._upkeep = Upkeep(scout=scout, pool=pool, spawn=spawn, tell=self._tell)
        self._grants = grants
        self._pins = pins
        self._accounts = accounts
        self._limits = limits
        self._members: dict[ServerKey, Member] = {}
        self._stopping = False

    def config(self, key: ServerKey) -> ServerConfig:
        """The configuration of *key*. Raises `NotConfigured`."""
        return self._member(key).config

    def knows(self, key: ServerKey) -> bool:
        """Whether *key* is configured."""
        return key in self._members

    def trust(self, key: ServerKey) -> Trust:
        """How *key* came to be one of ours."""
        member = self._members.get(key)
        if member is None:
            return Trust.UNKNOWN
        if member.config.builtin:
            return Trust.BUILTIN
        return Trust.KEPT if member.kept else Trust.THIS_RUN

    def has(self, config: ServerConfig) -> bool:
        """Whether exactly *config* is still what its alias stands for."""
        member = self._members.get(config.key)
        return member is not None and member.config == config

    def summaries(self) -> list[ServerSummary]:
        """One line a server."""
        return [self._summary(member) for member in self._members.values()]

    def tools(self, key: ServerKey) -> tuple[Tool, ...]:
        """The tools of a connected server; none when it is not."""
        member = self._members.get(key)
        return () if member is None else member.tools

    def lists(self, tool: Tool) -> bool:
        """Whether *tool* is offered now, by exactly this definition."""
        return any(
            known.name == tool.name and known.definition_digest == tool.definition_digest
            for known in self.tools(tool.server)
        )

    def tool_summaries(self, key: ServerKey) -> list[ToolSummary]:
        """The tools with the effect class the host gave them. Raises `NotConfigured`."""
        config = self.config(key)
        return [
            ToolSummary(
                tool=tool,
                effect=self._effect(config, tool),
                pin=self._pins.pin(config, tool.name),
            )
            for tool in self._member(key).tools
        ]

    def target(self, server: ServerKey, tool: str) -> Target:
        """A callable tool. Raises `NotConfigured`."""
        member = self._member(server)
        for known in member.tools:
            if known.name == tool:
                return self._target(member, known)
        names = ", ".join(t.name for t in member.tools) or "none"
        raise NotConfigured(f"{server} has no tool called {tool}; it has: {names}")

    def offered(self, conversation: ConversationId) -> list[Target]:
        """Every tool of every connected server."""
        return [
            self._target(member, tool)
            for member in self._members.values()
            if member.link is Link.ONLINE
            for tool in member.tools
        ]

    async def load(self) -> None:
        """Know the servers that are configured. Called once, before anything else."""
        for config in await self._store.load():
            self._members[config.key] = Member(config=config)
            if self._accounts is not None:
                await self._accounts.look(config)

    def know(self, config: ServerConfig) -> None:
        """A server the host itself brings: the built-in demo."""
        self._members[config.key] = Member(config=config)
        self._tell(self._members[config.key])

    async def add(
        self, config: ServerConfig, *, keep: bool = True, approved: Launch | None = None
    ) -> None:
        """Configure a server; *keep* False lasts for this run only, and its command was typed for
        it. *approved* is what a person has seen and approved. Raises `NotConfigured`.
        """
        if config.key in self._members:
            raise NotConfigured(f"there is already a server called {config.key}")
        data: JsonObject = {"endpoint": place(config.endpoint), "identity": config.identity}
        if approved is not None:
            data = {**data, "approved": approved.digest}
        if config.authorization != STRICT:
            data = {**data, "authorization": authorization_to_json(config.authorization)}
        if config.max_message is not None:
            data = {**data, "max_message": config.max_message}
        await self._audit.append(
            AuditRecord(
                kind=AuditKind.SERVER_ADDED, data=data, principal="user:local", server=config.key
            )
        )
        if keep:
            await self._store.save(config)
        else:
            self._launches.typed(config.key)
        if approved is not None:
            self._launches.approve(config, approved)
        self._members[config.key] = Member(config=config, kept=keep)
        self._tell(self._members[config.key])

    async def program(self, config: ServerConfig) -> LaunchCase:
        """What would run for *config*, for a person to look at. Raises `UserFacingError`."""
        return await self._launches.case(config)

    async def remove(self, key: ServerKey) -> None:
        """Disconnect and forget a server. Raises `NotConfigured`."""
        member = self._member(key)
        if member.config.builtin:
            raise NotConfigured("the built-in demo server cannot be removed")
        await self._audit.append(
            AuditRecord(kind=AuditKind.SERVER_REMOVED, data={}, principal="user:local", server=key)
        )
        # Unknown first: what still comes of a connection under way is thrown away.
        self._members.pop(key, None)
        if self._accounts is not None:
            self._accounts.give_up(key)
        try:
            await self._upkeep.hang_up(member)
            await self._pool.close(key)
            which = Which(identity=member.config.identity)
            await self._grants.drop(which, "its server was removed", by="user:local")
            if self._accounts is not None:
                await self._accounts.forget(member.config)
            await self._store.remove(member.config)
            self._launches.forget(member.config)
        finally:
            self._events(ServerRemoved(key=key))

    async def connect(
        self, key: ServerKey, *, principal: Principal = HOST, lineage: Lineage | None = None
    ) -> None:
        """Connect (again), list tools, prefetch templates. Trouble is on the summary and raised."""
        member = self._member(key)
        if principal is not HOST:
            member.restarts.forgive()
        async with member.busy:
            if self._stopping:
                raise NotConfigured("mcphost is closing: nothing is connected any more")
            # Old definitions end with the old connection: nothing is called by them meanwhile.
            member.link, member.problem, member.tools = Link.CONNECTING, "", ()
            self._tell(member)
            try:
                await self._upkeep.hang_up(member)
                await self._pool.close(key)
                await self._connect(member, principal, lineage or background(time.monotonic()))
            except McpHostError as error:
                member.link, member.problem, member.tools = Link.FAILED, str(error), ()
                await self._upkeep.hang_up(member)
                raise
            finally:
                if member.link is Link.CONNECTING:
                    member.link = Link.FAILED
                self._tell(member)

    async def recount(self, key: ServerKey) -> None:
        """How a person stands with a server has changed: look again, and say so on its line."""
        member = self._members.get(key)
        if member is not None and self._accounts is not None:
            await self._accounts.look(member.config)
            self._tell(member)

    def look(self, key: ServerKey) -> None:
        """Notice that a server's connection has ended, and say so on its line."""
        member = self._members.get(key)
        if member is not None and member.link is Link.ONLINE and self._pool.get(key) is None:
            member.link, member.problem = Link.FAILED, "the connection ended: connect it again"
            self._tell(member)

    def retell(self, key: ServerKey) -> None:
        """What was chosen for *key* is another thing now."""
        self._tell(self._member(key))

    def held_back(self, key: ServerKey, words: str) -> None:
        """The budget of *key* is spent: its line says so; without *words* it is not any more."""
        member = self._members.get(key)
        if member is not None:
            member.held = words
            self._tell(member)

    def ended(self, config: ServerConfig, how: str) -> None:
        """A local server ended by itself: say so, and start the same program again in a while."""
        member = self._members.get(config.key)
        if member is not None and member.config == config and member.link is Link.ONLINE:
            self._again(member, f"it {how}.")

    async def stopped(self, key: ServerKey, why: str) -> None:
        """The kill switch has cut *key* off: hear nothing of it any more, and say so."""
        member = self._members.get(key)
        if member is None:
            return
        member.link, member.problem, member.tools = Link.FAILED, why, ()
        self._tell(member)
        await self._upkeep.hang_up(member)
        await self._pool.close(key)
        if self._accounts is not None:
            self._accounts.give_up(key)
        self._tell(member)

    def configured(self) -> list[ServerKey]:
        """Every configured server."""
        return list(self._members)

    def stop_restarting(self) -> None:
        """The host is closing: what ends from now on stays down."""
        self._stopping = True

    def _again(self, member: Member, why: str) -> None:
        if self._stopping:
            return
        delay = member.restarts.next_delay(time.monotonic())
        member.link, member.tools = Link.FAILED, ()
        if delay is None:
            member.problem = f"{why} {GIVEN_UP}"
        else:
            member.problem = f"{why} It is started again in {delay:g} seconds."
            self._spawn(self._restart(member, delay), name=f"restart {member.config.key}")
        self._tell(member)

    async def _restart(self, member: Member, delay: float) -> None:
        await asyncio.sleep(delay)
        same = self._members.get(member.config.key) is member
        if self._stopping or not same or member.link is not Link.FAILED:
            return  # removed, or connected by a person meanwhile
        try:
            await self.connect(member.config.key)
        except ServerError as error:
            self._again(member, str(error))
        except McpHostError as error:  # it may not be started: that is on its line
            _log.info("%s is not started again: %s", member.config.key, error)

    async def connect_all(self) -> None:
        """Connect every server, each on its own; nobody is told twice, nothing is raised."""
        outcomes = await asyncio.gather(
            *(self.connect(key) for key in list(self._members)), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, McpHostError):
                raise outcome

    async def _connect(self, member: Member, principal: Principal, lineage: Lineage) -> None:
        config = member.config
        if is_replay(config):
            raise NotConfigured(
                f"{config.key} is not a server: it stands for one in a replay, which "
                "reaches nobody."
            )
        missing = missing_values(config)
        if missing:
            raise NotConfigured(
                f"the values of {', '.join(missing)} are not known any more: no keyring kept "
                "them. Remove the server and add it again with its values."
            )
        connection = await self._scout.open(config, principal, lineage)
        if self._members.get(config.key) is not member:
            await connection.close()
            raise NotConfigured(f"{config.key} was removed while it was being connected")
        await self._upkeep.begin(member, connection, principal, lineage)

    async def accept_tool(self, key: ServerKey, tool: str, seen: Digest, *, by: str) -> None:
        """A person has seen how a tool changed, and accepts it. Raises `UserFacingError`."""
        member = self._member(key)
        await self._pins.accept(member.config, tool, seen, by=by)
        self._tell(member)

    async def classify_tool(self, key: ServerKey, tool: str, effect: Effect, *, by: str) -> None:
        """A person says what a tool does. Raises `UserFacingError`."""
        target = self.target(key, tool)
        await self._pins.classify(target.server, target.tool, effect, by=by)
        self._tell(self._member(key))

    async def relist(self, tool: Tool) -> Tool | None:
        """List the tools of *tool*'s server anew: its definition now, or None when it is gone."""
        member = self._member(tool.server)
        async with member.busy:
            connection = self._pool.get(tool.server)
            if connection is None or member.link is not Link.ONLINE or member.worn:
                return None
            warnings: list[str] = []
            member.tools = await self._scout.tools(
                connection, HOST, background(time.monotonic()), warnings
            )
        self._tell(member)
        return next((known for known in member.tools if known.name == tool.name), None)

    async def close(self) -> None:
        """Listen to nobody any more; the connections are closed by the pool."""
        await asyncio.gather(*(self._upkeep.hang_up(member) for member in self._members.values()))

    def _target(self, member: Member, tool: Tool) -> Target:
        review = None
        if tool.ui_resource:
            review = self._templates.find(member.config.identity, tool.ui_resource)
        return Target(
            server=member.config,
            tool=tool,
            review=review,
            suspended=self._suspended(member, tool),
        )

    def _member(self, key: ServerKey) -> Member:
        member = self._members.get(key)
        if member is None:
            names = ", ".join(self._members) or "none"
            raise NotConfigured(f"there is no server called {key}; configured: {names}")
        return member

    def _summary(self, member: Member) -> ServerSummary:
        connection = self._pool.get(member.config.key)
        return ServerSummary(
            config=member.config,
            link=member.link,
            info=None if connection is None else connection.info,
            problem=" · ".join(part for part in (member.problem, member.held, member.deaf) if part),
            tools=len(member.tools),
            tools_suspended=sum(1 for tool in member.tools if self._suspended(member, tool)),
            tools_digest=self._tools_digest(member),
            account=self._accounts and self._accounts.standing(member.config),
            templates_pending=sum(1 for r in self._reviews(member) if _waits(r)),
            limits=self._limits(member.config.key),
        )

    def _suspended(self, member: Member, tool: Tool) -> bool:
        return self._pins.state(member.config.identity, tool) is PinState.CHANGED

    def _tools_digest(self, member: Member) -> str:
        config = member.config
        return canonical_digest(
            [
                [
                    tool.definition_digest,
                    str(self._effect(config, tool)),
                    self._pins.state(config.identity, tool).value,
                ]
                for tool in member.tools
            ]
        )

    def _reviews(self, member: Member) -> list[TemplateReview]:
        uris = {tool.ui_resource for tool in member.tools if tool.ui_resource}
        found = (self._templates.find(member.config.identity, uri) for uri in uris)
        return [review for review in found if review is not None]

    def _tell(self, member: Member) -> None:
        if self._members.get(member.config.key) is member:  # nothing is told of a removed one
            self._events(ServerChanged(summary=self._summary(member)))


class EffectOf(Protocol):
    """The effect class the host gives a tool, from local classification alone."""

    def __call__(self, config: ServerConfig, tool: Tool) -> Effect:
        """UNKNOWN when nobody classified this exact definition."""
        ...


def _waits(review: TemplateReview) -> bool:
    return review.state is ReviewState.PENDING
