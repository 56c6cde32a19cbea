"""What every question dialog shares: window-modal, opened never run, one end, a scrolling body.

Law: `open()` only. Enter is inert everywhere in it. Escape, closing and the deadline end the
question in the safe way of the subclass; after its one end nothing more is emitted. Main thread.
"""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ui.dialogs.arming import ArmingGate, Clock
from ui.widgets.layouts import column, row
from ui.widgets.tokens import SPACE

_WIDTH = 640


class QuestionDialog(QDialog):
    """Header, scrolling body, row of buttons. Subclasses fill them and say how it ends."""

    def __init__(
        self,
        parent: QWidget | None,
        *,
        title: str,
        delay: float,
        deadline: float,
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setSizeGripEnabled(False)
        self._clock = clock
        self._opened_at: float | None = None
        self._ended = False
        self.gate = ArmingGate(self, delay=delay, clock=clock)
        self._deadline = QTimer(self)
        self._deadline.setSingleShot(True)
        self._deadline.setInterval(max(int(deadline * 1000), 1))
        self._deadline.timeout.connect(self.expire)
        self._build()

    @property
    def ended(self) -> bool:
        """Whether the question is over."""
        return self._ended

    @property
    def shown_ms(self) -> int:
        """How long it has been shown."""
        if self._opened_at is None:
            return 0
        return max(int((self._clock() - self._opened_at) * 1000), 0)

    def give_time(self, seconds: float) -> None:
        """Begin the deadline anew, with *seconds*."""
        if not self._ended:
            self._deadline.start(max(int(seconds * 1000), 1))

    def expire(self) -> None:
        """The deadline has come."""
        raise NotImplementedError

    def refuse(self) -> None:
        """Escape, or the window was closed."""
        raise NotImplementedError

    def withdraw(self) -> None:
        """The core ended the question: close without an answer."""
        if self._end():
            self._leave()

    def reject(self) -> None:
        """Every way of closing a dialog comes through here."""
        if self._ended:
            super().reject()
        else:
            self.refuse()

    def keyPressEvent(self, arg__1: QKeyEvent) -> None:
        """Enter does nothing, and whoever is typing is not answering: the delay starts again."""
        if arg__1.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            arg__1.accept()
            return
        if arg__1.text().isprintable() and arg__1.text().strip():
            self.gate.restart()
        super().keyPressEvent(arg__1)

    def showEvent(self, arg__1: QShowEvent) -> None:
        """Start the deadline, and tell assistive technology that this is an alert."""
        super().showEvent(arg__1)
        if self._opened_at is None:
            self._opened_at = self._clock()
            self._settle_size()  # only now are fonts, wrapping and code heights known
            self._deadline.start()
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _end(self) -> bool:
        """Take the one end; False when it was taken before."""
        if self._ended:
            return False
        self._ended = True
        self._deadline.stop()
        return True

    def _leave(self) -> None:
        # Not `close()`: inside a close event it would do nothing, and the dialog would stay.
        self.done(QDialog.DialogCode.Rejected.value)

    def _build(self) -> None:
        outer = column(self, spacing=0)
        self._header = QFrame()
        self._header_row: QHBoxLayout = row(self._header, spacing=SPACE.md)
        self._header_row.setContentsMargins(SPACE.xl, SPACE.lg, SPACE.xl, SPACE.lg)
        outer.addWidget(self._header)
        inside = QWidget()
        self._body: QVBoxLayout = column(inside, spacing=SPACE.md)
        self._body.setContentsMargins(SPACE.xl, SPACE.lg, SPACE.xl, SPACE.lg)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        self._inside = inside
        outer.addWidget(self._scroll, 1)
        foot = QFrame()
        foot.setProperty("surface", "side")
        self._foot: QHBoxLayout = row(foot, spacing=SPACE.sm)
        self._foot.setContentsMargins(SPACE.xl, SPACE.md, SPACE.xl, SPACE.md)
        outer.addWidget(foot)
        self._foot_frame = foot

    def _settle_size(self) -> None:
        """As tall as the content wants, and never taller than the screen lets it be."""
        self.ensurePolished()
        self._inside.ensurePolished()
        self.resize(_WIDTH, 400)
        layout = self._inside.layout()
        if layout is None:
            return
        layout.activate()
        wanted = max(layout.totalHeightForWidth(_WIDTH), layout.totalSizeHint().height())
        wanted += self._header.sizeHint().height() + self._foot_frame.sizeHint().height() + 4
        screen = self.screen().availableGeometry().height()
        self.resize(_WIDTH, min(wanted, int(screen * 0.86)))
