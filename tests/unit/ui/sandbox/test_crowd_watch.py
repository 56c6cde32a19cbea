"""A renderer that holds the window up is stopped for moments, told of, and goes on to its end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from mcphost.domain.view import IncidentKind
from tests.helpers.engine import Opener
from ui.sandbox import crowd
from ui.sandbox.crowd_watch import CrowdWatch
from ui.sandbox.vitals import Vitals

ASLEEP = "import time; time.sleep(60)"


@dataclass(eq=False)
class Child:
    """A process that stands for a renderer, and what its View was told."""

    pid: int
    refused: int = 0
    cpu: float = 0.0
    held: list[bool] = field(default_factory=list[bool])
    slowed: list[str] = field(default_factory=list[str])
    ended: list[str] = field(default_factory=list[str])

    def set_held(self, held: bool) -> None:
        """Returns when the kernel says so, too."""
        os.waitid(os.P_PID, self.pid, os.WSTOPPED if held else os.WCONTINUED)
        self.held.append(held)

    def slow(self, why: str) -> None:
        self.slowed.append(why)

    def end(self, why: str) -> None:
        self.ended.append(why)


@contextmanager
def child() -> Iterator[Child]:
    process = subprocess.Popen([sys.executable, "-c", ASLEEP])
    try:
        yield Child(process.pid)
    finally:
        process.kill()
        process.wait(30)


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that always counts as late because of its Apps."""
    monkeypatch.setattr(crowd, "LATE_SECONDS", -9.0)
    monkeypatch.setattr(crowd, "BUSY_MAIN", -9.0)


def watch_of(member: Child) -> CrowdWatch:
    def look(_pid: int) -> Vitals:
        member.cpu += 100.0
        return Vitals(cpu_seconds=member.cpu, threads=1, page_faults=0, resident_bytes=0)

    watch = CrowdWatch(look=look)
    watch.join(member)
    return watch


@pytest.mark.usefixtures("qapp", "late")
def test_it_is_stopped_and_runs_again_in_its_turn_and_at_its_end() -> None:
    with child() as member:
        watch = watch_of(member)
        for _ in range(crowd.LATE_LOOKS - 1):
            watch.look_around()
        assert member.held == []
        for _ in range(crowd.TURNS + 1):
            watch.look_around()
        assert "runs in turns" in member.slowed[-1]
        assert member.held[:2] == [True, False]
        watch.leave(member)
        assert member.held[-1] is False


@pytest.mark.usefixtures("qapp", "late")
def test_the_loud_is_ended() -> None:
    with child() as member:
        watch = watch_of(member)
        for _ in range(crowd.LATE_LOOKS):
            member.refused += crowd.LOUD
            watch.look_around()
        assert len(member.ended) == 1
        watch.leave(member)


@pytest.mark.usefixtures("qapp")
def test_nobody_answers_for_a_crowd_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "BUSY_MAIN", 9.0)
    with child() as first, child() as second:
        watch = watch_of(first)
        for _ in range(crowd.CROWDED_LOOKS):
            watch.look_around()
        assert "all Apps together" in first.slowed[-1]
        watch.leave(first)
        watch.join(second)
        watch.look_around()
        assert second.slowed == []
        watch.leave(second)


@pytest.mark.engine
@pytest.mark.usefixtures("late")
def test_a_view_that_is_held_is_told_of_and_closes_as_any_other(
    open_view: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "BUSY", 0.0)
    page = "<script>parent.postMessage({method: 'm', params: 'up'}, '*'); for (;;);</script>"
    view = open_view(page)
    view.saw(IncidentKind.THROTTLED, "runs in turns")
