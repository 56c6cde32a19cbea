"""The widget that holds one View. All that the rest of the window knows of the web engine.

Law: it moves text and reports facts; it decides nothing and understands no message. Nothing starts
before the self-test of this process has passed. After a fatal incident the renderer is ended and
the widget stays blank until its owner removes it. Main thread; made by panes and by headless runs.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPaintEvent, QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mcphost.domain.errors import HostBugError
from mcphost.domain.view import FATAL, IncidentKind, ViewIncident
from mcphost.policy.launch import ViewLaunch
from ui.sandbox import pointer, readiness
from ui.sandbox.assembly import Assembly
from ui.sandbox.budgets import ViewBudget
from ui.sandbox.cell import is_free
from ui.sandbox.environment import require_prepared
from ui.sandbox.incidents import IncidentBook
from ui.sandbox.probe import SandboxReport, refusal_before_start
from ui.sandbox.rights import Rights
from ui.sandbox.schemes import schemes_registered
from ui.sandbox.spare import SpareFrame

_START_DEADLINE_MS = 20_000
_LOOK_AGAIN_MS = 20
_MOST_EARLY = 64
_NO_BOUND = (1 << 24) - 1
"""Qt's own word for no greatest height."""


class SandboxView(QWidget):
    """One View in its sandbox."""

    text_received = Signal(str, float)
    """One message of the View, serialised, and the monotonic second of its arrival."""
    gesture_seen = Signal(float)
    """The monotonic second of a real press inside the View."""
    permission_wanted = Signal(int, object, float)
    """Number, names and monotonic second of a permission that the App asks the engine for."""
    incident = Signal(object)
    """A `ViewIncident`."""
    mounted = Signal()
    """The renderer's sandbox is adequate and the App's document is being loaded."""

    def __init__(
        self,
        launch: ViewLaunch,
        parent: QWidget | None = None,
        *,
        budget: ViewBudget | None = None,
    ) -> None:
        super().__init__(parent)
        self._launch = launch
        self._budget = budget
        self._background = self.palette().color(QPalette.ColorRole.Window)
        self._book = IncidentBook(self._on_incident, budget)
        self._assembly: Assembly | None = None
        self._early: list[str] = []
        self._over = False
        self._deadline = QTimer(self, singleShot=True, interval=_START_DEADLINE_MS)
        self._deadline.timeout.connect(self._on_deadline_passed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)

    def start(self) -> None:
        """Mount the View, or report `SANDBOX_REFUSED` with the reason. It happens once."""
        if self._assembly is not None or self._over:
            return
        reason = refusal_before_start() or readiness.refusal()
        if reason:
            self._book.record(IncidentKind.SANDBOX_REFUSED, reason)
        elif is_free(self._launch.storage):
            self._assemble()
        else:  # the View that had its storage is over, but the engine still closes the files
            if not self._deadline.isActive():
                self._deadline.start()
            QTimer.singleShot(_LOOK_AGAIN_MS, self, self.start)

    def post(self, text: str) -> None:
        """Send one serialised message to the View; it waits until the frame is there and the
        channel is up. An App that would miss one is ended instead, and that is said.
        """
        if self._over:
            return
        if self._assembly is not None:
            self._assembly.channel.post(text)
        elif len(self._early) < _MOST_EARLY:
            self._early.append(text)
        else:
            many = f"more than {_MOST_EARLY} messages came for it before its frame was there"
            self._book.record(IncidentKind.LOAD_FAILED, many)

    def answer_permission(self, number: int, *, allowed: bool) -> None:
        """The core's answer to a `permission_wanted`."""
        if self._assembly is not None and not self._over:
            self._assembly.page.permissions.answer(number, allowed=allowed)

    @property
    def frozen(self) -> bool:
        """Whether the View sleeps."""
        return self._assembly is not None and self._assembly.frozen

    def freeze(self) -> None:
        """Let a View that nobody sees sleep; what is posted to it waits, in order."""
        if self._assembly is not None and not self._over and self._assembly.channel.mounted:
            self._assembly.freeze()

    def thaw(self) -> None:
        """Wake the View up."""
        if self.frozen and self._assembly is not None and not self._over:
            self._assembly.thaw()

    def set_height(self, height: int) -> None:
        """Give the View exactly *height* pixels; its width follows the layout."""
        self.setFixedHeight(height)

    def fill(self) -> None:
        """Take the height that the layout gives."""
        self.setMinimumHeight(0)
        self.setMaximumHeight(_NO_BOUND)

    def set_background(self, color: QColor) -> None:
        """The colour behind a View that draws none, and with it the colour scheme."""
        self._background = color
        if self._assembly is not None and not self._over:
            self._assembly.set_background(color)

    def close_view(self) -> None:
        """Tear the View down: page, view, then the profile. Nothing is reported afterwards."""
        self._over = True
        self._deadline.stop()
        if self._assembly is not None:
            self._assembly.close()
            self._assembly = None

    def grab_view(self) -> QImage:
        """A picture of the View as it is drawn now; a null image when there is none."""
        return self._assembly.view.grab().toImage() if self._assembly is not None else QImage()

    def click_css(self, selector: str, on_done: Callable[[bool], None]) -> None:
        """Click the middle of the first match of *selector* with a real mouse event."""

        def click_at(box: QRect | None) -> None:
            found = self._assembly is not None and box is not None and not box.isEmpty()
            if self._assembly is not None and box is not None and found:
                pointer.click(self._assembly.view, _middle(box))
            on_done(found)

        self.query_box(selector, click_at)

    def query_box(self, selector: str, on_done: Callable[[QRect | None], None]) -> None:
        """Find the box of the first match of *selector* in the App, in this widget's pixels."""
        if self._assembly is None:
            on_done(None)
        else:
            pointer.query_box(self._assembly.page, selector, on_done)

    def frame_size(self, on_done: Callable[[QSize | None], None]) -> None:
        """Ask for the inner size of the App frame."""
        if self._assembly is None:
            on_done(None)
        else:
            pointer.query_size(self._assembly.page, on_done)

    @property
    def console_errors(self) -> tuple[str, ...]:
        """The last error lines of the View's console, sanitised and bounded."""
        return self._book.console_errors

    @property
    def sandbox_report(self) -> SandboxReport | None:
        """What was found of the renderer's sandbox; None before that."""
        return self._assembly.report if self._assembly is not None else None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Scrolled back into sight: a sleeping View goes on at once."""
        self.thaw()
        super().paintEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of theme."""
        if event.type() is QEvent.Type.PaletteChange:
            self.set_background(self.palette().color(QPalette.ColorRole.Window))
        super().changeEvent(event)

    def _assemble(self) -> None:
        require_prepared()
        if not schemes_registered():
            raise HostBugError("register_schemes() was not called before QApplication")
        spare = SpareFrame.shared().take(self._launch) if self._budget is None else None
        assembly = spare or self._new_assembly()
        assembly.channel.text_received.connect(self.text_received)
        assembly.gestures.gesture_seen.connect(self.gesture_seen)
        assembly.page.permissions.wanted.connect(self.permission_wanted)
        assembly.mounted.connect(self._on_mounted)
        self._assembly = assembly
        layout = self.layout()
        if layout is not None:
            layout.addWidget(assembly.view)
        self.setFocusProxy(assembly.view)
        self._deadline.start()
        if spare is None:
            assembly.load()
        else:
            self._move_in(spare)
        for text in self._early:
            assembly.channel.post(text)
        self._early.clear()

    def _new_assembly(self) -> Assembly:
        rights = Rights(self._launch)
        return Assembly(rights, self._book, self, background=self._background, budget=self._budget)

    def _move_in(self, spare: Assembly) -> None:
        """*spare* is this View's from now on, with all that it has to report."""
        self._book = spare.book
        self._book.tell(self._on_incident)
        spare.setParent(self)
        spare.set_background(self._background)
        spare.let_in(self._launch)

    def _on_mounted(self) -> None:
        self._deadline.stop()
        self.mounted.emit()

    def _on_deadline_passed(self) -> None:
        seconds = _START_DEADLINE_MS // 1000
        self._book.record(
            IncidentKind.LOAD_FAILED, f"the host page was not up after {seconds} seconds"
        )

    def _on_incident(self, incident: ViewIncident) -> None:
        if self._over:
            return
        if incident.kind in FATAL:
            self._end()
        self.incident.emit(incident)

    def _end(self) -> None:
        self._over = True
        self._deadline.stop()
        if self._assembly is not None:
            self._assembly.kill()


def _middle(box: QRect) -> QPoint:
    return box.center()
