"""P7: what was acknowledged survives the death of the process, and the chain with it."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from mcphost.audit.verify import Status, verify_file

TRIALS = 20
CHILD = """
import asyncio, sys
from pathlib import Path
from mcphost.audit.log import AuditLog
from mcphost.domain.audit import AuditKind, AuditRecord

async def main():
    log = await AuditLog.open(Path(sys.argv[1]), on_row=None, run_id=sys.argv[2], host_version="1")
    async def forever(name):
        while True:
            record = AuditRecord(kind=AuditKind.FRAME_INTENDED, data={"name": name})
            receipt = await log.append(record)
            print(receipt.seq, receipt.digest, flush=True)
    await asyncio.gather(*(forever(f"task {n}") for n in range(4)))

asyncio.run(main())
"""


def killed_while_appending(path: Path, trial: int, lines: int) -> list[tuple[int, str]]:
    """Start a child that appends for ever, kill it, and return what it had acknowledged."""
    command = [sys.executable, "-c", CHILD, str(path), f"run {trial}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        acknowledged = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        acknowledged += child.stdout.readlines()
    whole = [line.split() for line in acknowledged if line.endswith("\n")]
    return [(int(seq), digest) for seq, digest in whole]


def stored(path: Path) -> dict[int, str]:
    with closing(sqlite3.connect(path)) as file:
        rows = file.execute("SELECT seq, digest FROM row").fetchall()
    return {seq: digest.hex() for seq, digest in rows}


def test_p7_no_acknowledged_row_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    generator = random.Random(1)
    acknowledged: list[tuple[int, str]] = []
    for trial in range(TRIALS):
        acknowledged += killed_while_appending(path, trial, generator.randrange(1, 60))
        report = verify_file(path)
        assert report.status is Status.GOOD, report.text
    rows = stored(path)
    assert [seq for seq, digest in acknowledged if rows.get(seq) != digest] == []
    assert len(acknowledged) >= TRIALS
    assert any(f"{TRIALS} run(s) without an end" in words for words in verify_file(path).notes)


def test_processes_that_append_at_once_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    commands = [[sys.executable, "-c", CHILD, str(path), f"run {n}"] for n in range(3)]
    children = [subprocess.Popen(one, stdout=subprocess.PIPE, text=True) for one in commands]
    acknowledged: list[str] = []
    for child in children:
        assert child.stdout is not None
        acknowledged += [child.stdout.readline() for _ in range(100)]
    for child in children:
        child.kill()
        child.communicate(timeout=30)
    rows = stored(path)
    assert verify_file(path).status is Status.GOOD
    for line in acknowledged:
        seq, digest = line.split()
        assert rows[int(seq)] == digest


FULL = """
import asyncio, resource, sys
from pathlib import Path
from mcphost.audit.log import AuditLog
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.errors import StorageError

async def main():
    log = await AuditLog.open(Path(sys.argv[1]), on_row=None, run_id="run", host_version="1")
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    record = AuditRecord(kind=AuditKind.FRAME_INTENDED, data={"text": "x" * 1_000})
    try:
        while True:
            receipt = await log.append(record)
            print(receipt.seq, receipt.digest, flush=True)
    except StorageError:
        print("refused", flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    try:
        await log.append(record)
    except StorageError as error:
        print("still", error, flush=True)
    await log.close()

asyncio.run(main())
"""


def test_when_the_file_cannot_grow_the_log_refuses_until_it_is_reopened(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    command = [sys.executable, "-c", FULL, str(path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    *acknowledged, refused, still = run.stdout.splitlines()
    assert refused == "refused"
    assert still.startswith("still the audit log")
    rows = stored(path)
    assert len(acknowledged) > 10
    assert all(rows[int(line.split()[0])] == line.split()[1] for line in acknowledged)
    assert verify_file(path).status is Status.GOOD
