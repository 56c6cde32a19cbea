"""Files that a person agreed to have saved, in the one folder that this run saves to.

Law: (1) nothing that exists is ever overwritten or followed; (2) a file is the person's alone and
never executable; (3) a file that could not be written whole is not left behind. Called from a
worker thread.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from mcphost.domain.errors import StorageError
from mcphost.domain.file_names import fit_file_name, numbered

_MOST_ALIKE: Final = 1_000
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


class DownloadsFolder:
    """A `FileSaver`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str, data: bytes, /) -> str:
        """Save *data* as *name*, numbered when that exists; returns the name it has. Raises
        `StorageError`.
        """
        if not name or fit_file_name(name) != name:
            raise StorageError("a file was not saved: its name is no name for a folder")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            saved, descriptor = self._create(name)
        except OSError as error:
            raise _failed(name, error) from error
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            with suppress(OSError):
                (self._folder / saved).unlink()
            raise _failed(name, error) from error
        return saved

    def _create(self, name: str) -> tuple[str, int]:
        for number in range(_MOST_ALIKE):
            tried = numbered(name, number) if number else name
            with suppress(FileExistsError):
                return tried, os.open(
                    self._folder / tried, _NEW | getattr(os, "O_BINARY", 0), 0o600
                )
        raise FileExistsError(f"{_MOST_ALIKE} files of that name are there already")


def _failed(name: str, error: OSError) -> StorageError:
    why = error.strerror or str(error)
    return StorageError(
        f"{name} was not saved: {why}. Look at your downloads folder and the space on its disk."
    )
