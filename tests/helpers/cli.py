"""The `mcphost` command as a user runs it: a process of its own, a home of its own, bounded time.

No run may leave a traceback on its standard error: that is checked here, for every run.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from mcphost.audit.export import export_lines

PATIENCE = 60.0
"""Seconds that every command is given at least: on a busy machine all takes many times as long."""
COMMAND = Path(sys.executable).with_name("mcphost")
_ENGINE_CHATTER = re.compile(r"^(\[\d+:\d+:\d{4}/|GPUInfo not initialized)")
"""Lines that Chromium writes itself where there is no system bus and no graphics card."""
BLOCKER = """
import sys
class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("PySide6", "shiboken6"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, NoQt())
"""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a run left behind. *peak_mib* is the largest resident size of the command itself."""

    code: int
    out: str
    err: str
    seconds: float
    peak_mib: float

    @property
    def said(self) -> list[str]:
        """The lines on standard error that are ours."""
        return [line for line in self.err.splitlines() if not _ENGINE_CHATTER.match(line)]

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line beginning with `mcphost:`. There must be exactly one."""
        lines = [line for line in self.said if line.startswith("mcphost: ")]
        assert len(lines) == 1, self.err
        return lines[0]


@dataclass(slots=True)
class Cli:
    """Runs commands against one home."""

    home: Path
    env: dict[str, str] = field(default_factory=dict[str, str])

    def run(self, *words: str | Path, seconds: float = 60.0) -> Finished:
        """One command to its end, at most *seconds*."""
        with self.started(*words) as running:
            return running.finish(seconds)

    @contextmanager
    def started(self, *words: str | Path) -> Iterator[Running]:
        """A command that is running; it has ended when the block is left."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(
                [COMMAND, *map(str, words)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=self.environment(),
                start_new_session=True,
            )
            running = Running(process, out, err)
            try:
                yield running
            finally:
                running.end()

    def rows(self, kind: str = "") -> list[dict[str, Any]]:
        """Every row of the log, of one kind or of all."""
        parsed = [json.loads(line) for line in export_lines(self.home / "audit.db")]
        return [row for row in parsed if not kind or row["kind"] == kind]

    def without_qt(self, folder: Path) -> Cli:
        """The same home, where PySide6 cannot be imported."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sitecustomize.py").write_text(BLOCKER, encoding="utf-8")
        path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
        return Cli(self.home, {**self.env, "PYTHONPATH": path})

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("MCPHOST_", "QT"))}
        return {**kept, "MCPHOST_HOME": str(self.home), **self.env}


class Running:
    """A command that has been started."""

    def __init__(self, process: subprocess.Popen[bytes], out: BinaryIO, err: BinaryIO) -> None:
        self.process = process
        self._out, self._err = out, err
        self._began = time.monotonic()

    def interrupt(self) -> None:
        """What Ctrl+C does: to the whole group of the terminal."""
        os.killpg(self.process.pid, signal.SIGINT)

    def said(self) -> str:
        """Standard error so far."""
        return os.pread(self._err.fileno(), 1_000_000, 0).decode(errors="replace")

    def finish(self, seconds: float) -> Finished:
        """Wait for the end."""
        peak = 0.0

        def ended() -> bool:
            nonlocal peak
            peak = max(peak, _largest_mib(self.process.pid))
            pid, status = os.waitpid(self.process.pid, os.WNOHANG)
            if pid:
                self.process.returncode = os.waitstatus_to_exitcode(status)
            return bool(pid)

        if not until(ended, max(seconds, PATIENCE)):
            self.end()
            pytest.fail(f"still running after {seconds:g} s; it had said: {self.said()}")
        took = time.monotonic() - self._began
        out = os.pread(self._out.fileno(), 50_000_000, 0).decode()
        assert "Traceback" not in self.said(), self.said()
        return Finished(self.process.returncode, out, self.said(), took, peak)

    def end(self) -> None:
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _largest_mib(pid: int) -> float:
    """The largest resident size so far. Not `ru_maxrss`: that begins with what the test process
    itself held when it started the command.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether *condition* came true within *seconds*."""
    never, deadline = threading.Event(), time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        never.wait(0.02)
    return True


def processes_with(mark: str) -> list[int]:
    """The processes whose command line holds *mark*."""
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found
