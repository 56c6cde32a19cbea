"""Audit logs made for tests: whole ones, and the means to tamper with them."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from mcphost.audit.log import AuditLog
from mcphost.audit.row import row_digest
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.json import canonical_bytes


def note(text: str = "x") -> AuditRecord:
    """A record that means nothing."""
    return AuditRecord(kind=AuditKind.SETTING_CHANGED, data={"name": text})


def make_log(path: Path, rows: int, *, text: str = "n") -> Path:
    """A closed log of one run: `run_started`, *rows* notes, `run_ended`."""

    async def write() -> None:
        log = await AuditLog.open(path, on_row=None, run_id="run", host_version="1")
        await asyncio.gather(*(log.append(note(f"{text}{number}")) for number in range(rows)))
        await log.close()

    asyncio.run(write())
    return path


def tamper(path: Path, *statements: str) -> None:
    """Run *statements* on the file without its triggers, which are then put back."""
    with closing(sqlite3.connect(path)) as file:
        triggers = file.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        kept = triggers.fetchall()
        for name, _ in kept:
            file.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            file.execute(statement)
        for _, sql in kept:
            file.execute(sql)
        file.commit()


def rechain(path: Path, start: int) -> None:
    """Compute the chain anew from row *start*: what a forger does who has no key to steal."""
    with closing(sqlite3.connect(path)) as file:
        rows = file.execute("SELECT body FROM row ORDER BY seq").fetchall()
    bodies: list[dict[str, Any]] = [json.loads(body) for (body,) in rows]
    prev, updates = "0" * 64, list[str]()
    for seq, body in enumerate(bodies, 1):
        if seq >= start:
            body |= {"seq": seq, "prev": prev}
        data = canonical_bytes(body)
        prev = row_digest(data)
        updates.append(f"INSERT INTO row VALUES ({seq}, x'{data.hex()}', x'{prev}')")
    tamper(path, "DELETE FROM row", *updates)


def checkpoint_after(path: Path, seq: int) -> str:
    """`SEQ:DIGEST` of the row *seq*, as somebody kept it elsewhere."""
    with closing(sqlite3.connect(path)) as file:
        [(digest,)] = file.execute("SELECT digest FROM row WHERE seq = ?", (seq,)).fetchall()
    return f"{seq}:{digest.hex()}"
