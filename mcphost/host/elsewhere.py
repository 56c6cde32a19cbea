"""What another program of this home took away: an App that a window shows loses it, too.

Law: (1) nothing is told from program to program; the database is, and SQLite says when another
connection has changed it; (2) a failure to look is reported and looked again, so that no change is
missed for good. Loop thread; started by `compose`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from mcphost.domain.errors import StorageError
from mcphost.storage.database import Database

SECONDS: Final = 0.5
"""Between two looks."""


async def watch_changes(
    database: Database, changed: Callable[[], None], failed: Callable[[str], None]
) -> None:
    """Call *changed* after every change of *database* that was made elsewhere. Never returns."""
    known: int | None = None
    trouble = ""
    while True:
        try:
            found = database.changes_elsewhere()
            if found != known and known is not None:
                changed()
            known, trouble = found, ""
        except StorageError as error:
            if str(error) != trouble:
                failed(trouble := str(error))
        await asyncio.sleep(SECONDS)
