"""The audit log as the rooms see it: `AuditSink` over the writer thread.

Law: `append` returns only after its row is committed with `synchronous=FULL`; when it raises,
nothing may be sent. The first row of a run is `run_started`, the last `run_ended`. `on_row` is
called on the loop thread, in the order of the rows, after they are durable.
"""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from mcphost.audit.reader import AuditReader
from mcphost.audit.sentence import audit_line
from mcphost.audit.writer import AuditWriter, Settle, Written
from mcphost.domain.audit import AuditKind, AuditReceipt, AuditRecord
from mcphost.domain.errors import StorageError
from mcphost.domain.summaries import AuditLine

_T = TypeVar("_T")

OnRow = Callable[[AuditLine], None]


class AuditLog:
    """The open log of one run."""

    def __init__(self, path: Path, *, on_row: OnRow | None, run_id: str) -> None:
        """Use `open`."""
        self._loop = asyncio.get_running_loop()
        self._on_row = on_row
        self._run = run_id
        self._writer = AuditWriter(path, run=run_id, on_batch=self._batch_written)
        try:
            self._reader = AuditReader(path)
        except StorageError:
            self._writer.stop()
            raise

    @staticmethod
    async def open(path: Path, *, on_row: OnRow | None, run_id: str, host_version: str) -> AuditLog:
        """Open or create the log at *path* and write `run_started`. Raises `StorageError`."""
        log = AuditLog(path, on_row=on_row, run_id=run_id)
        data = {
            "host_version": host_version,
            "python": platform.python_version(),
            "system": platform.system(),
            "pid": os.getpid(),
        }
        try:
            await log.append(AuditRecord(kind=AuditKind.RUN_STARTED, data=data))
        except StorageError:
            await log.close()
            raise
        return log

    @property
    def run(self) -> str:
        """The id in the `run` field of every row of this run."""
        return self._run

    @property
    def failure(self) -> str | None:
        """Why the log refuses every append; None while it is well."""
        return None if self._writer.failure is None else str(self._writer.failure)

    async def append(self, record: AuditRecord) -> AuditReceipt:
        """Write *record*; when this returns it is durable. Raises `StorageError`: then nothing may
        be sent.
        """
        done: asyncio.Future[AuditReceipt] = self._loop.create_future()

        def settle(outcome: Written | StorageError) -> None:
            if done.done():
                return
            match outcome:
                case Written(receipt=receipt):
                    done.set_result(receipt)
                case StorageError():
                    done.set_exception(outcome)

        self._writer.put(record, settle)
        return await done

    def append_soon(self, record: AuditRecord) -> None:
        """Queue *record* without waiting. Thread-safe; never raises. What does not fit is counted
        in a `rows_dropped` row.
        """
        self._writer.put(record, None)

    def tail(self, count: int) -> list[AuditLine]:
        """The last *count* rows, oldest first."""
        return self._reader.tail(count)

    def rows(self, run: str | None = None) -> Iterator[bytes]:
        """The exact bodies of all rows, or of those of one *run*, oldest first."""
        return self._reader.rows(run)

    async def close(self) -> None:
        """Write what is queued and `run_ended`, then close the file. Closing twice is fine."""
        with suppress(StorageError):
            await self.append(AuditRecord(kind=AuditKind.RUN_ENDED, data={}))
        # The writer must be the last to close: only then SQLite folds the -wal file into the log.
        self._reader.close()
        self._writer.stop()
        await asyncio.to_thread(self._writer.join)

    def _batch_written(self, outcomes: list[tuple[Settle | None, Written | StorageError]]) -> None:
        """On the writer thread: wake the waiters first, then describe the rows to the window."""
        self._post(self._settle, outcomes)
        if self._on_row is not None:
            lines = [audit_line(row.body) for _, row in outcomes if isinstance(row, Written)]
            self._post(self._show, lines)

    def _post(self, function: Callable[[list[_T]], None], values: list[_T]) -> None:
        # A loop that is closed has no waiters left; the rows are durable all the same.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, values)

    def _settle(self, outcomes: list[tuple[Settle | None, Written | StorageError]]) -> None:
        for settle, outcome in outcomes:
            if settle is not None:
                settle(outcome)

    def _show(self, lines: list[AuditLine]) -> None:
        if self._on_row is not None:
            for line in lines:
                self._on_row(line)
