"""Opening one connection: transport, era, handshake. Called by the pool on the loop thread.

Law: (1) nothing is left running when opening fails; (2) a server once seen modern is not opened as
legacy; (3) what started and what was found are audit rows, the start before the process exists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.errors import (
    HostBugError,
    ProtocolViolation,
    ServerRefused,
    ServerUnreachable,
    UserFacingError,
)
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import JsonObject
from mcphost.domain.launch import Launch
from mcphost.domain.ports import AuditSink, Exchange
from mcphost.domain.server import HttpEndpoint, ServerConfig, StdioCommand, place
from mcphost.domain.tool import Era
from mcphost.protocol import mcp
from mcphost.protocol.jsonrpc import METHOD_NOT_FOUND
from mcphost.servers.cache import ResponseCache
from mcphost.servers.connection import Connection, EraMemory
from mcphost.servers.era import Legacy, Modern, Verdict, probe
from mcphost.servers.http import HttpWire
from mcphost.servers.legacy import LegacyConnection
from mcphost.servers.limits import ServerLimits
from mcphost.servers.log import ServerLog
from mcphost.servers.modern import ModernConnection
from mcphost.servers.process import ServerProcess
from mcphost.servers.stdio import StdioWire
from mcphost.servers.trees import ProcessTrees
from mcphost.servers.wire import Credentials, HttpRefusal, Wire

CredentialsFor: TypeAlias = "Callable[[ServerConfig], Credentials]"
"""What an HTTP server is shown of a person; nothing until somebody signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """What every connection is opened with."""

    client: JsonObject
    user_agent: str
    limits: ServerLimits
    audit: AuditSink
    era_memory: EraMemory
    log_of: Callable[[ServerKey], ServerLog]
    on_death: Callable[[ServerConfig, str, bool], None]
    """A local server has ended: how, and whether it did so by itself."""
    cache: ResponseCache
    trees: ProcessTrees
    credentials: CredentialsFor | None = None

    def bounded(self, config: ServerConfig) -> Opener:
        """The same with the bounds that a person chose for *config*."""
        if config.max_message is None:
            return self
        return replace(self, limits=replace(self.limits, message=config.max_message))

    async def open(
        self, config: ServerConfig, exchange: Exchange, launch: Launch | None = None
    ) -> Connection:
        """A connection to *config*, ready for requests. A local server needs the *launch* that was
        decided on; there is no other way to start one.
        """
        connection = await self._open(config, exchange, launch)
        info = connection.info
        self.era_memory.remember(config.identity, info.era, info.protocol_version)
        await self._record(
            AuditKind.SERVER_CONNECTED,
            config,
            exchange,
            {
                "era": info.era.value,
                "version": info.protocol_version,
                "name": info.name,
                "server_version": info.version,
                "endpoint": place(config.endpoint),
            },
        )
        return connection

    async def _open(
        self, config: ServerConfig, exchange: Exchange, launch: Launch | None
    ) -> Connection:
        wire = await self._wire(config, exchange, launch)
        try:
            verdict: Verdict | None = None
            try:
                verdict = await self._probe(self._modern(config, wire, exchange), exchange)
                return await self._settle(verdict, config, wire, exchange)
            except ServerUnreachable:
                # Some older servers leave when the first message is not `initialize`: at once, or,
                # when they start slowly, while the handshake waits for them.
                if wire.over_http or wire.alive or not _silent(verdict):
                    raise
                if self._known_modern(config):
                    raise
            await wire.close(exchange)
            wire = await self._wire(config, exchange, launch)
            left = Legacy(why="it stopped when it was asked server/discover")
            return await self._settle(left, config, wire, exchange)
        except BaseException:
            await wire.close(exchange)
            raise

    async def _settle(
        self, verdict: Verdict, config: ServerConfig, wire: Wire, exchange: Exchange
    ) -> Connection:
        if isinstance(verdict, Legacy):
            self._refuse_downgrade(config, verdict.why)
            legacy = LegacyConnection(
                config,
                wire,
                client=self.client,
                limits=self.limits,
                audit=self.audit,
                exchange=exchange,
            )
            try:
                await self._shake_hands(legacy, exchange)
            except ServerRefused as refusal:
                slow = verdict.silent and refusal.code == METHOD_NOT_FOUND
                if refusal.code not in mcp.MODERN_ERRORS and not slow:
                    raise _not_spoken(config, refusal) from refusal
                # It was only slow: what it says now is what no older server says.
                verdict = await self._insist(config, wire, exchange)
            else:
                return legacy
        modern = self._modern(config, wire, exchange)
        modern.adopt(verdict.info)
        return modern

    async def _insist(self, config: ServerConfig, wire: Wire, exchange: Exchange) -> Modern:
        modern = self._modern(config, wire, exchange)
        verdict = await probe(modern, exchange)
        if isinstance(verdict, Modern):
            return verdict
        raise UserFacingError(
            f"{config.title} refuses both the current protocol and the older one "
            f"({verdict.why}). Report it to the server's author."
        )

    async def _shake_hands(self, legacy: LegacyConnection, exchange: Exchange) -> None:
        try:
            await legacy.start(exchange)
        except ProtocolViolation as violation:
            raise legacy.violation(mcp.INITIALIZE, violation) from violation
        except HttpRefusal as refusal:
            if refusal.reply is not None:
                raise ServerRefused(
                    refusal.reply.code, refusal.reply.untrusted_message, refusal.reply.data
                ) from refusal
            if refusal.status not in {400, 404, 405}:
                raise
            if await legacy.speaks_http_sse(exchange):
                raise UserFacingError(
                    f"{legacy.config.title} speaks HTTP+SSE, the transport of {mcp.HTTP_SSE}, "
                    "which is not supported. Update the server, or enter the URL of its Streamable "
                    "HTTP endpoint, which often ends in /mcp instead of /sse."
                ) from refusal
            raise UserFacingError(
                f"{legacy.config.title} does not speak MCP at this address "
                f"(HTTP {refusal.status}): it takes neither a request nor an event stream. Enter "
                "the URL of its Streamable HTTP endpoint, which often ends in /mcp."
            ) from refusal

    async def _probe(self, modern: ModernConnection, exchange: Exchange) -> Verdict:
        if modern.over_http or self._known_modern(modern.config):
            return await probe(modern, exchange)
        return await probe(modern, exchange, patience=min(self.limits.probe, exchange.deadline / 2))

    def _known_modern(self, config: ServerConfig) -> bool:
        return self.era_memory.remembered(config.identity) is Era.MODERN

    def _refuse_downgrade(self, config: ServerConfig, why: str) -> None:
        if self._known_modern(config):
            raise UserFacingError(
                f"{config.title} spoke {mcp.MODERN} before and now does not: {why}. It may have "
                "been replaced. If you know why, let it go on by "
                f"“mcphost servers forget-era {config.key}”, or remove and add it again."
            )

    def _modern(self, config: ServerConfig, wire: Wire, exchange: Exchange) -> ModernConnection:
        return ModernConnection(
            config,
            wire,
            client=self.client,
            limits=self.limits,
            audit=self.audit,
            exchange=exchange,
            cache=self.cache,
        )

    async def _wire(self, config: ServerConfig, exchange: Exchange, launch: Launch | None) -> Wire:
        match config.endpoint:
            case HttpEndpoint(url=url):
                return HttpWire(
                    url,
                    title=config.title,
                    limits=self.limits,
                    user_agent=self.user_agent,
                    credentials=None if self.credentials is None else self.credentials(config),
                )
            case StdioCommand() as command:
                if launch is None:
                    raise HostBugError("a program was to be started that nobody decided on")
                return await self._start(command, launch, config, exchange)

    async def _start(
        self, command: StdioCommand, launch: Launch, config: ServerConfig, exchange: Exchange
    ) -> StdioWire:
        started: JsonObject = {
            "command": place(command),
            "launch": launch.digest,
            "files": [{"path": file.path, "sha256": file.digest} for file in launch.files],
        }
        await self._record(AuditKind.SERVER_STARTED, config, exchange, started)
        log = self.log_of(config.key)
        process = await ServerProcess.start(
            command,
            launch=launch,
            title=config.title,
            limits=self.limits,
            log=log,
            trees=self.trees,
            owner=config.key,
        )
        log.note(f"started, process {process.pid}")

        def ended(how: str, *, unasked: bool) -> None:
            log.note(how)
            self.on_death(config, how, unasked)
            data: JsonObject = {"command": place(command), "how": how}
            self.audit.append_soon(
                AuditRecord(kind=AuditKind.SERVER_STOPPED, data=data, server=config.key)
            )

        return StdioWire(process, title=config.title, limits=self.limits, on_end=ended)

    async def _record(
        self, kind: AuditKind, config: ServerConfig, exchange: Exchange, data: JsonObject
    ) -> None:
        await self.audit.append(
            AuditRecord(
                kind=kind,
                data={**data, "identity": config.identity},
                invocation=exchange.invocation,
                server=config.key,
            )
        )


def _silent(verdict: Verdict | None) -> bool:
    """Whether the server has not said a word yet."""
    return verdict is None or (isinstance(verdict, Legacy) and verdict.silent)


def _not_spoken(config: ServerConfig, refusal: ServerRefused) -> UserFacingError:
    return UserFacingError(
        f"{config.title} speaks neither {mcp.MODERN} nor {mcp.LEGACY_OFFERED}: it answered with "
        f"error {refusal.code}, “{refusal.server_message}”. Check that it is an MCP server."
    )
