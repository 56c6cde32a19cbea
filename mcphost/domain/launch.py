"""Starting a program on this computer, as one value: what exactly runs, and what a person said.

Law: the digest covers everything that was shown: the argument list, the working folder, the names
of the added variables, the resolved executable and the bytes of every file that is read to run it.
Pure; made by `servers.launching`, judged by `policy.dangers`, shown by the consent dialog.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mcphost.domain.ids import Digest
from mcphost.domain.json import Json, JsonObject, canonical_digest
from mcphost.domain.text import one_line


class Standing(StrEnum):
    """What a person has said about one exact launch."""

    TYPED = "typed"
    """Typed on the command line for this run, and unchanged since."""
    APPROVED = "approved"
    NEW = "new"
    """Nobody has been asked about this command yet."""
    CHANGED = "changed"
    """A person approved this command when it ran other bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HashedFile:
    """A file and the SHA-256 of its bytes. *stamp* notices a later change, cheaply."""

    path: str
    digest: Digest
    stamp: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One exact program start. *environment* holds names only: values are secrets."""

    argv: tuple[str, ...]
    cwd: str
    environment: tuple[str, ...]
    executable: HashedFile
    script: HashedFile | None = None
    """The file that an interpreter is told to run."""

    @property
    def files(self) -> tuple[HashedFile, ...]:
        """Everything that was hashed."""
        return (self.executable,) if self.script is None else (self.executable, self.script)

    @property
    def digest(self) -> Digest:
        """What an approval is bound to."""
        return canonical_digest(self.to_json())

    def to_json(self) -> JsonObject:
        """Exactly what is shown and remembered."""
        return {
            "argv": list(self.argv),
            "command": self.executable.path,
            "cwd": self.cwd,
            "environment": list(self.environment),
            "files": [{"path": file.path, "sha256": file.digest} for file in self.files],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchCase:
    """A launch before the policy. *dangers* and *changes* are the host's own sentences."""

    launch: Launch
    standing: Standing
    dangers: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """All of it, the most important first."""
        return (*self.changes, *self.dangers)


def changes(approved: JsonObject, launch: Launch) -> tuple[str, ...]:
    """In words, how *launch* differs from what was approved (`Launch.to_json` of then)."""
    now = launch.to_json()
    found: list[str] = []
    if approved.get("command") != now["command"]:
        before = one_line(str(approved.get("command")), limit=4096)
        found.append(f"CHANGED: it was {before} that you approved; now another program would run.")
    then = _files(approved.get("files"))
    for file in launch.files:
        known = then.get(file.path)
        path = one_line(file.path, limit=4096)
        if known is None:
            found.append(f"CHANGED: {path} was not part of what you approved.")
        elif known != file.digest:
            found.append(f"CHANGED: the file {path} has other contents than when you approved it.")
    for key, what in (("cwd", "working folder"), ("environment", "list of variables")):
        if approved.get(key) != now[key]:
            found.append(f"CHANGED: the {what} is not the one you approved.")
    return tuple(found) or ("CHANGED: it is not what you approved.",)


def _files(value: Json) -> dict[str, str]:
    if not isinstance(value, list | tuple):
        return {}
    entries = (entry for entry in value if isinstance(entry, Mapping))
    return {str(entry.get("path")): str(entry.get("sha256")) for entry in entries}
