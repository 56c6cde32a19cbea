"""The stand-alone verifier of an audit log: `python verify.py FILE [--head SEQ:DIGEST]`.

Law: standard library only, nothing of ours is imported, so that whoever doubts the program can
check its log without it. The file is opened read-only, beside a running host if need be. Every
entry is checked, in this order:

    1. the entries are numbered 1, 2, 3, … without a gap
    2. its stored digest is SHA-256(0x00 ‖ its bytes)
    3. its bytes repeat its number, where a row of this format has it
    4. its `prev` is the digest of the entry before it (64 zeros for the first)

and, after the last: 5. SQLite finds the file sound; 6. the entry that `--head` names is there, with
that digest. Exit status: 0 good, 1 tampered or damaged (says where), 2 incomplete (no entries, or
fewer than `--head` says), 3 unreadable.

What it cannot find: entries newer than the newest head that was kept *outside* the machine can be
removed, or replaced by someone who computes the chain anew. It does not prove that what was
recorded is complete if the host itself was altered.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sqlite3  # noqa: TID251  (stand-alone: it may not go through our own door)
import sys
from binascii import hexlify
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, cast

GENESIS = "0" * 64
FIELDS = "at data invocation kind lineage mono prev principal run seq server v view"
_LARGEST_ROW = 64 * 1024 * 1024
_UNREADABLE = (sqlite3.Error, sqlite3.Warning, OSError, OverflowError, MemoryError, UnicodeError)
_PREV = b'"prev":"'
_USUAL_END = re.compile(
    rb'","principal":(?>null|"[^"\\]*+"),"run":"[^"\\]*+","seq":([0-9]++),'
    rb'"server":(?>null|"[^"\\]*+"),"v":1,"view":(?>null|"[^"\\]*+")\}'
)
"""Everything after the digest in `prev`, where no text holds a quote or a backslash."""


class Status(IntEnum):
    """The verdict; its value is the exit status."""

    GOOD = 0
    TAMPERED = 1
    INCOMPLETE = 2
    UNREADABLE = 3


class _Altered(Exception):
    """A check failed."""


@dataclass(kw_only=True)
class VerifyReport:
    """What was found. *rows* entries are good; *at_seq* is the entry where it stops being so."""

    status: Status = Status.GOOD
    rows: int = 0
    head: str = GENESIS
    """Digest of the last good entry."""
    at_seq: int | None = None
    problem: str = ""
    notes: list[str] = field(default_factory=list[str])

    @property
    def checkpoint(self) -> str:
        """`SEQ:DIGEST`, to be kept outside the machine and given back as `--head`."""
        return f"{self.rows}:{self.head}"

    @property
    def exit_code(self) -> int:
        """0 good, 1 tampered or damaged, 2 incomplete, 3 unreadable."""
        return int(self.status)

    @property
    def text(self) -> str:
        """The whole report for a terminal."""
        lines = [f"{self.status.name.lower()}: {self.rows} entries are in order"]
        if self.problem:
            place = "" if self.at_seq is None else f"at entry {self.at_seq}: "
            lines.append(f"{place}{self.problem}")
        lines.extend(f"note: {note}" for note in self.notes)
        if self.rows:
            lines.append(f"checkpoint {self.checkpoint}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The whole report for a program."""
        return {**asdict(self), "status": self.status.name.lower(), "checkpoint": self.checkpoint}


class _Runs:
    """Which runs began and did not end. A note, no verdict: a log may be read while it grows."""

    def __init__(self) -> None:
        self._open: set[str] = set()

    def follow(self, body: bytes) -> None:
        row = _parsed(body)
        if row.get("kind") == "run_started":
            self._open.add(_short(row.get("run")))
        elif row.get("kind") == "run_ended":
            self._open.discard(_short(row.get("run")))

    def notes(self) -> list[str]:
        if not self._open:
            return []
        names = ", ".join(sorted(self._open)[:5])
        why = "still running, killed, or the end was removed"
        return [f"{len(self._open)} run(s) without an end ({why}): {names}"]


def verify_file(path: str | Path, *, head: str | None = None) -> VerifyReport:
    """Check the log at *path*, against the checkpoint *head* (`SEQ:DIGEST`) if there is one."""
    report = VerifyReport()
    try:
        expected = _parse_head(head)
        connection = _open(Path(path))
    except (ValueError, *_UNREADABLE) as error:
        report.status = Status.UNREADABLE
        report.problem = f"{_short(str(path))} is unreadable: {_short(str(error))}"
        return report
    try:
        _check_rows(connection, report, expected)
        _check_file(connection)
        _check_end(report, expected)
    except (_Altered, *_UNREADABLE) as error:
        report.status, report.at_seq = Status.TAMPERED, report.at_seq or report.rows + 1
        known = isinstance(error, _Altered)
        report.problem = str(error) if known else f"the file is damaged: {_short(str(error))}"
    finally:
        connection.close()
    return report


def _open(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise OSError("there is no such file")
    location = f"{path.absolute().as_uri()}?mode=ro"
    try:
        return _connect(location)
    except sqlite3.OperationalError:
        if path.with_name(path.name + "-wal").exists():
            raise
        # On a read-only medium SQLite cannot share a WAL file, but it can read it alone.
        return _connect(f"{location}&immutable=1")


def _connect(location: str) -> sqlite3.Connection:
    connection = sqlite3.connect(location, uri=True, timeout=10.0, isolation_level=None)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_ROW)
        connection.execute("PRAGMA trusted_schema=OFF")
        columns = connection.execute("PRAGMA table_info(row)").fetchall()
        kinds = connection.execute("SELECT type FROM sqlite_schema WHERE name = 'row'").fetchall()
        if [column[1] for column in columns] != ["seq", "body", "digest"] or kinds != [("table",)]:
            raise OSError("it holds no audit log")
        return connection
    except BaseException:
        connection.close()
        raise


def _check_rows(
    connection: sqlite3.Connection, report: VerifyReport, expected: tuple[int, str] | None
) -> None:
    """Checks 1 to 4. Rows as the host usually writes them are checked right here, for speed; every
    other one by `_check_row`, which says what is wrong, if anything is.
    """
    cursor: Iterable[tuple[Any, Any, Any]] = connection.execute(
        "SELECT seq, body, digest FROM row ORDER BY seq"
    )
    runs, latest, prev = _Runs(), b"", GENESIS.encode()
    sha256, usual_end, mark = hashlib.sha256, _USUAL_END.fullmatch, expected and expected[0]
    try:
        for number, (seq, body, stored) in enumerate(cursor, 1):
            good = False
            if type(body) is bytes:
                digest = sha256(b"\x00" + body).digest()
                # A raw `"prev":"` cannot occur inside a JSON string, and only texts and numbers
                # follow the row's own one: the last is it.
                at = body.rfind(_PREV) + 8
                end = usual_end(body, at + 64)
                good = end is not None and end[1] == b"%d" % number and seq == number
                good = good and digest == stored and body[at : at + 64] == prev
                prev = hexlify(digest) if good else prev
            if not good:
                prev = _check_row(number, prev.decode(), seq, body, stored).encode()
            report.rows = number
            if number == mark and expected is not None and expected[1] != prev.decode():
                report.at_seq = number
                raise _Altered(f"entry {number} is not the one that the checkpoint names")
            if body < latest and body[:36] < latest[:36] and len(report.notes) < 20:
                report.notes.append(f"the clock went backwards at entry {number}")
            latest = body
            if b'"kind":"run_' in body:
                runs.follow(body)
    finally:
        report.head = prev.decode()
    report.notes.extend(runs.notes())


def _check_row(number: int, prev: str, seq: object, body: object, stored: object) -> str:
    """Checks 1 to 4 for one entry, slowly and in words; returns its digest."""
    if seq != number or type(body) is not bytes:
        raise _Altered(f"entry {number} is missing: what comes next is {_short(seq)}")
    digest = hashlib.sha256(b"\x00" + body)
    if digest.digest() != stored:
        raise _Altered(f"entry {number} was changed: its bytes do not match its digest")
    named_prev, named_seq = _parse_row(number, body)
    if named_seq != number:
        raise _Altered(f"entry {number} says that it is entry {named_seq}: the order was changed")
    if named_prev != prev:
        raise _Altered(f"entry {number} does not follow from the entry before it")
    return digest.hexdigest()


def _parse_row(number: int, body: bytes) -> tuple[str, int]:
    fields = _parsed(body)
    prev, seq = fields.get("prev"), fields.get("seq")
    usual = " ".join(sorted(fields)) == FIELDS and fields["v"] == 1
    if not (usual and isinstance(prev, str) and isinstance(seq, int)):
        raise _Altered(f"entry {number} is not a row of this format")
    return prev, seq


def _parsed(body: bytes) -> dict[str, Any]:
    """The fields of a row; none when it is not one."""
    try:
        row: Any = json.loads(body)
        return cast("dict[str, Any]", row) if isinstance(row, dict) else {}
    except (ValueError, RecursionError):
        return {}


def _check_file(connection: sqlite3.Connection) -> None:
    """Check 5: a page that lost its last entries looks whole to the checks before."""
    for (finding,) in connection.execute("PRAGMA quick_check(1)"):
        if finding != "ok":
            raise _Altered(f"the file is damaged: {_short(finding)}")
    triggers = connection.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'")
    if triggers.fetchone() != (2,):
        raise _Altered("the triggers that refuse changes are not as the host made them")


def _check_end(report: VerifyReport, expected: tuple[int, str] | None) -> None:
    """Check 6, and what follows for the entries at the end."""
    if expected is None:
        report.notes.append(
            "no checkpoint was given: entries at the end can be removed, or the whole log written "
            "anew, without being found. Keep the checkpoint line on another machine."
        )
    else:
        report.notes.append(
            f"entries newer than {expected[0]} can be removed, or replaced by whoever can write "
            "the file, without being found"
        )
    if expected is not None and report.rows < expected[0]:
        report.status, report.at_seq = Status.INCOMPLETE, report.rows + 1
        report.problem = f"entries {report.rows + 1} to {expected[0]} are missing at the end"
    elif report.rows == 0:
        report.status, report.at_seq = Status.INCOMPLETE, 1
        report.problem = "the log has no entries"


def _parse_head(head: str | None) -> tuple[int, str] | None:
    if head is None:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,15}):([0-9a-f]{64})", head)
    if found is None:
        raise ValueError("--head is not of the form SEQ:DIGEST")
    return int(found[1]), found[2]


def _short(value: object) -> str:
    return ascii(value)[:160]


def main(arguments: list[str] | None = None) -> int:
    """Verify the file named on the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description="Verify an mcphost audit log.")
    parser.add_argument("file")
    parser.add_argument("--head", metavar="SEQ:DIGEST", help="checkpoint kept outside this machine")
    named = parser.parse_args(arguments)
    report = verify_file(named.file, head=named.head)
    sys.stdout.write(report.text + "\n")
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
