"""What is read of a process is the system's word, whatever the process calls itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ui.sandbox import vitals
from ui.sandbox.vitals import IDLE, ORDINARY, look_at, put_behind

REST = "S 1 7 7 0 -1 4194560 9000 0 0 0 {ticks} 50 0 0 20 0 33 0 100 123456789 2500"


def proc_with(folder: Path, pid: int, name: str, *, ticks: int = 150) -> Path:
    """A `/proc` with one process of that *name*."""
    (folder / str(pid)).mkdir(parents=True)
    (folder / str(pid) / "stat").write_text(f"{pid} ({name}) {REST.format(ticks=ticks)}\n")
    return folder


@pytest.mark.parametrize("name", ["QtWebEngineProc", "a) R 1 1 1 0 -1 0 0 0 0 0 0 0 0 (b", ") S"])
def test_a_name_with_brackets_changes_no_figure(tmp_path: Path, name: str) -> None:
    found = look_at(77, proc_with(tmp_path, 77, name))
    assert found is not None
    assert found.cpu_seconds == 200 / os.sysconf("SC_CLK_TCK")
    assert (found.threads, found.page_faults) == (33, 9000)
    assert found.resident_bytes == 2500 * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("text", ["", "77", "77 (x) S 1", "77 (x) " + "z " * 30, "\x00\xff"])
def test_what_cannot_be_read_blames_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "77").mkdir()
    (tmp_path / "77" / "stat").write_text(text, encoding="latin-1")
    assert look_at(77, tmp_path) is None


@pytest.mark.parametrize("pid", [0, -1])
def test_without_a_process_nobody_is_looked_at_or_put_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pid: int
) -> None:
    """To the system, 0 is whoever asks: this program."""
    proc = proc_with(tmp_path, pid, "x")
    (proc / str(pid) / "task" / "0").mkdir(parents=True)
    moved: list[object] = []
    monkeypatch.setattr(vitals.os, "setpriority", lambda *what: moved.append(what))
    monkeypatch.setattr(vitals.os, "sched_setscheduler", lambda *what: moved.append(what))
    put_behind(pid, IDLE, proc)
    assert (look_at(pid, proc), moved) == (None, [])


@pytest.mark.parametrize(("steps", "idle"), [(ORDINARY, False), (IDLE, True)])
def test_only_what_takes_the_computer_with_others_gets_what_nobody_wants(
    steps: int, idle: bool
) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        put_behind(child.pid, steps)
        assert (os.sched_getscheduler(child.pid) == os.SCHED_IDLE) is idle
    finally:
        child.communicate(b"\n")


def test_every_thread_of_a_process_is_put_behind() -> None:
    """The threads of a renderer do its work; what concerns its first one alone holds back none."""
    code = "import threading; threading.Thread(target=input).start(); print('up', flush=True)"
    pipe = subprocess.PIPE
    child = subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        threads = [int(name) for name in os.listdir(f"/proc/{child.pid}/task")]
        put_behind(child.pid, 7)
        wanted = min(19, os.getpriority(os.PRIO_PROCESS, 0) + 7)
        assert len(threads) == 2
        assert {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads} == {wanted}
    finally:
        child.communicate(b"\n")
