"""Which programs of this home are running, so that one that hangs can be stopped from outside.

Each keeps one file open and locked while it lives: what local servers it has started, and which
kill flags it has seen. A lock ends with its process, however that ends, so a file without a lock is
a program that is gone. Law: nothing here waits, and nothing here fails a start: without locks
(Windows) there are no files, and whoever asks is told that nobody could be asked. Any thread.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from mcphost.domain.kill import KillScope

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]

CAN_LOCK: Final = fcntl is not None
_MAX_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """One program that lives now: *groups* are the process groups of its local servers."""

    pid: int
    groups: dict[int, str]
    seen: frozenset[str]

    def has_seen(self, scope: KillScope) -> bool:
        """Whether it has turned off what *scope* covers."""
        return str(scope) in self.seen or "all" in self.seen

    def end(self) -> None:
        """End it, with the programs it has started. It does not answer: nothing is asked of it."""
        with suppress(ProcessLookupError, PermissionError):
            os.kill(self.pid, signal.SIGKILL)
        self.end_servers(self.groups.values())

    def end_servers(self, names: Iterable[str]) -> None:
        """End the local servers called *names*."""
        wanted = set(names)
        for group, name in self.groups.items():
            if name in wanted and group > 1:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, signal.SIGKILL)


class RunningFile:
    """This program's own file, for as long as it lives."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / str(os.getpid())
        self._lock = threading.Lock()
        self._groups: dict[int, str] = {}
        self._seen: tuple[str, ...] = ()
        self._held: int | None = None
        with suppress(OSError):
            self._held = _locked(self._path)
        self._write()

    def tell_groups(self, groups: dict[int, str]) -> None:
        """These local servers live now."""
        self._groups = groups
        self._write()

    def tell_seen(self, scopes: Iterable[KillScope]) -> None:
        """What these scopes cover is stopped here."""
        self._seen = tuple(str(scope) for scope in scopes)
        self._write()

    def close(self) -> None:
        """The program ends."""
        with self._lock:
            if self._held is not None:
                self._path.unlink(missing_ok=True)
                os.close(self._held)
                self._held = None

    def _write(self) -> None:
        with self._lock, suppress(OSError):
            if self._held is None:
                return
            text = json.dumps({"groups": self._groups, "seen": self._seen}).encode()
            os.pwrite(self._held, text, 0)
            os.ftruncate(self._held, len(text))


def running(folder: Path) -> list[Running]:
    """Every program of this home that lives now."""
    found: list[Running] = []
    if not CAN_LOCK or not folder.is_dir():
        return found
    for path in folder.iterdir():
        if path.name.isdecimal() and _alive(path):
            found.append(_read(path))
    return found


def _read(path: Path) -> Running:
    groups: dict[int, str] = {}
    seen: frozenset[str] = frozenset()
    with suppress(OSError, ValueError, AttributeError, TypeError):  # it is being written
        kept = cast("dict[str, Any]", json.loads(path.read_bytes()[:_MAX_BYTES]))
        groups = {int(group): str(name) for group, name in kept["groups"].items()}
        seen = frozenset(str(scope) for scope in kept["seen"])
    return Running(pid=int(path.name), groups=groups, seen=seen)


def _locked(path: Path) -> int | None:
    if fcntl is None:
        return None
    held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return held


def _alive(path: Path) -> bool:
    """Whether somebody holds the file; one that nobody holds is swept away."""
    if fcntl is None:
        return False
    with suppress(OSError):
        held = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
        except BlockingIOError:
            return True
        finally:
            os.close(held)
    return False
