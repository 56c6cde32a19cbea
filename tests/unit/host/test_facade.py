"""The façade keeps its own promises: what an App may be shown, and an end that always ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mcphost.domain.consent import Answer
from mcphost.domain.conversation import RunState
from mcphost.domain.errors import StorageError, UserFacingError
from mcphost.domain.events import Event, ProblemReported, ViewOpened
from mcphost.host import DEMO_KEY, Host
from tests.helpers.core import TestPerson, core


def test_a_refused_call_is_not_shown_to_its_app_even_when_its_template_is_approved_later(
    tmp_path: Path,
) -> None:
    with core(tmp_path, person=TestPerson(answer=Answer.DENY)) as made:
        made.run(made.host.connect(DEMO_KEY))
        talk = made.run(made.host.new_conversation("water"))
        arguments = {"bed_id": "herbs", "litres": 2}
        run = made.run(made.host.run_tool(talk, DEMO_KEY, "record_watering", arguments))
        assert run.state is RunState.REFUSED
        for review in made.run(made.host.templates()):
            made.run(made.host.review_template(review.pin, True))
        with pytest.raises(UserFacingError, match="no result"):
            made.run(made.host.open_view(talk, run.id))
        assert made.seen(ViewOpened) == []


class FullDisk:
    """Rooms of a host whose log cannot be written any more."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.turns = self.deck = self.pool = self.runner = self

    async def leave(self) -> None:
        self.ended.append("runs")

    async def stop_all(self) -> None:
        self.ended.append("turns")

    async def close(self) -> None:
        self.ended.append("ears")

    async def close_all(self, reason: str = "") -> None:
        self.ended.append("views" if reason else "servers")
        raise StorageError("the disk is full")

    async def finish(self) -> None:
        self.ended.append("log")

    @property
    def fleet(self) -> Any:
        return SimpleNamespace(stop_restarting=lambda: None, close=self.close)


class Ears:
    """Settings that only listen."""

    def __init__(self) -> None:
        self.heard: list[Event] = []

    def events(self, event: Event) -> None:
        self.heard.append(event)


def test_a_full_disk_leaves_no_part_of_the_host_running() -> None:
    rooms, ears = FullDisk(), Ears()
    parts: tuple[Any, Any] = (ears, rooms)
    asyncio.run(Host(*parts).stop())
    assert rooms.ended == ["runs", "turns", "views", "ears", "servers", "log"]
    assert [type(event) for event in ears.heard] == [ProblemReported, ProblemReported]


class SlowLog:
    """Notes the threads on which it is read."""

    def __init__(self) -> None:
        self.audit, self.run_id = self, "run"
        self.readers: set[str] = set()

    def tail(self, _count: int) -> list[Any]:
        self.readers.add(threading.current_thread().name)
        return []

    def rows(self, _run: str) -> Iterator[bytes]:
        self.readers.add(threading.current_thread().name)
        yield b"{}"


def test_a_long_log_is_read_off_the_loop() -> None:
    log = SlowLog()
    parts: tuple[Any, Any] = (Ears(), log)
    host = Host(*parts)
    assert asyncio.run(host.audit_tail(10)) == []
    assert asyncio.run(host.run_rows()) == [b"{}"]
    assert log.readers
    assert threading.current_thread().name not in log.readers
