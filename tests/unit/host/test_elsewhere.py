"""Another program's change of the database is heard, and a failure to look is not the end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest

from mcphost.domain.errors import StorageError
from mcphost.host import elsewhere
from mcphost.host.elsewhere import watch_changes
from mcphost.storage.database import Database, open_database

TABLE = ["CREATE TABLE t (x);"]


class Shaky:
    """A database whose first looks fail."""

    def __init__(self, real: Database, failures: int) -> None:
        self._real, self._left = real, failures

    def changes_elsewhere(self) -> int:
        if self._left:
            self._left -= 1
            raise StorageError("the disk is gone.")
        return self._real.changes_elsewhere()


def test_a_change_is_heard_after_looks_that_failed_and_the_failure_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "SECONDS", 0.001)
    own, other = (open_database(tmp_path / "t.db", TABLE) for _ in range(2))
    said: list[str] = []

    async def hear() -> None:
        heard = asyncio.Event()
        work = watch_changes(cast("Database", Shaky(own, failures=3)), heard.set, said.append)
        task = asyncio.create_task(work)
        async with asyncio.timeout(30):
            while not heard.is_set():
                other.execute("INSERT INTO t VALUES (1)")
                await asyncio.sleep(0.005)
        task.cancel()

    asyncio.run(hear())
    assert said == ["the disk is gone."]
    own.close()
    other.close()
