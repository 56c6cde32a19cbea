"""The only door to SQLite.

Law: (1) a file is opened in WAL mode with the durability its owner asked for; (2) migrations run
inside one transaction, so a failed one leaves the file exactly as it was; (3) a file written by a
newer program is refused before anything is changed; (4) every SQLite error leaves as
`StorageError`. A `Database` may be used from any thread: one lock serialises it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import quote

from mcphost.domain.errors import StorageError

Synchronous: TypeAlias = Literal["FULL", "NORMAL"]
SqlValue: TypeAlias = "str | int | float | bytes | None"

_BUSY_SECONDS = 10.0
_FOREIGN = (sqlite3.Error, sqlite3.Warning, OverflowError, UnicodeError)


class Database:
    """One open database file. Made by `open_database` or `open_read_only`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._lock = threading.RLock()
        self._depth = 0

    def execute(self, sql: str, params: Sequence[SqlValue] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return every row of its result."""
        with self._lock:
            try:
                return self._connection.execute(sql, params).fetchall()
            except _FOREIGN as error:
                raise self._mapped(error) from error

    def execute_many(self, sql: str, rows: Iterable[Sequence[SqlValue]]) -> None:
        """Run one statement once for each of *rows*; call it inside a transaction."""
        with self._lock:
            try:
                self._connection.executemany(sql, rows)
            except _FOREIGN as error:
                raise self._mapped(error) from error

    def changes_elsewhere(self) -> int:
        """Another number than before when another connection has changed the file meanwhile."""
        [(version,)] = self.execute("PRAGMA data_version")
        return int(version)

    @contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """All or nothing. Takes the write lock at once; a transaction inside one joins it."""
        with self._lock:
            if self._depth == 0:
                self.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self.execute("COMMIT")
            except BaseException:
                if self._depth == 1:
                    self._roll_back()
                raise
            finally:
                self._depth -= 1

    def close(self) -> None:
        """Close the file. Closing twice is fine; any other use afterwards is a `StorageError`."""
        with self._lock:
            try:
                self._connection.close()
            except _FOREIGN as error:
                raise self._mapped(error) from error

    def _roll_back(self) -> None:
        # SQLite has already rolled back by itself after a full disk or an I/O error.
        with suppress(StorageError):
            self.execute("ROLLBACK")

    def _mapped(self, error: Exception) -> StorageError:
        return _storage_error(self._path, error)


def open_database(
    path: Path, migrations: Sequence[str], *, synchronous: Synchronous = "FULL"
) -> Database:
    """Open or create *path* and bring it to the format `len(migrations)`.

    Each entry of *migrations* is one SQL script; its place in the list is its version. Entries are
    only ever appended.
    """
    try:
        # SQLite gives its -wal and -shm files the mode of the main file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = _connect(f"{path.absolute().as_uri()}?mode=rw")
    except (OSError, *_FOREIGN) as error:
        raise _storage_error(path, error) from error
    database = Database(connection, path)
    try:
        _refuse_newer(database, path, len(migrations))
        database.execute("PRAGMA journal_mode=WAL")
        database.execute(f"PRAGMA synchronous={synchronous}")
        database.execute("PRAGMA trusted_schema=OFF")
        _migrate(database, path, migrations)
        database.execute("PRAGMA foreign_keys=ON")
    except StorageError:
        database.close()
        raise
    return database


def open_read_only(path: Path) -> Database:
    """Open the existing *path* for reading; works beside a writer and on a read-only medium."""
    location = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        connection = _connect(location)
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        except sqlite3.OperationalError:
            connection.close()
            if not path.is_file() or path.with_name(path.name + "-wal").exists():
                raise
            # A WAL file cannot be shared where no -shm file can be made; alone, it can be read.
            connection = _connect(f"{location}&immutable=1")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except (OSError, *_FOREIGN) as error:
        raise _storage_error(path, error) from error
    return Database(connection, path)


def _connect(location: str) -> sqlite3.Connection:
    return sqlite3.connect(
        location, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


def _refuse_newer(database: Database, path: Path, known: int) -> int:
    [(version,)] = database.execute("PRAGMA user_version")
    if version > known:
        raise StorageError(
            f"{path} was written by a newer mcphost (format {version}, this program knows "
            f"{known}). Nothing was changed. Update mcphost, or set MCPHOST_HOME to another folder."
        )
    return version


def _migrate(database: Database, path: Path, migrations: Sequence[str]) -> None:
    if _refuse_newer(database, path, len(migrations)) == len(migrations):
        return
    try:
        with database.transaction():
            # Read again under the lock: another process may have migrated meanwhile.
            version = _refuse_newer(database, path, len(migrations))
            for script in migrations[version:]:
                for statement in _statements(script):
                    database.execute(statement)
            database.execute(f"PRAGMA user_version={len(migrations)}")
    except StorageError as error:
        raise StorageError(
            f"{path} could not be brought to format {len(migrations)}: {error} "
            "The file is unchanged."
        ) from error


def _statements(script: str) -> Iterator[str]:
    """The statements of *script*, one by one: `executescript` would commit before it begins."""
    pending = ""
    for piece in script.split(";"):
        pending += piece + ";"
        if sqlite3.complete_statement(pending):
            if pending.strip(" \n\t;"):
                yield pending
            pending = ""


def _storage_error(path: Path, error: Exception) -> StorageError:
    return StorageError(f"the file {path} could not be used: {error}.")
