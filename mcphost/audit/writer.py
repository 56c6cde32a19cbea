"""The one thread that writes the log.

Law: (1) rows are written in the order they were queued; (2) each batch is one transaction that
reads the head of the chain again under the write lock, so several processes may share one file, and
a record is never parted from the one it follows;
(3) `on_written` is called only after the commit; (4) after one failed batch nothing is ever
written again: every waiter, now and later, gets the same `StorageError` (fail closed).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mcphost.audit.row import AUDIT_MIGRATIONS, GENESIS, row_body, row_digest
from mcphost.domain.audit import AuditKind, AuditReceipt, AuditRecord
from mcphost.domain.errors import StorageError
from mcphost.domain.ids import Digest
from mcphost.storage.database import Database, open_database

MAX_WAITING = 10_000
"""Records queued without a waiter beyond this are counted and dropped."""

_BATCH = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One durable row."""

    receipt: AuditReceipt
    body: bytes


Settle = Callable[["Written | StorageError"], None]
"""Called on the writer thread with the row, or with why there is none."""

OnBatch = Callable[[list[tuple["Settle | None", "Written | StorageError"]]], None]


class AuditWriter:
    """Owns the file and its thread."""

    def __init__(self, path: Path, *, run: str, on_batch: OnBatch) -> None:
        self._database: Database = open_database(path, AUDIT_MIGRATIONS, synchronous="FULL")
        self._path = path
        self._run = run
        self._on_batch = on_batch
        self._started = time.monotonic_ns()
        self._ready = threading.Condition()
        self._queue: deque[tuple[AuditRecord, Settle | None]] = deque()
        self._unwaited = 0
        self._dropped = 0
        self._closing = False
        self._failure: StorageError | None = None
        # A daemon, so that a host that dies without `close` does not linger; whatever was
        # acknowledged is on the disk already.
        self._thread = threading.Thread(target=self._work, name="mcphost-audit", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> StorageError | None:
        """Why nothing is written any more; None while the log is well."""
        return self._failure

    def put(self, record: AuditRecord, settle: Settle | None) -> None:
        """Queue *record*. Raises `StorageError` when the log failed or is closed, and there is a
        waiter; a record without one is then dropped.
        """
        with self._ready:
            refusal = self._failure or (_closed(self._path) if self._closing else None)
            if settle is None:
                if refusal is not None or self._unwaited >= MAX_WAITING:
                    self._dropped += 1
                    return
                self._unwaited += 1
            elif refusal is not None:
                raise StorageError(str(refusal))
            self._queue.append((record, settle))
            self._ready.notify()

    def stop(self) -> None:
        """Take no more records. The thread writes what is queued, closes the file and ends."""
        with self._ready:
            self._closing = True
            self._ready.notify()

    def join(self) -> None:
        """Wait for the thread to end."""
        self._thread.join()

    def _work(self) -> None:
        while batch := self._next_batch():
            self._on_batch(self._write(batch))
        try:
            self._database.close()
        except StorageError as error:
            self._failure = self._failure or error

    def _next_batch(self) -> list[tuple[AuditRecord, Settle | None]]:
        with self._ready:
            self._ready.wait_for(lambda: self._queue or self._closing)
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), _BATCH))]
            self._unwaited -= sum(1 for _, settle in batch if settle is None)
            if batch and self._dropped:
                batch.append((_dropped_record(self._dropped), None))
                self._dropped = 0
            return batch

    def _write(
        self, batch: list[tuple[AuditRecord, Settle | None]]
    ) -> list[tuple[Settle | None, Written | StorageError]]:
        if self._failure is None:
            try:
                return self._commit(batch)
            except Exception as error:  # noqa: BLE001  (top of this thread: whoever waits must be told)
                self._failure = _failed(self._path, error)
        return [(settle, StorageError(str(self._failure))) for _, settle in batch]

    def _commit(
        self, batch: list[tuple[AuditRecord, Settle | None]]
    ) -> list[tuple[Settle | None, Written | StorageError]]:
        written: list[Written] = []
        waiters: list[Settle | None] = []
        with self._database.transaction():
            seq, prev = self._head()
            for record, settle in batch:
                for row in record.rows(seq + 1):
                    seq += 1
                    written.append(self._chained(row, seq, prev))
                    prev = written[-1].receipt.digest
                    waiters.append(None)
                waiters[-1] = settle
            self._database.execute_many(
                "INSERT INTO row (seq, body, digest) VALUES (?, ?, ?)",
                [(row.receipt.seq, row.body, bytes.fromhex(row.receipt.digest)) for row in written],
            )
        return list(zip(waiters, written, strict=True))

    def _chained(self, record: AuditRecord, seq: int, prev: str) -> Written:
        mono = time.monotonic_ns() - self._started
        body = row_body(record, seq=seq, prev=prev, at=_now(), mono=mono, run=self._run)
        receipt = AuditReceipt(seq=seq, digest=Digest(row_digest(body)))
        return Written(receipt=receipt, body=body)

    def _head(self) -> tuple[int, str]:
        rows = self._database.execute("SELECT seq, body, digest FROM row ORDER BY seq DESC LIMIT 1")
        if not rows:
            return 0, GENESIS
        seq, body, stored = rows[0]
        # Never build on a damaged end: the chain would look whole again from there on.
        if row_digest(body) != bytes(stored).hex():
            raise StorageError(f"row {seq} of the audit log was altered.")
        return seq, bytes(stored).hex()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _dropped_record(count: int) -> AuditRecord:
    return AuditRecord(kind=AuditKind.ROWS_DROPPED, data={"count": count})


def _closed(path: Path) -> StorageError:
    return StorageError(f"the audit log {path} is closed; nothing more can be recorded or sent.")


def _failed(path: Path, error: Exception) -> StorageError:
    return StorageError(
        f"the audit log {path} could not be written: {error} Nothing more will be sent. "
        "Make room or repair the file (`mcphost audit verify`), then start mcphost again."
    )
