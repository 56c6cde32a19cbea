"""Interrupts of a headless run that come at an awkward moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mcphost.cli import session
from mcphost.domain.errors import HostBugError
from mcphost.host import Host, HostSettings
from mcphost.runtime import Runtime

SLEEPER = """
import asyncio, os, signal, threading
from mcphost.cli import session
from mcphost.runtime import Runtime

async def forever():
    threading.Timer(0, os.kill, (os.getpid(), signal.SIGINT)).start()
    await asyncio.Event().wait()

# Another thread takes the signal, so that the one that waits is not woken: as when it came just
# before the wait began.
runtime = Runtime()
runtime.start()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
try:
    session._wait(runtime.submit(forever()))
except KeyboardInterrupt:
    print("interrupted")
runtime.stop()
"""


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    started = Runtime()
    started.start()
    yield started
    started.stop()


def test_an_interrupt_that_wakes_nobody_is_noticed() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SLEEPER], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stdout == "interrupted\n", ended.stderr


def test_an_interrupt_that_also_ends_what_the_host_is_made_of_is_an_interrupt(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def create(_settings: HostSettings) -> Host:
        os.kill(os.getpid(), signal.SIGINT)
        raise HostBugError("the schema checker could not be started")

    monkeypatch.setattr(Host, "create", create)
    with pytest.raises(KeyboardInterrupt):
        session._made(runtime, None)  # pyright: ignore
