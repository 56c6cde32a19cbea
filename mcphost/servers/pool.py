"""All live connections, by server key. Made by the host, used by the gate; loop thread only.

Law: (1) one connection per server at a time; (2) a dead one is replaced by the next `connect`, and
only by that; (3) an edited configuration never uses the connection of the old one.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable

from mcphost.domain.ids import ServerKey
from mcphost.domain.launch import Launch
from mcphost.domain.ports import AuditSink, Exchange
from mcphost.domain.server import ServerConfig
from mcphost.servers.cache import ResponseCache
from mcphost.servers.connection import Connection, EraMemory
from mcphost.servers.limits import ServerLimits
from mcphost.servers.log import ServerLog
from mcphost.servers.opening import CredentialsFor, Opener
from mcphost.servers.trees import ProcessTrees


class ServerPool:
    """Opens, finds and closes connections."""

    def __init__(
        self,
        *,
        host_name: str,
        host_version: str,
        limits: ServerLimits,
        audit: AuditSink,
        era_memory: EraMemory,
        credentials: CredentialsFor | None = None,
    ) -> None:
        """*credentials* are what each HTTP server is shown of a person."""
        self.on_death: Callable[[ServerConfig, str, bool], None] = _unnoticed
        """Told when a local server has ended: how, and whether it did so by itself."""
        self.trees = ProcessTrees()
        self._limits = limits
        self._logs: dict[ServerKey, ServerLog] = {}
        self._opener = Opener(
            client={"name": host_name, "version": host_version},
            user_agent=f"{host_name}/{host_version}",
            limits=limits,
            audit=audit,
            era_memory=era_memory,
            credentials=credentials,
            log_of=self.log,
            on_death=lambda config, how, unasked: self.on_death(config, how, unasked),
            cache=ResponseCache(clock=time.monotonic),
            trees=self.trees,
        )
        self._connections: dict[ServerKey, Connection] = {}
        self._locks: defaultdict[ServerKey, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def connect(
        self, config: ServerConfig, exchange: Exchange, launch: Launch | None = None
    ) -> Connection:
        """The live connection to *config*, opened if need be; every frame passes *exchange*. A
        local server is started only as the *launch* that was decided on.

        Raises `UserFacingError` when the server cannot be used as it is configured, and
        `ServerError` when it fails.
        """
        async with self._locks[config.key]:
            existing = self._connections.get(config.key)
            if existing is not None:
                if existing.alive and existing.config == config:
                    return existing
                del self._connections[config.key]
                await existing.close()
            connection = await self._opener.bounded(config).open(config, exchange, launch)
            self._connections[config.key] = connection
            return connection

    def log(self, key: ServerKey) -> ServerLog:
        """What the local server *key* wrote to stderr in this run of the host."""
        return self._logs.setdefault(key, ServerLog(self._limits.stderr))

    def get(self, key: ServerKey) -> Connection | None:
        """The connection to *key*, if it is live."""
        connection = self._connections.get(key)
        return connection if connection is not None and connection.alive else None

    def break_off(self, stopped: Callable[[ServerKey], bool]) -> None:
        """Send not a byte more to any server that is *stopped*, and end its process tree. Any
        thread; `cut` follows on the loop.
        """
        self.trees.end(stopped)
        for key, connection in tuple(self._connections.items()):
            if stopped(key):
                connection.break_off()

    def cut(self, stopped: Callable[[ServerKey], bool], why: str) -> list[ServerKey]:
        """Let go of every server that is *stopped* now, without a word to it; which. `close`
        follows for each. One that is being opened fails at its next frame.
        """
        self.break_off(stopped)
        found = [key for key in self._connections if stopped(key)]
        for key in found:
            self._connections[key].cut(why)
        return found

    async def close(self, key: ServerKey) -> None:
        """Disconnect *key*; nothing happens when it is not connected."""
        async with self._locks[key]:
            connection = self._connections.pop(key, None)
            if connection is not None:
                await connection.close()

    async def close_all(self) -> None:
        """Disconnect everything, at once and bounded in time."""
        # `_locks` too: a connection that is being opened is closed as soon as it has given up.
        await asyncio.gather(*(self.close(key) for key in {*self._connections, *self._locks}))


def _unnoticed(config: ServerConfig, how: str, unasked: bool) -> None:
    del config, how, unasked
