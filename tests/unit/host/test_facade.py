"""The façade keeps its own promises: what an App may be shown, and an end that always ends."""

from __future__ import annotations

import asyncio
from pathlib import Path
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
        self.turns = self.deck = self.pool = self

    async def stop_all(self) -> None:
        self.ended.append("turns")

    async def close_all(self, reason: str = "") -> None:
        self.ended.append("views" if reason else "servers")
        raise StorageError("the disk is full")

    async def finish(self) -> None:
        self.ended.append("log")


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
    assert rooms.ended == ["turns", "views", "servers", "log"]
    assert [type(event) for event in ears.heard] == [ProblemReported, ProblemReported]
