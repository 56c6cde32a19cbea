"""A real mouse for automation: finds an element of the App and clicks it through Qt's own events.

Law: the page's own world is not used (an isolated world measures), and nothing is clicked by
script: the events go where a person's go, so the page sees trusted events and the gesture watch
fires. Main thread; for `mcphost render`, the demo, the self-test and tests.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWebEngineCore import QWebEngineFrame, QWebEnginePage, QWebEngineScript
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QWidget

_WORLD = QWebEngineScript.ScriptWorldId.UserWorld.value
_BOX = """(selector => {
  const element = document.querySelector(selector);
  if (!element) return 'null';
  element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
  const box = element.getBoundingClientRect();
  return JSON.stringify([box.left, box.top, box.width, box.height].map(Math.round));
})(%s)"""
_SIZE = "JSON.stringify([innerWidth, innerHeight])"


def query_box(page: QWebEnginePage, selector: str, on_done: Callable[[QRect | None], None]) -> None:
    """The box of the first match of *selector* inside the App frame, in widget coordinates."""
    _measure(
        page, _BOX % json.dumps(selector), 4, lambda box: on_done(QRect(*box) if box else None)
    )


def query_size(page: QWebEnginePage, on_done: Callable[[QSize | None], None]) -> None:
    """The inner size of the App frame."""
    _measure(page, _SIZE, 2, lambda size: on_done(QSize(*size) if size else None))


def click(view: QWebEngineView, at: QPoint) -> None:
    """Move, press and release the left button at *at*."""
    target = view.focusProxy()
    if target is None:
        return
    none, left = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
    _send(target, QEvent.Type.MouseMove, at, none, none)
    _send(target, QEvent.Type.MouseButtonPress, at, left, left)
    _send(target, QEvent.Type.MouseButtonRelease, at, left, none)


def _send(
    target: QWidget, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton, held: Qt.MouseButton
) -> None:
    scene = QPointF(target.mapTo(target.window(), at))
    screen = QPointF(target.mapToGlobal(at))
    modifiers = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(kind, QPointF(at), scene, screen, button, held, modifiers)
    QCoreApplication.sendEvent(target, event)


def _measure(
    page: QWebEnginePage, script: str, numbers: int, on_done: Callable[[list[int] | None], None]
) -> None:
    frame = _app_frame(page)
    if frame is None:
        on_done(None)
        return

    def answered(untrusted_text: object) -> None:
        on_done(_numbers(untrusted_text, numbers))

    frame.runJavaScript(script, _WORLD, answered)


def _app_frame(page: QWebEnginePage) -> QWebEngineFrame | None:
    children = page.mainFrame().children()
    return children[0] if children else None


def _numbers(untrusted_text: object, count: int) -> list[int] | None:
    if not isinstance(untrusted_text, str):
        return None
    value: object = json.loads(untrusted_text)
    if not isinstance(value, list):
        return None
    numbers = [part for part in value if isinstance(part, int)]  # pyright: ignore[reportUnknownVariableType]
    return numbers if len(numbers) == count else None
