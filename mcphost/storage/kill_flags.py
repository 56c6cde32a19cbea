"""The kill switch on disk: a folder with one flag file for each scope that is stopped.

Law: (1) a file counts by its name alone, so an empty one made by hand (`touch …/kill/all`) stops
everything; (2) whatever cannot be read, or has a name that says nothing, counts as `all`; (3) a
flag is durable when `turn_on` returns. Names: `all`, `server.NAME`, `conversation.ID`, `view.ID`;
hidden files do not count. No database, no lock: it must work while the program does not. Any
thread, any process.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

from mcphost.domain.errors import StorageError
from mcphost.domain.json import Json
from mcphost.domain.kill import ALL, Kill, KillScope, parse_scope
from mcphost.domain.text import one_line

BY_FILE: Final = "flag file"
_MAX_NOTE: Final = 4096
_MAX_FLAGS: Final = 1000


class KillFlags:
    """The flags of one home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self) -> tuple[Kill, ...]:
        """Every switch that is on."""
        try:
            names = sorted(name for name in os.listdir(self.folder) if not name.startswith("."))
        except FileNotFoundError:
            return ()
        except OSError as error:
            return (Kill(scope=ALL, who="nobody", how=f"unreadable: {error.strerror}", at=0.0),)
        if len(names) > _MAX_FLAGS:
            return (Kill(scope=ALL, who="nobody", how="too many flag files", at=0.0),)
        return tuple({kill.scope: kill for kill in map(self._flag, names)}.values())

    def turn_on(self, kill: Kill) -> None:
        """Stop *kill*'s scope, for every program of this home, now and later. Raises
        `StorageError`.
        """
        note = json.dumps({"who": kill.who, "how": kill.how, "at": kill.at}).encode()
        hidden = self.folder / f".{secrets.token_hex(8)}"
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            with open(hidden, "wb") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            os.replace(hidden, self.folder / _name(kill.scope))
            self._settle()
        except OSError as error:
            raise StorageError(
                f"the kill switch could not be turned on: {error.strerror} ({self.folder}). Make "
                f"an empty file named “all” in that folder, or end the program."
            ) from error

    def turn_off(self, scope: KillScope) -> bool:
        """Let *scope* go on; whether it was stopped. Raises `StorageError`."""
        found = [name for name in self._names() if self._flag(name).scope == scope]
        try:
            for name in found:
                (self.folder / name).unlink(missing_ok=True)
            self._settle()
        except OSError as error:
            raise StorageError(
                f"the kill switch could not be turned off: {error.strerror}. Remove "
                f"{', '.join(found)} from {self.folder}."
            ) from error
        return bool(found)

    def _names(self) -> list[str]:
        with suppress(OSError):
            return [name for name in os.listdir(self.folder) if not name.startswith(".")]
        return []

    def _flag(self, name: str) -> Kill:
        try:
            scope = parse_scope(name.replace(".", ":", 1))
        except ValueError:
            scope = ALL  # somebody meant to stop something
        who, how, at = "somebody", BY_FILE, 0.0
        with suppress(OSError, ValueError, RecursionError):
            path = self.folder / name
            at = path.stat().st_mtime
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                note = cast("Json", json.loads(file.read(_MAX_NOTE)))
            if isinstance(note, dict):
                who = one_line(str(note.get("who", who)), limit=80)
                how = one_line(str(note.get("how", how)), limit=80)
        return Kill(scope=scope, who=who, how=how, at=at)

    def _settle(self) -> None:
        with suppress(OSError):  # not every system can sync a folder
            held = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(held)
            finally:
                os.close(held)


def _name(scope: KillScope) -> str:
    return str(scope).replace(":", ".", 1)
