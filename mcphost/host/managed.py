"""The managed policy: Cedar files that the owner of this computer put where its user cannot write.

Law: (1) no folder, no managed policy; a folder or a file that cannot be read, is not the system's,
or could be written by anybody else stops the program, for a rule that its subject can edit is none;
(2) the place is fixed for each platform, and no setting or variable of the user moves it; (3) what
these files say can only tighten: `policy.engine` sees to that. Called once at start, any thread.
"""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from mcphost.domain.errors import NotConfigured

MAX_BYTES = 256 * 1024
MAX_FILES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPlace:
    """Where managed rules are, and whose everything on the way there must be; None: Windows, where
    the system's own rights on the folder are all there is.
    """

    folder: Path
    owner: int | None

    def texts(self) -> list[tuple[str, str]]:
        """Name and text of each file, in the order of their names. Raises `NotConfigured`."""
        if not os.path.lexists(self.folder):
            return []
        try:
            self._require_theirs(self.folder.resolve(strict=True))
            files = sorted(path for path in self.folder.iterdir() if path.suffix == ".cedar")
            if len(files) > MAX_FILES:
                raise _refused(self.folder, f"it holds more than {MAX_FILES} files")
            return [(str(path), self._read(path)) for path in files]
        except OSError as error:
            raise _refused(self.folder, error.strerror or str(error)) from error

    def text_of(self, name: str) -> tuple[str, str] | None:
        """Path and text of the file *name*, under the same conditions; None: there is none. Raises
        `NotConfigured`.
        """
        path = self.folder / name
        if not os.path.lexists(path):
            return None
        try:
            self._require_theirs(self.folder.resolve(strict=True))
            return str(path), self._read(path)
        except OSError as error:
            raise _refused(path, error.strerror or str(error)) from error

    def _read(self, path: Path) -> str:
        real = path.resolve(strict=True)
        self._require_theirs(real)
        if real.stat().st_size > MAX_BYTES:
            raise _refused(path, f"it is larger than {MAX_BYTES} bytes")
        try:
            return real.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise _refused(path, "it is not UTF-8 text") from error

    def _require_theirs(self, real: Path) -> None:
        """The path and every folder above it belong to the owner (or root) and to nobody else."""
        if self.owner is None:
            return
        for part in (real, *real.parents):
            found = part.stat()
            if found.st_uid not in (self.owner, 0):
                raise _refused(part, "it does not belong to root")
            sticky_folder = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
            if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not sticky_folder:
                raise _refused(part, "others than root may write to it")
        if os.geteuid() != self.owner and os.access(real, os.W_OK):
            raise _refused(real, "you may write to it")


def _refused(path: Path, why: str) -> NotConfigured:
    return NotConfigured(
        f"the managed policy cannot be relied on: {path}: {why}. Nothing runs until whoever looks "
        "after this computer has put that right (help: policy)."
    )


def managed_place() -> ManagedPlace:
    """The place on this platform."""
    match sys.platform:
        case "win32":
            root = os.environ.get("PROGRAMDATA", r"C:\ProgramData")
            return ManagedPlace(folder=Path(root) / "mcphost" / "policies", owner=None)
        case "darwin":
            folder = Path("/Library/Application Support/mcphost/policies")
            return ManagedPlace(folder=folder, owner=0)
        case _:
            return ManagedPlace(folder=Path("/etc/mcphost/policies"), owner=0)
