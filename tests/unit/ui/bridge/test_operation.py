"""Commands in flight: they end once, on the main thread, and die with their parent."""

from __future__ import annotations

import asyncio
import inspect
import threading

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from mcphost.domain.errors import HostBugError, NotConfigured
from mcphost.runtime import Runtime
from ui.bridge.operation import Operation


async def _give(value: object) -> object:
    await asyncio.sleep(0)
    return value


async def _fail(error: Exception) -> None:
    raise error


def test_a_result_arrives_on_the_main_thread(qtbot: QtBot, runtime: Runtime) -> None:
    owner = QObject()
    seen: list[object] = []
    operation = Operation(runtime, _give((1, "two")), owner)
    operation.succeeded.connect(lambda value: seen.extend((value, threading.current_thread())))
    with qtbot.waitSignal(operation.finished, timeout=5_000):
        pass
    assert seen == [(1, "two"), threading.main_thread()]


def test_a_result_that_is_already_there_is_not_missed(qtbot: QtBot, runtime: Runtime) -> None:
    ended = threading.Event()

    async def work() -> int:
        ended.set()
        return 7

    owner = QObject()
    operation = Operation(runtime, work(), owner)
    assert ended.wait(5)
    with qtbot.waitSignal(operation.succeeded, timeout=5_000) as caught:
        pass
    assert caught.args == [7]


def test_an_error_of_ours_arrives_as_it_is(qtbot: QtBot, runtime: Runtime) -> None:
    owner = QObject()
    operation = Operation(runtime, _fail(NotConfigured("no such server")), owner)
    with qtbot.waitSignal(operation.failed, timeout=5_000) as caught:
        pass
    assert isinstance(caught.args[0], NotConfigured)


@pytest.mark.expects_log("an operation failed unexpectedly")
def test_a_foreign_error_is_logged_and_hidden(qtbot: QtBot, runtime: Runtime) -> None:
    owner = QObject()
    operation = Operation(runtime, _fail(KeyError("secret")), owner)
    with qtbot.waitSignal(operation.failed, timeout=5_000) as caught:
        pass
    assert isinstance(caught.args[0], HostBugError)
    assert "secret" not in str(caught.args[0])


def test_a_cancelled_operation_only_finishes(qtbot: QtBot, runtime: Runtime) -> None:
    owner = QObject()
    seen: list[object] = []
    operation = Operation(runtime, asyncio.sleep(60), owner)
    operation.succeeded.connect(seen.append)
    operation.failed.connect(seen.append)
    with qtbot.waitSignal(operation.finished, timeout=5_000):
        operation.cancel()
    assert seen == []


def test_the_coroutine_is_cancelled_when_the_parent_dies(qtbot: QtBot, runtime: Runtime) -> None:
    started, cancelled = threading.Event(), threading.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    owner = QObject()
    Operation(runtime, work(), owner)
    assert started.wait(5)
    owner.deleteLater()
    qtbot.waitUntil(cancelled.is_set, timeout=5_000)


def test_parents_that_die_at_any_moment_are_no_trouble(qtbot: QtBot, runtime: Runtime) -> None:
    for _ in range(200):
        gone = QObject()
        Operation(runtime, _give(1), gone)
        gone.deleteLater()
    del gone
    owner = QObject()
    with qtbot.waitSignal(Operation(runtime, _give(2), owner).finished, timeout=5_000):
        pass


def test_a_coroutine_cancelled_before_its_first_step_is_closed(
    qtbot: QtBot, runtime: Runtime
) -> None:
    busy = threading.Event()
    runtime.post(busy.wait, 5)
    work, owner = _give(1), QObject()
    operation = Operation(runtime, work, owner)
    operation.cancel()
    busy.set()
    with qtbot.waitSignal(operation.finished, timeout=5_000):
        pass
    qtbot.waitUntil(lambda: inspect.getcoroutinestate(work) == inspect.CORO_CLOSED, timeout=5_000)


def test_a_listener_may_delete_the_parent(qtbot: QtBot, runtime: Runtime) -> None:
    owner, other = QObject(), QObject()
    operation = Operation(runtime, _give(1), owner)
    operation.succeeded.connect(owner.deleteLater)
    with qtbot.waitSignal(owner.destroyed, timeout=5_000):
        pass
    with qtbot.waitSignal(Operation(runtime, _give(2), other).finished, timeout=5_000):
        pass


def test_after_the_runtime_stopped_an_operation_only_finishes(
    qtbot: QtBot, runtime: Runtime
) -> None:
    runtime.stop(5.0)
    owner = QObject()
    operation = Operation(runtime, _give(1), owner)
    with qtbot.waitSignal(operation.finished, timeout=5_000):
        pass
