"""The rows of one walk. A plain yes is written with the row that follows it: one commit, not two.

Law: (1) nothing that a decision allows happens before its row is durable; (2) it may wait only
where the next thing to happen is a row (a frame's intent, an end), and only a yes that asks nobody
and takes no grant; (3) both rows are written or neither is, the decision first; a walk that cannot
write them sends nothing. Decision 0024. Loop thread.
"""

from __future__ import annotations

from dataclasses import replace

from mcphost.domain.audit import AuditKind, AuditReceipt, AuditRecord, record_of
from mcphost.domain.decision import Decision, Verdict
from mcphost.domain.json import JsonObject
from mcphost.gate.ports import Rooms
from mcphost.gate.walk import Walk


async def note_decision(
    rooms: Rooms, walk: Walk, decision: Decision, record: AuditRecord, *, uses_grant: bool
) -> None:
    """Write the row of *decision*, or hold it for the row that follows. Raises `StorageError`."""
    plain = decision.verdict is Verdict.ALLOW and not uses_grant and not walk.changed
    walk.held = record
    if not (walk.ahead and plain):
        await settle(rooms, walk)


async def settle(rooms: Rooms, walk: Walk) -> None:
    """From here on the decision is durable. Raises `StorageError`."""
    if walk.held is not None:
        held, walk.held = walk.held, None
        walk.decided_seq = (await rooms.audit.append(held)).seq


async def write(rooms: Rooms, walk: Walk, kind: AuditKind, data: JsonObject) -> AuditReceipt:
    """The next row of the walk, after a decision that waits. Raises `StorageError`."""
    record = _next(walk, kind, data)
    receipt = await rooms.audit.append(record)
    if record.follows is not None:
        walk.decided_seq = receipt.seq - 1
    return receipt


def write_soon(rooms: Rooms, walk: Walk, kind: AuditKind, data: JsonObject) -> None:
    """The same, without waiting."""
    rooms.audit.append_soon(_next(walk, kind, data))


def _next(walk: Walk, kind: AuditKind, data: JsonObject) -> AuditRecord:
    held, walk.held = walk.held, None
    return replace(record_of(walk.action, kind, data), follows=held)
