"""The loop thread: a stock asyncio loop in one thread of its own, named `mcphost-asyncio`.

Law: (1) everything in the core runs here; Qt never does. (2) Every background task is owned by the
runtime, so none is collected half-done and none outlives `stop`. (3) A task that fails is reported,
never silent. (4) Nothing here blocks the caller but `start` and `stop`, both bounded. (5) A task
that ignores its cancellation, or holds the loop, is named in the log and left behind: the thread is
a daemon, so that the process can end all the same.

Called from any thread unless a method says otherwise.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from mcphost.domain.errors import HostBugError

_log = logging.getLogger(__name__)
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0

T = TypeVar("T")
P = ParamSpec("P")


class Runtime:
    """Owns the loop, its thread and every task on it."""

    def __init__(self, *, on_failure: Callable[[str, BaseException], None] | None = None) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_failure = on_failure
        self._patience = _STOP_SECONDS
        self._thread = threading.Thread(target=self._run, name="mcphost-asyncio", daemon=True)

    def start(self) -> None:
        """Start the thread and wait until its loop runs. Raises `HostBugError` when it does not."""
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            raise HostBugError("the loop thread did not start")

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop. Raises `HostBugError` before `start`."""
        if self._loop is None:
            raise HostBugError("the runtime has not been started")
        return self._loop

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run *work* on the loop thread; cancel the returned future to cancel it."""
        if self._stopping.is_set():
            work.close()
            refused: Future[T] = Future()
            refused.cancel()
            return refused
        future = asyncio.run_coroutine_threadsafe(self._owned(work), self.loop)
        future.add_done_callback(lambda _done: _close_unstarted(work))
        return future

    def post(self, call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call a plain function on the loop thread, in order; dropped once stopping."""
        if self._stopping.is_set():
            return
        with suppress(RuntimeError):  # the loop closed between the check and the call
            self.loop.call_soon_threadsafe(lambda: call(*args, **kwargs))

    def spawn(self, work: Coroutine[Any, Any, object], *, name: str) -> asyncio.Task[object]:
        """On the loop thread: start an owned background task; a failure of it is reported."""
        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def stop(self, deadline: float = _STOP_SECONDS) -> None:
        """Cancel what is left, close the loop and join the thread within *deadline* seconds."""
        if self._stopping.is_set():
            return
        self._patience = deadline / 2  # for the tasks; the rest of the end needs time as well
        self._stopping.set()
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(deadline)
        if self._thread.is_alive():
            _log.error("the loop thread did not stop within %.1f s", deadline)

    async def _owned(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await work

    def _finished(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            _log.error("background task %s failed", task.get_name(), exc_info=error)
            if self._on_failure is not None:
                self._on_failure(task.get_name(), error)

    def _run(self) -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        self._loop = loop
        loop.call_soon(self._ready.set)
        try:
            loop.run_forever()
        finally:
            self._drain(loop)

    def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cancel every task and let each see it, bounded, then close the loop."""
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            ended, left = loop.run_until_complete(asyncio.wait(tasks, timeout=self._patience))
            for task in ended:
                if not task.cancelled():
                    task.exception()  # whoever waited for it has it; nobody else is told
            for task in left:
                _log.error("the task %s ignored its cancellation", task.get_name())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


def _close_unstarted(work: Coroutine[Any, Any, object]) -> None:
    """A task cancelled before its first step leaves its coroutine unawaited: that is meant."""
    if inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
        work.close()
