"""The door to SQLite: durability, migrations, and errors as ours."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mcphost.domain.errors import StorageError
from mcphost.storage.database import open_database, open_read_only

FIRST = "CREATE TABLE note (text TEXT) STRICT;"
SECOND = """
CREATE TRIGGER keep BEFORE DELETE ON note BEGIN SELECT raise(ABORT, 'kept; always'); END;
ALTER TABLE note ADD COLUMN extra TEXT;
"""


def test_a_file_is_private_durable_and_in_wal_mode(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db", [FIRST])
    assert database.execute("PRAGMA journal_mode") == [("wal",)]
    assert database.execute("PRAGMA synchronous") == [(2,)]
    assert stat.S_IMODE((tmp_path / "a.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a.db-wal").stat().st_mode) == 0o600
    database.close()


def test_a_later_version_migrates_and_keeps_the_data(tmp_path: Path) -> None:
    old = open_database(tmp_path / "a.db", [FIRST])
    old.execute("INSERT INTO note VALUES ('kept')")
    old.close()
    new = open_database(tmp_path / "a.db", [FIRST, SECOND])
    assert new.execute("SELECT text, extra FROM note") == [("kept", None)]
    assert new.execute("PRAGMA user_version") == [(2,)]
    new.close()


def test_a_failed_migration_leaves_everything_as_it_was(tmp_path: Path) -> None:
    old = open_database(tmp_path / "a.db", [FIRST])
    old.execute("INSERT INTO note VALUES ('kept')")
    old.close()
    with pytest.raises(StorageError, match="The file is unchanged"):
        open_database(tmp_path / "a.db", [FIRST, "DROP TABLE note; CREATE TABLE nonsense ("])
    with pytest.raises(StorageError, match="The file is unchanged"):
        open_database(
            tmp_path / "a.db", [FIRST, "DROP TABLE note; INSERT INTO missing VALUES (1);"]
        )
    again = open_database(tmp_path / "a.db", [FIRST])
    assert again.execute("SELECT text FROM note") == [("kept",)]
    assert again.execute("PRAGMA user_version") == [(1,)]
    again.close()


def test_a_file_of_a_newer_program_is_refused_untouched(tmp_path: Path) -> None:
    open_database(tmp_path / "a.db", [FIRST, SECOND]).close()
    before = (tmp_path / "a.db").read_bytes()
    with pytest.raises(StorageError, match="newer mcphost"):
        open_database(tmp_path / "a.db", [FIRST])
    assert (tmp_path / "a.db").read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"this is not a database, not at all" * 200)
    with pytest.raises(StorageError, match="not a database"):
        open_database(tmp_path / "a.db", [FIRST])


def test_a_failed_transaction_leaves_nothing_behind(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db", [FIRST])

    def write() -> None:
        with database.transaction():
            database.execute("INSERT INTO note VALUES ('half')")
            database.execute("INSERT INTO missing VALUES (1)")

    with pytest.raises(StorageError):
        write()
    assert database.execute("SELECT * FROM note") == []
    database.close()


def test_a_change_is_noticed_that_another_program_made_and_no_change_of_ones_own(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.db"
    own, other = (open_database(path, ["CREATE TABLE t (x);"]) for _ in range(2))
    before = own.changes_elsewhere()
    own.execute("INSERT INTO t VALUES (1)")
    assert own.changes_elsewhere() == before
    other.execute("INSERT INTO t VALUES (2)")
    assert own.changes_elsewhere() != before
    own.close()
    other.close()


def test_a_transaction_inside_a_transaction_joins_it(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db", [FIRST])

    def write() -> None:
        with database.transaction():
            with database.transaction():
                database.execute("INSERT INTO note VALUES ('inner')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert database.execute("SELECT * FROM note") == []
    database.close()


def test_every_foreign_error_becomes_a_storage_error(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db", [FIRST])
    with pytest.raises(StorageError):
        database.execute("nonsense")
    with pytest.raises(StorageError):
        database.execute("SELECT ?", (2**70,))
    with pytest.raises(StorageError):
        database.execute("SELECT ?", ("\ud800",))
    database.close()
    with pytest.raises(StorageError, match="closed"):
        database.execute("SELECT 1")


def test_threads_share_one_database(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db", [FIRST])

    def write() -> None:
        for _ in range(20):
            with database.transaction():
                database.execute("INSERT INTO note VALUES ('x')")

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert database.execute("SELECT count(*) FROM note") == [(80,)]
    database.close()


OPENER = """
import sys; from pathlib import Path
from mcphost.storage.database import open_database
database = open_database(Path(sys.argv[1]), ["CREATE TABLE note (text TEXT);"])
for _ in range(20):
    with database.transaction():
        database.execute("INSERT INTO note VALUES ('x')")
database.close()
"""


def test_processes_that_open_at_once_all_get_in(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPENER, str(tmp_path / "a.db")]
    children = [subprocess.Popen(command) for _ in range(6)]
    assert [child.wait(60) for child in children] == [0] * 6
    reader = open_read_only(tmp_path / "a.db")
    assert reader.execute("SELECT count(*) FROM note") == [(120,)]
    reader.close()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    writer = open_database(tmp_path / "a.db", [FIRST])
    reader = open_read_only(tmp_path / "a.db")
    with pytest.raises(StorageError, match="readonly"):
        reader.execute("INSERT INTO note VALUES ('x')")
    reader.close()
    writer.close()


def test_a_file_in_a_folder_without_write_access_can_be_read(tmp_path: Path) -> None:
    open_database(tmp_path / "a.db", [FIRST]).close()
    tmp_path.chmod(0o500)
    try:
        reader = open_read_only(tmp_path / "a.db")
        assert reader.execute("SELECT * FROM note") == []
        reader.close()
    finally:
        tmp_path.chmod(0o700)


def test_reading_what_is_missing_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        open_read_only(tmp_path / "a.db")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_storage_error_and_loses_nothing(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db", [FIRST])
    database.execute("INSERT INTO note VALUES ('kept')")
    database.execute("PRAGMA max_page_count=3")
    with pytest.raises(StorageError, match="full"), database.transaction():
        database.execute("INSERT INTO note VALUES (?)", ("x" * 100_000,))
    assert database.execute("SELECT text FROM note") == [("kept",)]
    database.close()
    plain = sqlite3.connect(tmp_path / "a.db")
    assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    plain.close()
