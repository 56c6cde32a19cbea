"""Content-addressed files: bytes are kept under their SHA-256 and re-hashed on every read.

Law: a file that no longer hashes to its name is never returned. Writes are atomic: a crash leaves
the whole blob or none. Any thread.
"""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from mcphost.domain.errors import StorageError
from mcphost.domain.ids import Digest
from mcphost.domain.json import digest

_DIGEST = re.compile(r"[0-9a-f]{64}")


class BlobStore:
    """Blobs under one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> Digest:
        """Keep *data*; returns its digest. A damaged copy under that digest is replaced."""
        name = digest(data)
        path = self._path(name)
        if path.is_file():
            with suppress(StorageError):
                self.get(name)
                return name
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_atomically(path, data)
        except OSError as error:
            raise StorageError(f"the blob {name} could not be written: {error}.") from error
        return name

    def get(self, name: Digest) -> bytes:
        """The bytes whose digest is *name*. Raises `StorageError` when missing or altered."""
        path = self._path(name)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise StorageError(f"the blob {name} could not be read: {error}.") from error
        if digest(data) != name:
            raise StorageError(
                f"the file {path} was altered: it no longer matches its digest. It is not used."
            )
        return data

    def delete(self, name: Digest) -> None:
        """Forget the blob *name*; a missing one is fine."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"the blob {name} could not be deleted: {error}.") from error

    def _path(self, name: Digest) -> Path:
        if not _DIGEST.fullmatch(name):
            raise StorageError(f"{name[:80]!r} is not a digest")
        return self._folder / name[:2] / name


def _write_atomically(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
