"""core → ui: events, in order, on the main thread.

Law: the relay is called on the loop thread and returns at once; whoever listens to `happened` is
called on the main thread, even a plain function. It outlives the runtime. Made by `ui.app`, given
to the core as its `EventSink`.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from mcphost.domain.events import Event
from ui.bridge.lane import to_main_thread


class EventRelay(QObject):
    """An `EventSink` on one side, one signal on the other."""

    happened = Signal(object)
    """An `Event`, on the main thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = True
        self._cross = to_main_thread(self._on_crossed)

    def __call__(self, event: Event) -> None:
        """Carry *event* across. Any thread."""
        self._cross(event)

    def close(self) -> None:
        """Drop what still arrives: the window is going away. Main thread."""
        self._open = False

    def _on_crossed(self, event: Event) -> None:
        if self._open:
            self.happened.emit(event)
