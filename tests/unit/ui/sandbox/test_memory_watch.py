"""Who holds the memory of all is ended, and nobody else; what is not known blames nobody."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ui.sandbox.memory_watch import MemoryWatch
from ui.sandbox.vitals import Vitals, look_at, put_behind

MIB = 1 << 20


class World:
    """Three Views with pids 1 to 3, and this process."""

    def __init__(self) -> None:
        self.faults = {1: 0, 2: 0, 3: 0}
        self.resident = {1: 90 * MIB, 2: 90 * MIB, 3: 90 * MIB}
        self.own = 200 * MIB
        self.ended: list[int] = []
        self.watch = MemoryWatch(look=self.look, own_limit=100 * MIB, all_limit=500 * MIB)
        for pid in self.faults:
            self.watch.join(pid, lambda pid=pid: pid, lambda _why, pid=pid: self.end(pid))

    def look(self, pid: int) -> Vitals | None:
        own = pid == os.getpid()
        return Vitals(
            cpu_seconds=0.0,
            threads=1,
            page_faults=self.faults.get(pid, 0),
            resident_bytes=self.own if own else self.resident[pid],
        )

    def end(self, pid: int) -> None:
        self.ended.append(pid)
        self.watch.leave(pid)


@pytest.fixture
def world(qapp: object) -> World:
    return World()


def test_what_stays_within_the_budget_ends_nobody(world: World) -> None:
    world.own += 99 * MIB
    for _ in range(10):
        world.watch.look_around()
    assert world.ended == []


def test_the_one_that_touched_the_most_memory_meanwhile_is_ended(world: World) -> None:
    world.faults = {1: 900_000, 2: 10, 3: 10}
    world.watch.look_around()  # the first one did that long before the program grew
    world.own += 150 * MIB
    world.faults = {1: 900_010, 2: 50_000, 3: 20}
    world.watch.look_around()
    assert world.ended == [2]


def test_the_next_one_follows_when_memory_does_not_come_back(world: World) -> None:
    world.own += 150 * MIB
    world.faults = {1: 5, 2: 50_000, 3: 20}
    world.watch.look_around()
    world.watch.look_around()
    assert world.ended == [2]
    for _ in range(5):
        world.watch.look_around()
    assert world.ended == [2, 3]


def test_the_largest_is_ended_when_all_together_hold_too_much(world: World) -> None:
    world.resident[3] = 400 * MIB
    world.watch.look_around()
    assert world.ended == [3]


def test_where_nothing_is_known_nobody_is_ended(qapp: object) -> None:
    ended: list[str] = []
    watch = MemoryWatch(look=lambda _pid: None, own_limit=0, all_limit=0)
    watch.join("view", lambda: 1, ended.append)
    watch.look_around()
    watch.leave("view")
    assert ended == []


def test_a_look_at_a_process_tells_what_the_system_says_of_it() -> None:
    own = look_at(os.getpid())
    assert own is not None
    assert own.threads >= 1
    assert own.resident_bytes > MIB
    assert own.cpu_seconds > 0
    assert own.page_faults > 0
    assert look_at(0) is None
    assert look_at(2**22 + 1) is None


def test_a_process_is_put_behind_this_one_and_a_gone_one_is_no_error() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    put_behind(child.pid, 7)
    wanted = min(19, os.getpriority(os.PRIO_PROCESS, 0) + 7)
    assert os.getpriority(os.PRIO_PROCESS, child.pid) == wanted
    child.communicate(b"\n")
    put_behind(child.pid, 7)
