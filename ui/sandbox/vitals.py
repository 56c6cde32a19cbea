"""What a renderer uses: processor time, threads, memory. And how it is put behind everything else.

Law: only exactly the pid that the page names is looked at. `/proc` is Linux; elsewhere nothing is
known, which blames nobody: there, only unanswered questions count. Main thread; each look reads
one line.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ORDINARY, BUSY, LAST, IDLE = 5, 10, 19, 20
"""Steps by which a renderer waits behind the window: always; when it keeps the processor busy; when
it does not even answer; when it takes the computer together with others (it then gets what nobody
else wants). An ordinary account cannot take them back.
"""
_PROC = Path("/proc")
_LONGEST = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """One look at a process."""

    cpu_seconds: float
    threads: int
    page_faults: int
    resident_bytes: int


def look_at(pid: int, proc: Path = _PROC) -> Vitals | None:
    """How *pid* is; None when it is gone or this system does not tell."""
    if sys.platform != "linux" or pid <= 0:
        return None
    try:
        fields = _line(proc / str(pid) / "stat").rpartition(b")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return Vitals(
            cpu_seconds=ticks / os.sysconf("SC_CLK_TCK"),
            threads=int(fields[17]),
            page_faults=int(fields[7]),
            resident_bytes=int(fields[21]) * os.sysconf("SC_PAGE_SIZE"),
        )
    except (OSError, ValueError, IndexError):
        return None


def _line(path: Path) -> bytes:
    """In as few calls of the system as it takes: at each, the other thread may take the
    interpreter, and many Apps are looked at many times a second.
    """
    file = os.open(path, os.O_RDONLY)
    try:
        return os.read(file, _LONGEST)
    finally:
        os.close(file)


def put_behind(pid: int, steps: int, proc: Path = _PROC) -> None:
    """Let every thread of *pid* wait behind this process by *steps*. New threads inherit it."""
    if sys.platform != "linux" or pid <= 0:
        return
    nice = min(19, os.getpriority(os.PRIO_PROCESS, 0) + steps)
    with suppress(OSError):  # it is gone, and so are its threads
        for thread in (proc / str(pid) / "task").iterdir():
            with suppress(OSError, ValueError):
                os.setpriority(os.PRIO_PROCESS, int(thread.name), nice)
                if steps == IDLE:
                    os.sched_setscheduler(int(thread.name), os.SCHED_IDLE, os.sched_param(0))
