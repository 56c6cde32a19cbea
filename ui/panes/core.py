"""All that a pane holds of the core: its façade, a way to run a coroutine there, its events.

Law: panes never see a loop, a future or a thread. `run` hands a coroutine to the loop thread and
brings its end back to the main thread; `post` calls a plain method there; `happened` and
`posted` carry the core's events, in order. Main thread; made by `ui.app`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

from PySide6.QtCore import QObject, Signal

from mcphost.domain.errors import McpHostError
from mcphost.domain.events import Event, ViewPosted
from mcphost.runtime import Runtime
from ui.bridge.operation import Operation
from ui.bridge.relay import EventRelay
from ui.panes.facade import HostFacade

P = ParamSpec("P")


class Core(QObject):
    """The core, as seen from the window."""

    happened = Signal(object)
    """Any `Event` but a message to an App."""
    posted = Signal(object)
    """A `ViewPosted`. Apps can cause many; who has nothing to do with them is not asked."""
    troubled = Signal(str)
    """An operation failed and nobody said what to do about it."""

    def __init__(
        self,
        host: HostFacade,
        runtime: Runtime,
        relay: EventRelay,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.host = host
        self._runtime = runtime
        relay.happened.connect(self._on_event)

    def run(
        self,
        work: Coroutine[Any, Any, object],
        owner: QObject,
        *,
        done: Callable[[Any], object] | None = None,
        failed: Callable[[McpHostError], object] | None = None,
    ) -> Operation:
        """Run *work* on the loop thread; it is cancelled when *owner* dies."""
        operation = Operation(self._runtime, work, parent=owner)
        if done is not None:
            operation.succeeded.connect(done)
        operation.failed.connect(failed or self._on_failed)
        return operation

    def post(self, call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call a plain method of the host on the loop thread, in order."""
        self._runtime.post(call, *args, **kwargs)

    def _on_event(self, event: Event) -> None:
        signal = self.posted if isinstance(event, ViewPosted) else self.happened
        signal.emit(event)

    def _on_failed(self, error: McpHostError) -> None:
        self.troubled.emit(str(error))
