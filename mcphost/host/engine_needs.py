"""What the web engine must be started with, known before it is: whether any App was granted WebGL.
And where all state lies.

Law: what cannot be read grants nothing; the host itself says what is wrong with its state when it
is made. Called once, on the main thread, before the window's libraries are imported.
"""

from __future__ import annotations

from pathlib import Path

from mcphost.domain.app_grant import AppGrantKind
from mcphost.domain.errors import StorageError
from mcphost.storage.paths import Paths
from mcphost.storage.state import StateStore


def webgl_granted(paths: Paths | None = None) -> bool:
    """Whether some App holds the grant, so that this run has to be started for it."""
    try:
        database = (paths or Paths.from_environment()).database
        if not database.exists():
            return False
        state = StateStore.open(database)
        try:
            return state.app_grants.held_anywhere(AppGrantKind.WEBGL)
        finally:
            state.close()
    except StorageError:
        return False


def state_folder() -> Path:
    """The folder of all state. Raises `StorageError`."""
    return Paths.from_environment().home
