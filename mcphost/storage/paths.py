"""Where the program keeps its state: one folder, of one person, closed to everybody else.

Law: (1) every folder made here is 0700; (2) a home that other accounts may write to is refused,
because whoever can write there can swap the policy, the pins and the log; (3) an existing folder
is never re-moded: `MCPHOST_HOME` may point anywhere. Called once at start, on any thread.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from mcphost.domain.errors import StorageError

HOME_VARIABLE = "MCPHOST_HOME"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Every place on disk that the core uses."""

    home: Path
    database: Path
    """Servers, settings, conversations, reviews."""
    audit: Path
    """The audit log."""
    blobs: Path
    """Folder of content-addressed files."""
    policies: Path
    """Folder of the person's own Cedar files."""
    kill: Path
    """Folder of the kill switch's flag files (`storage.kill_flags`)."""
    running: Path
    """Folder of the programs that run on this state (`storage.running`)."""
    kept: Path
    """Folder of what Apps keep across restarts (`storage.kept`)."""

    @staticmethod
    def from_environment() -> Paths:
        """The paths under `MCPHOST_HOME`, else under the platform's data folder; folders exist
        afterwards.
        """
        named = os.environ.get(HOME_VARIABLE, "").strip()
        folder = Path(named) if named else platformdirs.user_data_path("mcphost", appauthor=False)
        return Paths.under(folder)

    @staticmethod
    def under(folder: Path) -> Paths:
        """The paths under *folder*; folders exist afterwards. Raises `StorageError`."""
        try:
            home = folder.expanduser().absolute()
            paths = Paths(
                home=home,
                database=home / "state.db",
                audit=home / "audit.db",
                blobs=home / "blobs",
                policies=home / "policies",
                kill=home / "kill",
                running=home / "running",
                kept=home / "app-storage",
            )
            folders = (paths.blobs, paths.policies, paths.kill, paths.running, paths.kept)
            for private in (home, *folders):
                _make_private(private)
        except (OSError, RuntimeError) as error:
            raise StorageError(
                f"the folder {folder} cannot be used for mcphost's data: {error}. "
                f"Set {HOME_VARIABLE} to a folder of your own."
            ) from error
        return paths


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise StorageError(
            f"other accounts may write to {folder}, so nothing kept there could be trusted. "
            f"Run `chmod 700 {folder}` or set {HOME_VARIABLE} to another folder."
        )
    if hasattr(os, "geteuid") and found.st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
        raise StorageError(
            f"{folder} belongs to another account. Set {HOME_VARIABLE} to a folder of your own."
        )
