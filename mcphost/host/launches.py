"""What people have said about programs that would be started, and what may be started unasked.

Law: (1) an approval is bound to the digest of one whole launch: command, folder, names of
variables, bytes of program and script; (2) it is given by a person to exactly what was shown, or by
typing the command for this run; nothing a server or a View says comes near it; (3) whatever differs
is asked about again, with the difference in words. Loop thread; used by `scout` and `fleet`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, cast

from mcphost.domain.errors import HostBugError
from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.launch import Launch, LaunchCase, Standing, changes
from mcphost.domain.server import ServerConfig, StdioCommand
from mcphost.policy.dangers import dangers
from mcphost.servers.launching import inspect


class Settings(Protocol):
    """Stored settings (`mcphost.storage.state`)."""

    def setting(self, name: str, default: Json = None) -> Json:
        """The value of *name*."""
        ...

    def set_setting(self, name: str, value: Json) -> None:
        """Remember *value*."""
        ...

    def delete_setting(self, name: str) -> None:
        """Forget *name*."""
        ...


class LaunchBook:
    """Approvals at rest, and the commands that were typed for this run."""

    def __init__(self, store: Settings) -> None:
        self._store = store
        self._typed: dict[ServerKey, Digest | None] = {}

    def typed(self, key: ServerKey) -> None:
        """A person typed the command of *key* for this run, here and now."""
        self._typed[key] = None

    async def case(self, config: ServerConfig) -> LaunchCase:
        """What would be started for *config*, and how it stands. Raises `UserFacingError`."""
        command = config.endpoint
        if not isinstance(command, StdioCommand):
            raise HostBugError("only a local server is started")
        home = str(Path.home())
        folder = None if config.key in self._typed or config.builtin else home
        launch = await inspect(command, title=config.title, folder=folder)
        standing, different = self._standing(config, launch)
        return LaunchCase(
            launch=launch,
            standing=standing,
            dangers=dangers(launch, home=home),
            changes=different,
        )

    def approve(self, config: ServerConfig, launch: Launch) -> None:
        """A person said yes to exactly *launch*."""
        if config.key in self._typed:
            self._typed[config.key] = launch.digest
        else:
            self._store.set_setting(_entry(config), launch.to_json())

    def started(self, config: ServerConfig, launch: Launch) -> None:
        """It has been decided that *launch* runs: what was typed now means these bytes."""
        if config.key in self._typed:
            self._typed[config.key] = launch.digest

    def forget(self, config: ServerConfig) -> None:
        """The server is removed: nothing of it is approved any more."""
        self._typed.pop(config.key, None)
        self._store.delete_setting(_entry(config))

    def _standing(self, config: ServerConfig, launch: Launch) -> tuple[Standing, tuple[str, ...]]:
        if config.key in self._typed:
            first = self._typed[config.key]
            if first is None or first == launch.digest:
                return Standing.TYPED, ()
            said = "CHANGED: its files are not those that ran when the command was typed."
            return Standing.CHANGED, (said,)
        approved = _object(self._store.setting(_entry(config)))
        if approved is None:
            return Standing.NEW, ()
        if approved == launch.to_json():
            return Standing.APPROVED, ()
        return Standing.CHANGED, changes(approved, launch)


def _object(value: Json) -> JsonObject | None:
    return cast("JsonObject", value) if isinstance(value, Mapping) else None


def _entry(config: ServerConfig) -> str:
    return f"launch:{config.identity}"
