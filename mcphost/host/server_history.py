"""What is remembered of a server between runs: the end of its log, and the era it spoke.

Law: (1) a log is kept when a process ends, bounded and sanitised, and goes with its server; (2) an
era is forgotten only because a person says so, and the row comes first: nothing a server does makes
the host forget that it was modern. Loop thread; used by `facade`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.errors import StorageError
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import JsonObject
from mcphost.domain.ports import AuditSink
from mcphost.domain.server import ServerConfig
from mcphost.gate.kill import KillSwitch
from mcphost.host.fleet import Fleet
from mcphost.servers.pool import ServerPool
from mcphost.storage.state import StateStore

_log = logging.getLogger(__name__)


class ServerHistory:
    """Over the pool, which knows the present, and the state, which knows the past."""

    def __init__(self, state: StateStore, pool: ServerPool, audit: AuditSink) -> None:
        self._state = state
        self._pool = pool
        self._audit = audit

    def keep_log(self, key: ServerKey) -> None:
        """A process has ended: keep what it wrote."""
        try:
            self._state.set_setting(_entry(key), self._pool.log(key).text)
        except StorageError as error:  # the log of a server is not worth a failure
            _log.warning("the log of %s was not kept: %s", key, error)

    def on_death(
        self, fleet: Fleet, switch: KillSwitch
    ) -> Callable[[ServerConfig, str, bool], None]:
        """What is to follow when the process of a server has ended (`ServerPool.on_death`)."""

        def follow(config: ServerConfig, how: str, unasked: bool) -> None:
            self.keep_log(config.key)
            if unasked and not switch.stops_server(config.key):
                fleet.ended(config, how)

        return follow

    def log(self, key: ServerKey) -> str:
        """What *key* wrote to stderr, in this run or else in the last one that ended."""
        stored = self._state.setting(_entry(key), "")
        return self._pool.log(key).text or (stored if isinstance(stored, str) else "")

    def era(self, config: ServerConfig) -> tuple[str, str]:
        """Era and revision that *config* was last seen to speak; empty when it never was."""
        found = self._state.eras.remembered(config.identity)
        version = self._state.eras.protocol_version(config.identity)
        return ("" if found is None else found.value, version)

    async def forget_era(self, config: ServerConfig) -> None:
        """A person accepts that *config* speaks otherwise now: the next connection asks anew."""
        before, _ = self.era(config)
        data: JsonObject = {
            "name": f"era of {config.key}",
            "value": "forgotten",
            "before": before or "unknown",
            "identity": config.identity,
        }
        await self._audit.append(
            AuditRecord(
                kind=AuditKind.SETTING_CHANGED,
                data=data,
                principal="user:local",
                server=config.key,
            )
        )
        self._state.eras.forget(config.identity)

    async def forget(self, config: ServerConfig) -> None:
        """The server was removed."""
        await self.forget_era(config)
        self._state.delete_setting(_entry(config.key))


def _entry(key: ServerKey) -> str:
    return f"log:{key}"
