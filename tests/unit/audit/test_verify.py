"""The stand-alone verifier: every kind of tampering, and the promise it may not make."""

from __future__ import annotations

import ast
import asyncio
import json
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from mcphost.audit import verify
from mcphost.audit.log import AuditLog
from mcphost.audit.verify import Status, main, verify_file
from tests.helpers.audit_files import checkpoint_after, make_log, note, rechain, tamper

ROWS = 40
TOTAL = ROWS + 2
COLUMNS = "seq, body, digest"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_log(tmp_path_factory.mktemp("audit") / "whole.db", ROWS)


@pytest.fixture
def log(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole, tmp_path / "audit.db"))


def edit(column: str, row: int, position: int) -> str:
    """A statement that changes one byte of one blob."""
    byte = f"substr({column}, {position}, 1)"
    other = f"CASE {byte} WHEN x'30' THEN x'31' ELSE x'30' END"
    head, tail = f"substr({column}, 1, {position - 1})", f"substr({column}, {position + 1})"
    whole = f"CAST({head} || {other} || {tail} AS BLOB)"
    return f"UPDATE row SET {column} = {whole} WHERE seq = {row}"


def test_a_whole_log_is_good_and_says_what_it_cannot_promise(log: Path) -> None:
    report = verify_file(log)
    assert (report.status, report.rows, report.at_seq) == (Status.GOOD, TOTAL, None)
    assert report.checkpoint == checkpoint_after(log, TOTAL)
    assert any("entries at the end can be removed" in words for words in report.notes)


def test_with_a_checkpoint_the_exposed_tail_is_named(log: Path) -> None:
    report = verify_file(log, head=checkpoint_after(log, 30))
    assert report.status is Status.GOOD
    assert any("entries newer than 30 can be removed" in words for words in report.notes)


@pytest.mark.parametrize("position", [1, 5, 60, 150, 200, 280])
def test_one_byte_of_a_body_is_found(log: Path, position: int) -> None:
    tamper(log, edit("body", 17, position))
    report = verify_file(log)
    assert (report.status, report.at_seq, report.rows) == (Status.TAMPERED, 17, 16)
    assert "was changed" in report.problem


@pytest.mark.parametrize("position", [1, 16, 32])
def test_one_byte_of_a_digest_is_found(log: Path, position: int) -> None:
    tamper(log, edit("digest", 17, position))
    assert verify_file(log).at_seq == 17


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("DELETE FROM row WHERE seq = 9", 9),
        ("DELETE FROM row WHERE seq = 1", 1),
        ("DELETE FROM row WHERE seq BETWEEN 5 AND 20", 5),
        ("UPDATE row SET seq = 0 WHERE seq = 1", 1),
        ("UPDATE row SET seq = -5 WHERE seq = 30", 1),
        ("UPDATE row SET digest = x'' WHERE seq = 3", 3),
        ("UPDATE row SET body = x'' WHERE seq = 3", 3),
    ],
)
def test_a_missing_or_emptied_row_is_found(log: Path, change: str, place: int) -> None:
    tamper(log, change)
    report = verify_file(log)
    assert (report.status, report.at_seq) == (Status.TAMPERED, place)


def test_rows_that_changed_places_are_found(log: Path) -> None:
    tamper(
        log,
        "UPDATE row SET seq = 1000 WHERE seq = 10",
        "UPDATE row SET seq = 10 WHERE seq = 11",
        "UPDATE row SET seq = 11 WHERE seq = 1000",
    )
    report = verify_file(log)
    assert (report.status, report.at_seq) == (Status.TAMPERED, 10)
    assert "the order was changed" in report.problem


def test_a_row_put_in_between_is_found(log: Path) -> None:
    tamper(log, f"INSERT INTO row SELECT {TOTAL + 1}, body, digest FROM row WHERE seq = 5")
    assert verify_file(log).at_seq == TOTAL + 1


def test_a_cut_tail_is_not_found_without_a_checkpoint_and_is_with_one(log: Path) -> None:
    kept = checkpoint_after(log, TOTAL)
    tamper(log, "DELETE FROM row WHERE seq > 30")
    assert verify_file(log).status is Status.GOOD  # the documented limit
    report = verify_file(log, head=kept)
    assert (report.status, report.at_seq) == (Status.INCOMPLETE, 31)


def test_a_forged_and_rechained_row_is_found_with_a_checkpoint_only(log: Path) -> None:
    kept = checkpoint_after(log, TOTAL)
    forged = "CAST(replace(CAST(body AS TEXT), 'n4', 'zz') AS BLOB)"
    tamper(log, f"UPDATE row SET body = {forged} WHERE seq = 6")
    assert verify_file(log).at_seq == 6
    rechain(log, 6)
    assert verify_file(log).status is Status.GOOD  # the documented limit
    assert verify_file(log, head=kept).status is Status.TAMPERED


def test_a_log_written_anew_is_found_with_a_checkpoint_only(log: Path, tmp_path: Path) -> None:
    kept = checkpoint_after(log, 20)
    other = make_log(tmp_path / "other.db", ROWS)
    assert verify_file(other).status is Status.GOOD
    report = verify_file(other, head=kept)
    assert (report.status, report.at_seq) == (Status.TAMPERED, 20)


def test_rows_after_the_checkpoint_can_be_replaced_unseen(log: Path) -> None:
    kept = checkpoint_after(log, 20)
    rechain(log, 25)
    tamper(log, f"DELETE FROM row WHERE seq > {TOTAL - 3}")
    assert verify_file(log, head=kept).status is Status.GOOD  # the documented limit


def test_a_wiped_log_is_incomplete(log: Path) -> None:
    tamper(log, "DELETE FROM row")
    assert verify_file(log).status is Status.INCOMPLETE


def test_a_row_of_another_format_is_found_even_when_it_is_chained(log: Path) -> None:
    forged = '{"v":2,"seq":1,"prev":"' + "0" * 64 + '"}'
    tamper(log, f"UPDATE row SET body = x'{forged.encode().hex()}' WHERE seq = 1")
    rechain(log, 1)
    report = verify_file(log)
    assert (report.status, report.at_seq) == (Status.TAMPERED, 1)
    assert "format" in report.problem


def test_text_that_looks_like_a_chain_link_does_not_deceive(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    bait = '","prev":"' + "0" * 64 + '","principal":null,"run":"r","seq":1,"server":null}'

    async def write() -> None:
        log = await AuditLog.open(path, on_row=None, run_id=f'r"{bait}', host_version="1")
        await log.append(note(bait))
        await log.close()

    asyncio.run(write())
    assert verify_file(path).status is Status.GOOD


def test_triggers_that_are_gone_are_reported(log: Path) -> None:
    with closing(sqlite3.connect(log)) as file:
        file.execute("DROP TRIGGER row_is_never_deleted")
        file.commit()
    report = verify_file(log)
    assert (report.status, report.rows) == (Status.TAMPERED, TOTAL)
    assert "triggers" in report.problem


def test_a_run_without_an_end_is_noted(log: Path) -> None:
    assert not any("without an end" in words for words in verify_file(log).notes)
    tamper(log, f"DELETE FROM row WHERE seq = {TOTAL}")
    assert any("1 run(s) without an end" in words for words in verify_file(log).notes)


def test_a_clock_that_went_backwards_is_noted(log: Path) -> None:
    late = 'replace(CAST(body AS TEXT), \'"at":"20\', \'"at":"99\')'
    tamper(log, f"UPDATE row SET body = CAST({late} AS BLOB) WHERE seq = 8")
    rechain(log, 8)
    assert "the clock went backwards at entry 9" in verify_file(log).notes


def test_flipped_bytes_anywhere_in_the_file_never_make_a_traceback(log: Path) -> None:
    original = log.read_bytes()
    rows = table(log)
    generator = random.Random(7)
    offsets = [*range(120), *(generator.randrange(len(original)) for _ in range(600))]
    for offset in offsets:
        damaged = bytearray(original)
        damaged[offset] ^= 1 << generator.randrange(8)
        log.write_bytes(damaged)
        report = verify_file(log)
        if report.status is Status.GOOD:  # the flip hit bytes that hold no part of any entry
            assert table(log) == rows, offset
        else:
            assert report.status in (Status.TAMPERED, Status.UNREADABLE), offset
            assert report.problem, offset
            assert report.at_seq is not None or report.status is Status.UNREADABLE, offset


def table(path: Path) -> list[tuple[int, bytes, bytes]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as file:
        return file.execute(f"SELECT {COLUMNS} FROM row ORDER BY seq").fetchall()


@pytest.mark.parametrize("size", [0, 1, 99, 100, 512, 4096, 8192, 12_000])
def test_a_truncated_file_never_makes_a_traceback(log: Path, size: int) -> None:
    log.write_bytes(log.read_bytes()[:size])
    report = verify_file(log)
    assert report.status in (Status.TAMPERED, Status.UNREADABLE)
    assert report.problem


def test_what_is_no_log_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    with closing(sqlite3.connect(tmp_path / "other.db")) as file:
        file.execute("CREATE TABLE other (a)")
    with closing(sqlite3.connect(tmp_path / "view.db")) as file:
        file.execute("CREATE VIEW row AS SELECT 1 AS seq, x'' AS body, x'' AS digest")
    for name in ("text", "other.db", "view.db", "missing", ".", "text\x1b"):
        report = verify_file(tmp_path / name)
        assert report.status is Status.UNREADABLE, name
        assert "\x1b" not in report.text
    assert verify_file(tmp_path / "text", head="nonsense").status is Status.UNREADABLE


def test_a_log_that_is_being_written_can_be_verified(tmp_path: Path) -> None:
    async def run() -> None:
        log = await AuditLog.open(tmp_path / "a.db", on_row=None, run_id="r", host_version="1")
        writing = asyncio.gather(*(log.append(note()) for _ in range(500)))
        reports = [await asyncio.to_thread(verify_file, tmp_path / "a.db") for _ in range(5)]
        await writing
        assert {report.status for report in reports} == {Status.GOOD}
        assert verify_file(tmp_path / "a.db").rows == 501
        await log.close()

    asyncio.run(run())


def test_a_log_in_a_folder_without_write_access_can_be_verified(log: Path) -> None:
    log.parent.chmod(0o500)
    try:
        assert verify_file(log).status is Status.GOOD
    finally:
        log.parent.chmod(0o700)


def test_the_verifier_changes_nothing(log: Path) -> None:
    before = log.read_bytes()
    verify_file(log)
    assert log.read_bytes() == before


def test_the_verifier_runs_alone(log: Path, tmp_path: Path) -> None:
    alone = Path(shutil.copy(verify.__file__, tmp_path / "verify.py"))
    command = [sys.executable, "-I", "-S", str(alone), str(log)]
    good = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith(f"good: {TOTAL} entries are in order\n")
    tamper(log, "DELETE FROM row WHERE seq = 9")
    bad = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (bad.returncode, bad.stderr) == (1, "")
    assert "at entry 9: entry 9 is missing" in bad.stdout


def test_the_verifier_imports_only_the_standard_library_and_is_short() -> None:
    source = Path(verify.__file__).read_text(encoding="utf-8")
    assert len(source.splitlines()) < 300
    imported = set[str]()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                imported |= {name.name.partition(".")[0] for name in names}
            case ast.ImportFrom(module=str(module)):
                imported.add(module.partition(".")[0])
            case _:
                continue
    assert imported <= sys.stdlib_module_names


def test_the_command_line_takes_a_checkpoint(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(log), "--head", checkpoint_after(log, 10)]) == 0
    assert "entries newer than 10 can be removed" in capsys.readouterr().out
    assert main([str(log), "--head", "10:" + "0" * 64]) == 1
    assert "is not the one that the checkpoint names" in capsys.readouterr().out


def test_a_report_is_json(log: Path) -> None:
    report = json.loads(json.dumps(verify_file(log).as_json()))
    assert report["status"] == "good"
    assert report["rows"] == TOTAL
