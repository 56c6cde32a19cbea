"""What a test needs to talk to a server without a gate: exchanges that record every frame."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from mcphost.domain.audit import AuditKind, AuditReceipt, AuditRecord
from mcphost.domain.authorization import OnChallenge
from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.json import JsonObject
from mcphost.domain.ports import Exchange, InputRequest, Kept, OutboundFrame
from mcphost.domain.server import Endpoint, HttpEndpoint, ServerConfig, StdioCommand
from mcphost.domain.tool import Era
from mcphost.servers.connection import Connection
from mcphost.servers.launching import inspect
from mcphost.servers.limits import ServerLimits
from mcphost.servers.opening import CredentialsFor
from mcphost.servers.pool import ServerPool
from tests.helpers.wire_schema import faults

QUICK = ServerLimits(probe=5.0, stop=1.0, farewell=1.0, connect=5.0)


class MemoryAudit:
    """An audit sink that keeps rows in memory."""

    def __init__(self) -> None:
        self.rows: list[AuditRecord] = []

    async def append(self, record: AuditRecord) -> AuditReceipt:
        self.rows.append(record)
        return AuditReceipt(seq=len(self.rows), digest=Digest("0" * 64))

    def append_soon(self, record: AuditRecord) -> None:
        self.rows.append(record)

    def kinds(self) -> list[AuditKind]:
        return [row.kind for row in self.rows]


class MemoryEras:
    """An era memory that keeps nothing on disk."""

    def __init__(self) -> None:
        self.known: dict[Digest, Era] = {}

    def remembered(self, identity: Digest) -> Era | None:
        return self.known.get(identity)

    def remember(self, identity: Digest, era: Era, protocol_version: str = "") -> None:
        self.known[identity] = era


@dataclass
class WireTap:
    """Records every frame before it leaves; raises instead when `refuse` says so."""

    frames: list[OutboundFrame] = field(default_factory=list)
    refuse: Callable[[OutboundFrame], BaseException | None] = lambda _: None
    faults: list[str] = field(default_factory=list)
    """What was not as the specification says; a `Bench` ends with none."""

    async def before_send(self, frame: OutboundFrame) -> None:
        if (error := self.refuse(frame)) is not None:
            raise error
        self.frames.append(frame)
        self.faults += [f"{frame.method}: {fault}" for fault in faults(frame)]

    def methods(self) -> list[str]:
        return [frame.method for frame in self.frames]

    def bodies(self) -> list[bytes]:
        return [frame.body for frame in self.frames]

    def exchange(
        self,
        *,
        elicitation: bool = False,
        on_input: Callable[[InputRequest], Awaitable[JsonObject]] | None = None,
        on_progress: Callable[[JsonObject], None] | None = None,
        on_challenge: OnChallenge | None = None,
        on_kept: Callable[[Kept], None] | None = None,
        traceparent: str | None = None,
        deadline: float = 20.0,
    ) -> Exchange:
        return Exchange(
            invocation="invocation-1",
            before_send=self.before_send,
            elicitation=elicitation,
            on_input=on_input,
            on_progress=on_progress,
            on_challenge=on_challenge,
            on_kept=on_kept,
            traceparent=traceparent,
            deadline=deadline,
        )


def config(endpoint: Endpoint) -> ServerConfig:
    return ServerConfig(key=ServerKey("peer"), title="Peer", endpoint=endpoint)


def at(url: str) -> ServerConfig:
    return config(HttpEndpoint(url=url))


def running(*argv: str) -> ServerConfig:
    return config(StdioCommand(argv=argv))


def module(name: str, *arguments: str) -> ServerConfig:
    """A server of tests/helpers/servers as a child process."""
    return running(sys.executable, "-m", f"tests.helpers.servers.{name}", *arguments)


@dataclass
class Bench:
    """A pool with its recorders."""

    limits: ServerLimits = QUICK
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    eras: MemoryEras = field(default_factory=MemoryEras)
    tap: WireTap = field(default_factory=WireTap)
    credentials: CredentialsFor | None = None

    def __post_init__(self) -> None:
        self.pool = ServerPool(
            host_name="mcphost",
            host_version="0.1.0",
            limits=self.limits,
            audit=self.audit,
            era_memory=self.eras,
            credentials=self.credentials,
        )

    async def connect(self, to: ServerConfig) -> Connection:
        """Connect, as if a person had approved exactly what would run."""
        launch = None
        if isinstance(to.endpoint, StdioCommand):
            launch = await inspect(to.endpoint, title=to.title)
        patient = self.tap.exchange(deadline=max(20.0, 2 * self.limits.probe))
        return await self.pool.connect(to, patient, launch)

    @asynccontextmanager
    async def connected(self, to: ServerConfig) -> AsyncIterator[Connection]:
        try:
            yield await self.connect(to)
            assert self.tap.faults == []
        finally:
            await self.pool.close_all()
