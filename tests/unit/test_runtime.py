"""The loop thread keeps its law."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from mcphost.runtime import Runtime


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    made = Runtime()
    made.start()
    yield made
    made.stop()


def test_work_runs_on_the_loop_thread(runtime: Runtime) -> None:
    async def where() -> str:
        return threading.current_thread().name

    assert runtime.submit(where()).result(5) == "mcphost-asyncio"


def test_posted_calls_keep_their_order(runtime: Runtime) -> None:
    seen: list[int] = []
    for number in range(100):
        runtime.post(seen.append, number)

    async def barrier() -> None: ...

    runtime.submit(barrier()).result(5)
    assert seen == list(range(100))


def test_stopping_cancels_what_is_left_and_leaves_no_thread() -> None:
    runtime = Runtime()
    runtime.start()
    ended = threading.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    runtime.submit(endless())

    async def barrier() -> None: ...

    runtime.submit(barrier()).result(5)
    runtime.stop()
    assert ended.is_set()
    assert all(t.name != "mcphost-asyncio" for t in threading.enumerate())


def test_work_submitted_after_stopping_is_cancelled_not_lost() -> None:
    runtime = Runtime()
    runtime.start()
    runtime.stop()

    async def late() -> None: ...

    assert runtime.submit(late()).cancelled()


@pytest.mark.expects_log("background task fails failed")
def test_a_failing_background_task_is_reported() -> None:
    reported = threading.Event()
    runtime = Runtime(on_failure=lambda _name, _error: reported.set())
    runtime.start()

    async def fails() -> None:
        raise ValueError("boom")

    async def begin() -> None:
        runtime.spawn(fails(), name="fails")

    runtime.submit(begin()).result(5)
    assert reported.wait(5)
    runtime.stop()


_STUBBORN = """
import asyncio, threading
from mcphost.runtime import Runtime

begun = threading.Event()

async def stubborn():
    begun.set()
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass

def ignore():
    runtime.spawn(stubborn(), name="stubborn")

def block():
    begun.set()
    threading.Event().wait()

runtime = Runtime()
runtime.start()
runtime.post({WORK})
assert begun.wait(10)
runtime.stop(1.0)
print("stopped", flush=True)
"""


@pytest.mark.parametrize(
    ("work", "said"),
    [("ignore", "the task stubborn ignored its cancellation"), ("block", "did not stop within")],
)
def test_what_does_not_end_when_told_is_named_and_the_process_exits(work: str, said: str) -> None:
    program = _STUBBORN.replace("{WORK}", work)
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 0
    assert ended.stdout == "stopped\n"
    assert said in ended.stderr
