"""What happens to a View of a leak run from outside: a person's hand, or the program itself.

Law: a hand's events go where a person's go, and the program's acts are the calls that the window
makes. Used by `leak_browser`, inside its namespaces.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QContextMenuEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QWidget

from tests.hostile.corpus.vector import Hand
from ui.sandbox.assembly import Assembly
from ui.sandbox.sandbox_view import SandboxView

ASLEEP_MS = 400
_LEFT, _NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
_FOCUS = "parent.focus(); window.focus(); document.getElementById('go').focus()"
_HELD = {
    Hand.CONTROL: Qt.KeyboardModifier.ControlModifier,
    Hand.SHIFT: Qt.KeyboardModifier.ShiftModifier,
    Hand.ALT: Qt.KeyboardModifier.AltModifier,
}
_BUTTONS = {Hand.MIDDLE: Qt.MouseButton.MiddleButton, Hand.MENU: Qt.MouseButton.RightButton}


def act_on_view(view: SandboxView, hand: Hand) -> None:
    """Do to the whole View what the program does to one."""
    match hand:
        case Hand.KILL:
            if view._assembly is not None:
                view._assembly.kill()
        case Hand.SLEEP:
            view.freeze()
            QTimer.singleShot(ASLEEP_MS, view, view.thaw)
        case Hand.THEME:
            view.set_background(QColor("black"))
            QTimer.singleShot(ASLEEP_MS, view, lambda: view.set_background(QColor("white")))
        case _:
            view.fill()
            view.resize(900, 700)
            view.set_height(600)


def act_on_element(assembly: Assembly, hand: Hand, at: QPoint) -> bool:
    """Do with the mouse or the keyboard what a person does at *at*; False without a target."""
    target = assembly.view.focusProxy()
    if target is None:
        return False
    if hand is Hand.KEY:
        _press_enter(assembly.page.mainFrame().children()[0], assembly.view, target)
        return True
    for step in (QPoint(1, 1), at, at + QPoint(1, 1)):
        _send(target, QEvent.Type.MouseMove, step, _NONE, _NONE)
    button, held = _BUTTONS.get(hand, _LEFT), _HELD.get(hand, Qt.KeyboardModifier.NoModifier)
    if hand is Hand.HOVER:
        return True
    _send(target, QEvent.Type.MouseButtonPress, at, button, button, held)
    if hand is Hand.PRESS:
        return True
    if hand is Hand.DRAG:
        for step in range(4, 60, 8):
            _send(target, QEvent.Type.MouseMove, at + QPoint(step, step), _NONE, _LEFT)
    _send(target, QEvent.Type.MouseButtonRelease, at, button, _NONE, held)
    if hand is Hand.MENU:
        QCoreApplication.sendEvent(
            target,
            QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, target.mapToGlobal(at)),
        )
    return True


def _send(
    target: QWidget,
    kind: QEvent.Type,
    at: QPoint,
    button: Qt.MouseButton,
    buttons: Qt.MouseButton,
    held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    scene, screen = QPointF(target.mapTo(target.window(), at)), QPointF(target.mapToGlobal(at))
    event = QMouseEvent(kind, QPointF(at), scene, screen, button, buttons, held)
    QCoreApplication.sendEvent(target, event)


def _press_enter(frame: object, view: QWebEngineView, target: QWidget) -> None:
    view.setFocus()
    frame.runJavaScript(_FOCUS, 2, lambda _: QTest.keyClick(target, Qt.Key.Key_Return))  # pyright: ignore
