"""The log: order, durability, and what happens when the disk says no."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from mcphost.audit.log import AuditLog
from mcphost.audit.verify import Status, verify_file
from mcphost.audit.writer import MAX_WAITING
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.errors import StorageError
from mcphost.domain.summaries import AuditLine
from tests.helpers.audit_files import make_log, note


def with_log(
    path: Path, use: Callable[[AuditLog], Awaitable[None]], seen: list[AuditLine] | None = None
) -> None:
    """Open a log, *use* it, close it."""

    async def run() -> None:
        on_row = None if seen is None else seen.append
        log = await AuditLog.open(path, on_row=on_row, run_id="run", host_version="1")
        try:
            await use(log)
        finally:
            await log.close()

    asyncio.run(run())


def kinds(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as file:
        rows = file.execute("SELECT body FROM row ORDER BY seq").fetchall()
    return [json.loads(body)["kind"] for (body,) in rows]


def test_a_run_is_framed_by_its_start_and_its_end(tmp_path: Path) -> None:
    make_log(tmp_path / "a.db", 1)
    assert kinds(tmp_path / "a.db") == ["run_started", "setting_changed", "run_ended"]
    assert verify_file(tmp_path / "a.db").status is Status.GOOD


def test_a_record_is_written_right_after_the_decision_that_it_follows(tmp_path: Path) -> None:
    decided = AuditRecord(kind=AuditKind.ACTION_DECIDED, data={"verdict": "allow"})
    frame = AuditRecord(
        kind=AuditKind.FRAME_INTENDED, data={"decided_seq": 0, "round": 0}, follows=decided
    )
    seen: list[AuditLine] = []

    async def use(log: AuditLog) -> None:
        receipt = await log.append(frame)
        bodies = [json.loads(body) for body in log.rows()][-2:]
        assert [body["kind"] for body in bodies] == ["action_decided", "frame_intended"]
        assert bodies[1]["data"] == {"decided_seq": bodies[0]["seq"], "round": 0}
        assert receipt.seq == bodies[1]["seq"] == bodies[0]["seq"] + 1

    with_log(tmp_path / "a.db", use, seen)
    assert verify_file(tmp_path / "a.db").status is Status.GOOD
    assert len(seen) == 4


def test_a_row_is_durable_when_append_returns(tmp_path: Path) -> None:
    async def use(log: AuditLog) -> None:
        receipt = await log.append(note("here"))
        report = verify_file(tmp_path / "a.db")
        assert report.checkpoint == f"{receipt.seq}:{receipt.digest}"

    with_log(tmp_path / "a.db", use)


def test_rows_keep_the_order_they_were_queued_in(tmp_path: Path) -> None:
    async def use(log: AuditLog) -> None:
        first = asyncio.ensure_future(log.append(note("1")))
        await asyncio.sleep(0)
        log.append_soon(note("2"))
        third = await log.append(note("3"))
        assert (await first).seq + 2 == third.seq
        assert [json.loads(row)["data"].get("name") for row in log.rows()][1:] == ["1", "2", "3"]

    with_log(tmp_path / "a.db", use)


def test_the_window_sees_every_row_in_order_on_the_loop_thread(tmp_path: Path) -> None:
    threads, seen = set[int](), list[AuditLine]()

    async def run() -> None:
        def on_row(line: AuditLine) -> None:
            threads.add(threading.get_ident())
            seen.append(line)

        log = await AuditLog.open(tmp_path / "a.db", on_row=on_row, run_id="r", host_version="1")
        await asyncio.gather(*(log.append(note()) for _ in range(300)))
        await log.close()
        await asyncio.sleep(0)

    asyncio.run(run())
    assert [line.seq for line in seen] == list(range(1, 303))
    assert threads == {threading.get_ident()}


def test_tail_and_rows_read_what_was_written(tmp_path: Path) -> None:
    make_log(tmp_path / "a.db", 3)

    async def use(log: AuditLog) -> None:
        assert [line.seq for line in log.tail(2)] == [5, 6]
        assert len(list(log.rows())) == 6
        assert len(list(log.rows(run="other"))) == 0
        assert log.tail(0) == []

    with_log(tmp_path / "a.db", use)


def test_any_thread_may_append_without_waiting(tmp_path: Path) -> None:
    async def use(log: AuditLog) -> None:
        def flood() -> None:
            for _ in range(50):
                log.append_soon(note())

        await asyncio.gather(*(asyncio.to_thread(flood) for _ in range(4)))

    with_log(tmp_path / "a.db", use)
    assert kinds(tmp_path / "a.db").count("setting_changed") == 200


def test_what_comes_too_fast_is_counted_in_a_row(tmp_path: Path) -> None:
    async def use(log: AuditLog) -> None:
        with closing(sqlite3.connect(tmp_path / "a.db")) as other:
            other.execute("BEGIN IMMEDIATE")  # the writer waits for us
            for _ in range(MAX_WAITING + 400):
                log.append_soon(note())
            other.rollback()

    with_log(tmp_path / "a.db", use)
    found = kinds(tmp_path / "a.db")
    assert found.count("rows_dropped") >= 1
    assert verify_file(tmp_path / "a.db").status is Status.GOOD
    assert found.count("setting_changed") + dropped(tmp_path / "a.db") == MAX_WAITING + 400


def dropped(path: Path) -> int:
    with closing(sqlite3.connect(path)) as file:
        rows = [json.loads(body) for (body,) in file.execute("SELECT body FROM row")]
    return sum(row["data"]["count"] for row in rows if row["kind"] == "rows_dropped")


def fill_the_disk(log: AuditLog) -> None:
    """Make the writer's own file full: SQLite then refuses exactly as on a full disk."""
    log._writer._database.execute("PRAGMA max_page_count=1")  # pyright: ignore


def test_a_full_disk_fails_the_waiter_and_everybody_after(tmp_path: Path) -> None:
    async def use(log: AuditLog) -> None:
        fill_the_disk(log)
        with pytest.raises(StorageError, match="Nothing more will be sent"):
            await log.append(note("x" * 50_000))
        with pytest.raises(StorageError, match="Nothing more will be sent"):
            await log.append(note("small"))
        log.append_soon(note("small"))
        assert log.failure is not None

    with_log(tmp_path / "a.db", use)
    assert kinds(tmp_path / "a.db") == ["run_started"]


def test_a_log_that_failed_works_again_when_it_is_reopened(tmp_path: Path) -> None:
    async def fail(log: AuditLog) -> None:
        fill_the_disk(log)
        with pytest.raises(StorageError):
            await log.append(note("x" * 50_000))

    async def work(log: AuditLog) -> None:
        await log.append(note())

    with_log(tmp_path / "a.db", fail)
    with_log(tmp_path / "a.db", work)
    assert verify_file(tmp_path / "a.db").status is Status.GOOD


def test_a_log_that_became_read_only_refuses(tmp_path: Path) -> None:
    async def use(log: AuditLog) -> None:
        log._writer._database.execute("PRAGMA query_only=1")  # pyright: ignore
        for _ in range(2):
            with pytest.raises(StorageError, match="readonly"):
                await log.append(note())

    with_log(tmp_path / "a.db", use)
    assert kinds(tmp_path / "a.db") == ["run_started"]


def test_everybody_in_a_failed_batch_is_told(tmp_path: Path) -> None:
    async def use(log: AuditLog) -> None:
        fill_the_disk(log)
        appends = (log.append(note("x" * 50_000)) for _ in range(50))
        outcomes = await asyncio.gather(*appends, return_exceptions=True)
        assert all(isinstance(outcome, StorageError) for outcome in outcomes)

    with_log(tmp_path / "a.db", use)


def test_a_closed_log_refuses(tmp_path: Path) -> None:
    async def use(log: AuditLog) -> None:
        await log.close()
        with pytest.raises(StorageError, match="closed"):
            await log.append(note())
        log.append_soon(note())

    with_log(tmp_path / "a.db", use)


def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async def run() -> None:
        path = tmp_path / "file" / "a.db"
        await AuditLog.open(path, on_row=None, run_id="r", host_version="1")

    with pytest.raises(StorageError):
        asyncio.run(run())


def test_a_damaged_end_is_not_built_upon(tmp_path: Path) -> None:
    path = make_log(tmp_path / "a.db", 2)
    with closing(sqlite3.connect(path)) as file:
        file.execute("DROP TRIGGER row_is_never_changed")
        file.execute("UPDATE row SET digest = x'00' WHERE seq = 4")
        file.commit()

    async def use(log: AuditLog) -> None:
        raise AssertionError("it opened")

    with pytest.raises(StorageError, match="row 4 of the audit log was altered"):
        with_log(path, use)


def test_the_file_itself_refuses_changes(tmp_path: Path) -> None:
    path = make_log(tmp_path / "a.db", 1)
    with closing(sqlite3.connect(path)) as file:
        for statement in ("DELETE FROM row", "UPDATE row SET digest = x'00'"):
            with pytest.raises(sqlite3.IntegrityError, match="audit rows are never"):
                file.execute(statement)


def test_two_logs_on_one_file_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "a.db"

    async def run() -> None:
        logs = [
            await AuditLog.open(path, on_row=None, run_id=run, host_version="1")
            for run in ("one", "two")
        ]
        await asyncio.gather(*(logs[n % 2].append(note()) for n in range(200)))
        for log in logs:
            await log.close()

    asyncio.run(run())
    report = verify_file(path)
    assert (report.status, report.rows) == (Status.GOOD, 204)


def test_a_record_that_json_cannot_carry_is_recorded_all_the_same(tmp_path: Path) -> None:
    async def use(log: AuditLog) -> None:
        odd = {"big": 2**70, "nan": float("nan"), "text": "\ud800", "deep": {"\udfff": [1e400]}}
        await log.append(AuditRecord(kind=AuditKind.ACTION_FINISHED, data=odd))
        await log.append(note("y" * 1_000_000))
        *_, plain, cut = log.rows()
        assert json.loads(plain)["data"]["big"] == str(2**70)
        assert json.loads(cut)["data"]["omitted_bytes"] > 1_000_000

    with_log(tmp_path / "a.db", use)
    assert verify_file(tmp_path / "a.db").status is Status.GOOD


def test_a_cancelled_append_does_not_disturb_the_others(tmp_path: Path) -> None:
    async def use(log: AuditLog) -> None:
        doomed = asyncio.ensure_future(log.append(note("doomed")))
        await asyncio.sleep(0)
        doomed.cancel()
        assert (await log.append(note("after"))).seq == 3

    with_log(tmp_path / "a.db", use)
