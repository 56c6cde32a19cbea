"""ui → core: a command in flight.

Law: (1) the coroutine runs on the loop thread; every signal is emitted on the main thread, later
than the constructor returns, so nothing is missed by connecting afterwards. (2) An operation dies
with its parent, and its coroutine is cancelled with it. (3) It ends once: `succeeded` or `failed`,
then `finished`; a cancelled one only finishes. (4) What is not one of our errors is ours: it is
logged and arrives as `HostBugError`. Made on the main thread by panes and dialogs.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from mcphost.domain.errors import HostBugError, McpHostError
from mcphost.runtime import Runtime
from ui.bridge.lane import to_main_thread

_log = logging.getLogger(__name__)


class Operation(QObject):
    """Runs *work* on the loop of *runtime* as long as *parent* lives."""

    succeeded = Signal(object)
    """The coroutine's result."""
    failed = Signal(object)
    """A `McpHostError`."""
    finished = Signal()

    def __init__(
        self, runtime: Runtime, work: Coroutine[Any, Any, object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._future: Future[object] = runtime.submit(work)
        future, settle = self._future, to_main_thread(self.settle)
        # No closure may hold `self`: the loop thread must not be the last to let go of it.
        self.destroyed.connect(lambda: _cancel(future))

        def settled(done: Future[object]) -> None:
            if done.cancelled():
                runtime.post(_close_unstarted, work)
            settle()

        future.add_done_callback(settled)

    @property
    def running(self) -> bool:
        """Whether the coroutine has not ended."""
        return not self._future.done()

    def cancel(self) -> None:
        """Cancel the coroutine; only `finished` will be emitted."""
        _cancel(self._future)

    def settle(self) -> None:
        """Emit how it ended. Called once, on the main thread, by the lane."""
        try:
            error = self._future.exception()
        except CancelledError:
            error = None
        else:
            self._report(error)
        if isValid(self):  # a listener may have deleted our parent
            self.finished.emit()
            self.deleteLater()

    def _report(self, error: BaseException | None) -> None:
        match error:
            case None:
                self.succeeded.emit(self._future.result())
            case McpHostError():
                self.failed.emit(error)
            case _:
                _log.error("an operation failed unexpectedly", exc_info=error)
                self.failed.emit(HostBugError("Something inside mcphost failed; see the log."))


def _close_unstarted(work: Coroutine[Any, Any, object]) -> None:
    # A task cancelled before its first step never reaches the coroutine inside it.
    if inspect.iscoroutine(work) and inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
        work.close()


def _cancel(future: Future[object]) -> None:
    with suppress(RuntimeError):  # the loop is closed: there is nothing left to cancel
        future.cancel()
