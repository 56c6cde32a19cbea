"""Puts the broker's questions on the screen, one at a time.

Law: (1) one dialog at a time; the rest wait in order, and a question withdrawn while waiting never
appears. (2) No dialog opens while the person is typing: the keyboard must have been still for a
second, or a typed space would answer. (3) Every dialog is window-modal over *window*, which is
dimmed with all its Views meanwhile; it is opened, never run. Main thread; made by `ui.app`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from mcphost.domain.consent import ConsentRequest, ElicitationRequest
from mcphost.domain.events import Event, QuestionWithdrawn
from ui.bridge.broker import WindowBroker
from ui.dialogs.arming import Clock
from ui.dialogs.consent import ConsentDialog
from ui.dialogs.elicitation import ElicitationDialog
from ui.dialogs.haste import Haste
from ui.dialogs.question import QuestionDialog
from ui.widgets.scrim import Scrim

STILL_SECONDS = 1.0
_POLL_MS = 100


class QuestionPresenter(QObject):
    """Listens to *broker*, shows dialogs over *window*, and answers it."""

    opened = Signal(object)
    """The `QuestionDialog` that is on the screen now."""

    def __init__(
        self,
        broker: WindowBroker,
        window: QWidget,
        *,
        still_for: Callable[[], float],
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__(window)
        self._broker = broker
        self._window = window
        self._still_for = still_for
        self._scrim = Scrim(window)
        self._clock = clock
        self._haste = Haste()
        self._waiting: deque[ConsentRequest | ElicitationRequest] = deque()
        self._shown: tuple[str, QuestionDialog] | None = None
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self.advance)
        broker.consent_asked.connect(self._on_asked)
        broker.elicitation_asked.connect(self._on_asked)
        broker.withdrawn.connect(self._on_withdrawn)

    @property
    def dialog(self) -> QuestionDialog | None:
        """The dialog on the screen, if any."""
        return self._shown[1] if self._shown is not None else None

    @property
    def waiting(self) -> int:
        """How many questions wait for their turn."""
        return len(self._waiting)

    def handle(self, event: Event) -> None:
        """Close the dialog of a question that the core says is over."""
        if isinstance(event, QuestionWithdrawn):
            self._on_withdrawn(event.request)

    def advance(self) -> None:
        """Open the next question if it is time. Called by a timer."""
        if self._shown is not None or not self._waiting:
            self._timer.stop()
            return
        if self._still_for() < STILL_SECONDS:
            self._timer.start()
            return
        self._show(self._waiting.popleft())

    def close(self) -> None:
        """Take every question off the screen: the window is going away. `detach` the broker too."""
        self._closed = True
        self._waiting.clear()
        self._timer.stop()
        if self._shown is not None:
            self._shown[1].withdraw()

    @Slot(object)
    def _on_asked(self, request: ConsentRequest | ElicitationRequest) -> None:
        if not self._closed:
            self._waiting.append(request)
            self.advance()

    @Slot(str)
    def _on_withdrawn(self, request: str) -> None:
        self._waiting = deque(one for one in self._waiting if one.id != request)
        if self._shown is not None and self._shown[0] == request:
            self._shown[1].withdraw()

    def _show(self, request: ConsentRequest | ElicitationRequest) -> None:
        dialog: ConsentDialog | ElicitationDialog
        match request:
            case ConsentRequest():
                dialog = ConsentDialog(
                    request, self._window, clock=self._clock, hasty=self._haste.noticed
                )
                dialog.answered.connect(self._haste.note)
                dialog.answered.connect(self._broker.answer_consent)
            case ElicitationRequest():
                dialog = ElicitationDialog(request, self._window, clock=self._clock)
                dialog.answered.connect(self._broker.answer_elicitation)
        self._shown = (request.id, dialog)
        dialog.finished.connect(self._on_dialog_finished)
        self._scrim.cover()
        dialog.open()
        self.opened.emit(dialog)

    @Slot()
    def _on_dialog_finished(self) -> None:
        self._shown = None
        self._scrim.lift()
        if self._waiting:
            self._timer.start()
