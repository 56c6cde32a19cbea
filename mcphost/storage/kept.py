"""What Apps keep across restarts: one folder for each grant of it, and none without one.

Law: (1) a folder belongs to one grant: its name is a digest of the whole pin and of the moment it
was given, so that no other App, no changed template and no later grant finds it; (2) one View has
it at a time, in any program of this home: the engine's databases bear no second hand; (3) what is
taken back is deleted, and the engine, which lets go of it a little later, cannot write it anew; (4)
only folders with a name of ours are ever deleted. Calls are short and synchronous; the
loop thread makes them.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from mcphost.domain.app_grant import KEPT_BYTES, AppGrantKind
from mcphost.domain.errors import StorageError, UserFacingError
from mcphost.domain.json import canonical_digest
from mcphost.domain.template import TemplatePin
from mcphost.storage.app_grants import AppGrantBook

try:
    import fcntl
except ImportError:  # Windows has no such locks, and there no App opens yet
    fcntl = None  # type: ignore[assignment]

_OURS = re.compile(r"[0-9a-f]{64}")
_LOCK, _ENGINE, _GONE = "in-use", "engine", ".gone"


class KeptStorage:
    """The folders under *root*, as *book* grants them."""

    def __init__(self, root: Path, book: AppGrantBook) -> None:
        self._root = root
        self._book = book
        self._taken: dict[Path, int] = {}

    def take(self, pin: TemplatePin) -> Path:
        """The folder that the engine is given for one View on *pin*, until `release`. Raises
        `UserFacingError` with what the person is told when the View has to do without.
        """
        whole = self.folder(pin)
        if whole is None:
            raise UserFacingError("nobody allows it to keep anything")
        if self.size(whole) > KEPT_BYTES:
            raise UserFacingError(
                f"it keeps more than {KEPT_BYTES >> 20} MB; take the grant back to delete it"
            )
        folder = whole / _ENGINE
        if folder in self._taken:
            raise UserFacingError("another open App has what it keeps")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = _locked(whole / _LOCK)
        except OSError as error:
            raise UserFacingError(f"what it keeps cannot be opened: {error.strerror}") from error
        if lock is None:
            raise UserFacingError("another running mcphost has what it keeps")
        self._taken[folder] = lock
        return folder

    def release(self, folder: Path) -> None:
        """The View that had *folder* is over."""
        lock = self._taken.pop(folder, None)
        if lock is not None:
            os.close(lock)

    def folder(self, pin: TemplatePin) -> Path | None:
        """All that the Apps of *pin* keep, or None when nobody allows it."""
        for kept in self._book.of(pin):
            if kept.grant.kind is AppGrantKind.STORAGE:
                key = (pin.server_identity, pin.uri, pin.content, pin.meta)
                return self._folder(*key, kept.given_at)
        return None

    def size(self, folder: Path) -> int:
        """Bytes that lie in *folder*; any thread."""
        return sum(_size(path) for path in folder.rglob("*"))

    def delete(self, folder: Path) -> None:
        """Delete what `folder` named, and keep the engine, which may still close its files, from
        writing it anew: an empty file stands in its place. Raises `StorageError` if some stays.
        """
        if folder.parent != self._root or not _OURS.fullmatch(folder.name) or not folder.is_dir():
            return
        gone = folder.with_suffix(_GONE)
        try:
            folder.rename(gone)
            folder.touch(mode=0o400)
            shutil.rmtree(gone)
        except OSError as error:
            raise StorageError(
                f"what an App kept could not be deleted: {error}. It lies in {folder}; mcphost "
                "tries again at its next start."
            ) from error

    def sweep(self) -> None:
        """Delete every folder that no grant owns any more. Nothing of it can be read again."""
        found = list(self._root.iterdir())  # before the grants: each of these had one when made
        owned = {self._folder(*each) for each in self._book.with_kind(AppGrantKind.STORAGE)}
        for path in found:
            if path in owned or not _OURS.fullmatch(path.stem) or path.suffix not in {"", _GONE}:
                continue
            with suppress(OSError):  # the next start tries again
                path.unlink() if path.is_file() else shutil.rmtree(path)

    def _folder(self, identity: str, uri: str, content: str, meta: str, given_at: float) -> Path:
        return self._root / canonical_digest([identity, uri, content, meta, given_at])


def _locked(file: Path) -> int | None:
    """A descriptor that holds the lock of *file* until it is closed; None when another has it."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    if fcntl is None:
        return descriptor
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _size(path: Path) -> int:
    with suppress(OSError):  # deleted meanwhile
        if not path.is_symlink() and path.is_file():
            return path.stat().st_size
    return 0
