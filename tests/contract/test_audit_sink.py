"""What every `AuditSink` owes: the real log, and the fakes the other suites lean on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from mcphost.audit.log import AuditLog
from mcphost.domain.audit import AuditReceipt
from mcphost.domain.ports import AuditSink
from tests.helpers.audit_files import note
from tests.helpers.gate_parts import FakeAudit
from tests.helpers.wiretap import MemoryAudit

Opened: TypeAlias = Callable[[Path], AbstractAsyncContextManager[AuditSink]]


@asynccontextmanager
async def real_log(folder: Path) -> AsyncIterator[AuditSink]:
    log = await AuditLog.open(folder / "a.db", on_row=None, run_id="r", host_version="1")
    yield log
    await log.close()


@asynccontextmanager
async def fake_audit(folder: Path) -> AsyncIterator[AuditSink]:
    yield FakeAudit()


@asynccontextmanager
async def memory_audit(folder: Path) -> AsyncIterator[AuditSink]:
    yield MemoryAudit()


EVERY_SINK = pytest.mark.parametrize("opened", [real_log, fake_audit, memory_audit])


@EVERY_SINK
def test_receipts_count_up_by_one(opened: Opened, tmp_path: Path) -> None:
    async def run() -> list[AuditReceipt]:
        async with opened(tmp_path) as sink:
            return [await sink.append(note()) for _ in range(3)]

    first, second, third = asyncio.run(run())
    assert (second.seq, third.seq) == (first.seq + 1, first.seq + 2)
    assert len(first.digest) == 64


@EVERY_SINK
def test_a_record_nobody_waits_for_takes_its_place_in_the_order(
    opened: Opened, tmp_path: Path
) -> None:
    async def run() -> tuple[int, int]:
        async with opened(tmp_path) as sink:
            before = await sink.append(note())
            sink.append_soon(note())
            return before.seq, (await sink.append(note())).seq

    before, after = asyncio.run(run())
    assert after == before + 2


@EVERY_SINK
def test_appends_at_once_all_get_receipts_of_their_own(opened: Opened, tmp_path: Path) -> None:
    async def run() -> list[AuditReceipt]:
        async with opened(tmp_path) as sink:
            return list(await asyncio.gather(*(sink.append(note()) for _ in range(50))))

    assert len({receipt.seq for receipt in asyncio.run(run())}) == 50
