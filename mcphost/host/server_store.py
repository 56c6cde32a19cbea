"""Configured servers at rest: what they are in the database, the values of their variables in the
keyring.

Law: a value of an environment variable (often an API key) is never written to the database. Without
a keyring that keeps secrets, values last for this run only, and the server's line says so.

Loop thread; the keyring blocks, so it is asked in a worker thread.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence

from mcphost.domain.errors import StorageError
from mcphost.domain.ids import ServerKey
from mcphost.domain.server import ServerConfig, StdioCommand
from mcphost.storage.secrets import SecretStore
from mcphost.storage.state import StateStore


class ServerStore:
    """Remembers servers for the fleet."""

    def __init__(self, state: StateStore, vault: SecretStore) -> None:
        self._state = state
        self._vault = vault

    async def load(self) -> Sequence[ServerConfig]:
        """Every configured server, with the values the keyring still has."""
        return [await self._filled(config) for config in self._state.servers()]

    async def save(self, config: ServerConfig) -> None:
        """Add or replace. Raises `StorageError`."""
        match config.endpoint:
            case StdioCommand(env=env) if env:
                for name, value in env:
                    await asyncio.to_thread(self._vault.set, _entry(config.key, name), value)
                emptied = dataclasses.replace(
                    config.endpoint, env=tuple((name, "") for name, _ in env)
                )
                self._state.save_server(dataclasses.replace(config, endpoint=emptied))
            case _:
                self._state.save_server(config)

    async def remove(self, config: ServerConfig) -> None:
        """Forget a server and its secrets."""
        if isinstance(config.endpoint, StdioCommand):
            for name, _ in config.endpoint.env:
                await asyncio.to_thread(self._vault.delete, _entry(config.key, name))
        self._state.remove_server(config.key)

    async def _filled(self, config: ServerConfig) -> ServerConfig:
        endpoint = config.endpoint
        if not isinstance(endpoint, StdioCommand) or not endpoint.env:
            return config
        pairs: list[tuple[str, str]] = []
        for name, _ in endpoint.env:
            try:
                value = await asyncio.to_thread(self._vault.get, _entry(config.key, name))
            except StorageError:
                value = None
            pairs.append((name, value or ""))
        filled = dataclasses.replace(endpoint, env=tuple(pairs))
        return dataclasses.replace(config, endpoint=filled)


def missing_values(config: ServerConfig) -> tuple[str, ...]:
    """The variables of *config* whose values are not known (any more)."""
    if not isinstance(config.endpoint, StdioCommand):
        return ()
    return tuple(name for name, value in config.endpoint.env if not value)


def _entry(key: ServerKey, name: str) -> str:
    return f"server-env:{key}:{name}"
