"""The buttons of a question: pressed by a person, on purpose, or not at all.

Law: a press counts when its dialog is armed, when it began after that, and when it came from the
window system: an event that code inside this process made (`spontaneous()` is false) is refused.
Without a press nothing but assistive technology may click, and only while some is in use. Enter and
repeats do nothing. What cannot be told from a person is a program outside this process that the
desktop lets press keys and buttons. Main thread.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAccessible, QInputDevice, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from ui.dialogs.arming import ArmingGate
from ui.widgets.buttons import SecondaryButton

_DEVICES = {
    QInputDevice.DeviceType.TouchScreen: "touch",
    QInputDevice.DeviceType.Stylus: "pen",
}
ASSISTIVE = "assistive"
_ENTER = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
_PRESSING = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Select})


class GuardedButton(SecondaryButton):
    """`chosen` when it was pressed for good: armed, begun after arming, not by Enter or repeat."""

    chosen = Signal(str)
    """With what it was pressed: `mouse`, `touch`, `pen`, `keyboard` or `assistive`."""

    def __init__(self, text: str, gate: ArmingGate, parent: QWidget | None = None) -> None:
        super().__init__(text, parent=parent)
        self._gate = gate
        self._pressed: tuple[int, str] | None = None
        self.clicked.connect(self._on_clicked)

    def mousePressEvent(self, e: QMouseEvent) -> None:
        """A press before arming does not begin."""
        if self._refuses(e):
            return
        self._pressed = (self._gate.serial, _DEVICES.get(e.device().type(), "mouse"))
        super().mousePressEvent(e)

    def mouseReleaseEvent(self, e: QMouseEvent) -> None:
        """Only the window system lets go."""
        if e.spontaneous():
            super().mouseReleaseEvent(e)
            return
        self._drop(e)

    def mouseDoubleClickEvent(self, e: QMouseEvent) -> None:
        """The second half of a double click is not a decision."""
        self._gate.refuse()
        e.accept()

    def keyPressEvent(self, e: QKeyEvent) -> None:
        """Space presses, once armed; Enter and repeats do nothing."""
        if e.key() in _ENTER:
            e.accept()
            return
        if e.key() not in _PRESSING:
            super().keyPressEvent(e)
            return
        if e.isAutoRepeat() or self._refuses(e):
            e.accept()
            return
        self._pressed = (self._gate.serial, "keyboard")
        super().keyPressEvent(e)

    def keyReleaseEvent(self, e: QKeyEvent) -> None:
        """Only the window system lets go."""
        if e.spontaneous() or e.key() not in _PRESSING:
            super().keyReleaseEvent(e)
            return
        self._drop(e)

    def _refuses(self, e: QMouseEvent | QKeyEvent) -> bool:
        if e.spontaneous() and self._gate.may_begin():
            return False
        self._gate.refuse()
        e.accept()
        return True

    def _drop(self, e: QEvent) -> None:
        self._pressed = None
        self.setDown(False)
        self._gate.refuse()
        e.accept()

    def _on_clicked(self) -> None:
        pressed, self._pressed = self._pressed, None
        # Assistive technology clicks without a press; it is held to the arming alone.
        if pressed is None and QAccessible.isActive():
            pressed = (self._gate.serial, ASSISTIVE)
        if pressed is None or not self._gate.armed or pressed[0] != self._gate.serial:
            self._gate.refuse()
            return
        self.chosen.emit(pressed[1])
