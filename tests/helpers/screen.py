"""A real X server without a screen, programs on it that talk in JSON lines, and xdotool."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

WAIT = 60.0
"""Generous: the wait ends with the line, and a loaded machine is slow to start a window."""


class Program:
    """A Python module on a display; `next` waits for its next line that has *key*."""

    def __init__(self, screen: Screen, module: str, *arguments: str) -> None:
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=screen.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.seen: list[dict[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def next(self, key: str) -> Any:
        while True:
            line = self._lines.get(timeout=WAIT)
            if line is None:
                raise AssertionError(f"it ended without saying {key}: {self.seen}")
            said = json.loads(line)
            self.seen.append(said)
            if key in said:
                return said

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(WAIT)
        if self.process.stdout is not None:
            self.process.stdout.close()


class Screen:
    """One X server."""

    def __init__(self, display: str) -> None:
        self.environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}

    def xdotool(self, *words: str | int) -> None:
        command = ["xdotool", *map(str, words)]
        subprocess.run(command, env=self.environment, check=True, timeout=WAIT)


@contextmanager
def real_screen() -> Iterator[tuple[Screen, ExitStack]]:
    """Start an X server; programs that are pushed on the stack end before it does."""
    reading, writing = os.pipe()
    size = ["-screen", "0", "1200x900x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), *size], pass_fds=[writing], stderr=subprocess.DEVNULL
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as told, ExitStack() as programs:
            number = told.readline().strip()
            assert number, "Xvfb did not start"
            yield Screen(f":{number}"), programs
    finally:
        server.terminate()
        server.wait(WAIT)
