"""A file that a person named, read whole and no further than its bound. Any thread."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mcphost.domain.errors import UserFacingError

MAX_FILE: Final = 16 * 1024 * 1024


def read_file(path: Path) -> bytes:
    """What *path* holds. Raises `UserFacingError` for what cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise UserFacingError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > MAX_FILE:
        raise UserFacingError(f"{path} is larger than {MAX_FILE} bytes")
    return data
