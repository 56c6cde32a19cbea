"""Nothing of an App is drawn outside its View, dragged out of it, or put down to another View."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QRect, Qt
from PySide6.QtGui import QCursor, QDrag, QDragEnterEvent, QGuiApplication, QHelpEvent, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QColorDialog, QLineEdit, QToolTip, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mcphost.domain.view import IncidentKind
from tests.helpers.engine import Opener, OpenView
from ui.sandbox import clipboard
from ui.sandbox.fence import inside, is_of_engine

pytestmark = pytest.mark.engine

SAY = "const say = params => parent.postMessage({params}, '*');"
UP = f"<p id=p>x<script>{SAY} onclick = () => say('pressed'); say(1)</script>"
WIDE = "<option>" + "W" * 300 + "</option>" + "<option>o</option>" * 60
POPUPS = {
    "select": f"<select id=b style='width:100px'>{WIDE}</select>",
    "date": "<input type=date id=b style='width:160px;height:40px'>",
    "time": "<input type=time id=b style='width:160px;height:40px'>",
    "list": f"<input id=b list=l><datalist id=l><option value='{'W' * 200}'></datalist>",
}
KEYS = {
    "date": (Qt.Key.Key_Space, Qt.Key.Key_F4),
    "time": (Qt.Key.Key_Space, Qt.Key.Key_F4),
    "list": (Qt.Key.Key_Down,),
}


def _target(view: OpenView) -> QWidget:
    target = view.widget.focusProxy().focusProxy()
    assert target is not None
    return target


def _engine_windows() -> list[QWidget]:
    return [w for w in QApplication.topLevelWidgets() if w.isVisible() and is_of_engine(w)]


@pytest.mark.parametrize("name", POPUPS)
def test_a_list_that_the_engine_opens_stays_inside_the_view(open_view: Opener, name: str) -> None:
    view = open_view(f"{POPUPS[name]}<script>{SAY} say(1)</script>")
    view.message()
    view.click("#b")
    for key in KEYS.get(name, ()):
        QTest.keyClick(_target(view), key)
    view.until(lambda: bool(_engine_windows()))
    view.until(lambda: all(_contains(view, window.geometry()) for window in _engine_windows()))
    for window in _engine_windows():
        window.close()


def test_a_list_that_the_engine_moves_back_is_cut_again(open_view: Opener) -> None:
    view = open_view(f"{POPUPS['select']}<script>{SAY} say(1)</script>")
    view.message()
    view.click("#b")
    view.until(lambda: bool(_engine_windows()))
    [window] = _engine_windows()
    view.until(lambda: _contains(view, window.geometry()))
    window.windowHandle().blockSignals(True)  # as under X11, where they do not tell
    window.setGeometry(QRect(900, 700, 1_400, 50))
    view.until(lambda: _contains(view, window.geometry()))
    window.close()


def test_a_list_that_a_key_opens_stays_in_its_own_view_whichever_was_pressed_last(
    open_view: Opener,
) -> None:
    html = POPUPS["select"]
    first = open_view(f"{html}<script>{SAY} onfocus = () => say('focus'); say(1)</script>")
    last = open_view(UP)
    last.widget.move(600, 400)
    for view in (first, last):
        view.message()
    first.click("#b")
    first.until(lambda: bool(_engine_windows()))
    for window in _engine_windows():
        window.close()
    last.click("#p")
    last.message(1)
    heard = len(first.texts)
    first.widget.activateWindow()
    _target(first).setFocus()
    first.message(heard)
    QTest.keyClick(_target(first), Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    first.until(lambda: bool(_engine_windows()))
    first.until(lambda: all(_contains(first, each.geometry()) for each in _engine_windows()))
    for window in _engine_windows():
        window.close()


def test_a_colour_chooser_is_put_down_to_the_view_that_it_hangs_from(open_view: Opener) -> None:
    first, last = open_view(f"<p>x<script>{SAY} say(1)</script>"), open_view(UP)
    for view in (first, last):
        view.message()
    last.click("#p")
    QColorDialog(first.engine_view).open()  # as the engine does for a key
    assert "colour" in first.saw(IncidentKind.PERMISSION_REFUSED).detail
    assert last.kinds() == set()


def _contains(view: OpenView, box: QRect) -> bool:
    area = QRect(view.widget.mapToGlobal(QPoint(0, 0)), view.widget.size())
    return area.contains(box)


@pytest.mark.parametrize(
    ("wanted", "cut"),
    [
        (QRect(10, 10, 50, 50), QRect(10, 10, 50, 50)),
        (QRect(10, 10, 3_000, 50), QRect(0, 10, 400, 50)),
        (QRect(390, 290, 100, 100), QRect(300, 200, 100, 100)),
        (QRect(-50, -50, 9_000, 9_000), QRect(0, 0, 400, 300)),
    ],
)
def test_a_box_is_cut_and_moved_into_the_view(wanted: QRect, cut: QRect) -> None:
    assert inside(wanted, QRect(0, 0, 400, 300)) == cut


def test_the_colour_chooser_is_refused_and_reported(open_view: Opener) -> None:
    view = open_view(f"<input type=color id=b><script>{SAY} say(1)</script>")
    view.message()
    view.click("#b")
    assert "colour" in view.saw(IncidentKind.PERMISSION_REFUSED).detail
    widgets = QApplication.topLevelWidgets
    view.until(lambda: not any(isinstance(w, QColorDialog) and w.isVisible() for w in widgets()))


def test_an_app_has_no_tooltip(open_view: Opener) -> None:
    view = open_view(
        f"<div title='Sign in' style='height:200px'>x</div><script>{SAY} say(1)</script>"
    )
    view.message()
    target, at = _target(view), QPoint(50, 50)
    QTest.mouseMove(target, at)
    view.until(lambda: bool(view.engine_view.toolTip()))
    for widget in (target, view.engine_view):
        QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, at, widget.mapToGlobal(at)))
    assert not QToolTip.isVisible()


@pytest.mark.parametrize(
    ("side", "shape"), [(128, Qt.CursorShape.ArrowCursor), (32, Qt.CursorShape.BitmapCursor)]
)
def test_a_large_pointer_picture_is_taken_back(
    open_view: Opener, side: int, shape: Qt.CursorShape
) -> None:
    view = open_view(f"<p>x<script>{SAY} say(1)</script>")
    view.message()
    target = _target(view)
    target.setCursor(QCursor(QPixmap(side, side)))  # what the engine does for `cursor: url(…)`
    assert target.cursor().shape() is shape


DRAGGED = "<p id=b draggable=true style='margin:0;height:60px'>drag me</p>"
TELL = "const tell = e => setTimeout(() => say(['drag', e.defaultPrevented]));"
WRITTEN = f"document.open(); document.write(`{DRAGGED}`); document.close();"
DRAGS = {
    "as it came": f"{DRAGGED}<script>{SAY} {TELL} ondragstart = tell; say(1)</script>",
    "written anew": f"<script>{SAY} {TELL} setTimeout(() => {{ {WRITTEN} ondragstart = tell; say(1) }})</script>",  # noqa: E501
}


@pytest.mark.parametrize("name", DRAGS)
def test_a_drag_is_refused_before_it_begins(open_view: Opener, name: str) -> None:
    view = open_view(DRAGS[name])
    view.message()
    _pull(view)
    assert view.message(1)["params"] == ["drag", True]
    QTest.mouseRelease(_target(view), Qt.MouseButton.LeftButton, pos=QPoint(90, 50))


def _pull(view: OpenView) -> None:
    """Press what is to be dragged, and move with the button held down."""
    target, at = _target(view), QPoint(30, 30)
    view.until(lambda: view.box("#b") is not None)
    QTest.mousePress(target, Qt.MouseButton.LeftButton, pos=at)
    for step in range(1, 12):
        QTest.mouseMove(target, at + QPoint(4 * step, 2 * step))


FIRST = "addEventListener('dragstart', e => e.stopImmediatePropagation(), true);"


def test_a_drag_that_an_app_gets_past_the_script_is_cancelled_at_once(
    open_view: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled: list[bool] = []
    monkeypatch.setattr(QDrag, "cancel", lambda: cancelled.append(True))  # it cannot be, offscreen
    hostile = f"document.open(); {FIRST} document.write(`{DRAGGED}`); document.close(); say(1)"
    view = open_view(f"<script>{SAY} setTimeout(() => {{ {hostile} }})</script>")
    view.message()
    _pull(view)
    assert "drag" in view.saw(IncidentKind.PERMISSION_REFUSED).detail
    assert cancelled == [True]
    QTest.mouseRelease(_target(view), Qt.MouseButton.LeftButton, pos=QPoint(90, 50))


def test_nothing_is_dropped_into_an_app(open_view: Opener) -> None:
    view = open_view(f"<script>{SAY} ondragenter = () => say('drag'); say(1)</script>")
    view.message()
    data = QMimeData()
    data.setText("secret")
    for widget in (_target(view), view.engine_view):
        event = QDragEnterEvent(
            QPoint(50, 50),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(widget, event)
        assert not event.isAccepted()
        assert not widget.acceptDrops()


COPY = "onclick = () => { b.select(); document.execCommand('copy'); say('copied') }; say(1)"


def test_a_changed_clipboard_is_put_down_to_the_view_that_was_touched(open_view: Opener) -> None:
    html = f"<input id=b value=poison><script>{SAY} {COPY}</script>"
    first, second = open_view(html), open_view(html)
    first.message()
    second.message()
    first.click("#b")
    first.message(1)
    assert "paste" in first.saw(IncidentKind.CLIPBOARD_CHANGED).detail
    assert QGuiApplication.clipboard().text() == "poison"
    assert IncidentKind.CLIPBOARD_CHANGED not in second.kinds()


PRESSES = ("mousedown", "keydown")
COPY_ON = f"for (const name of {list(PRESSES)}) addEventListener(name, () => {{ b.select(); document.execCommand('copy') && say(name) }});"  # noqa: E501


@pytest.mark.parametrize("name", PRESSES)
def test_what_an_app_copies_on_a_press_that_is_no_gesture_is_told_too(
    open_view: Opener, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    view = open_view(f"<input id=b value=poison><script>{SAY} {COPY_ON} say(1)</script>")
    view.message()
    right, middle = Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
    QTest.mousePress(_target(view), right if name == "mousedown" else middle, pos=QPoint(300, 200))
    if name == "keydown":
        QTest.keyClick(_target(view), Qt.Key.Key_Right)
    view.until(lambda: f'"{name}"' in "".join(view.texts))
    view.saw(IncidentKind.CLIPBOARD_CHANGED)
    assert view.gestures == []


def test_what_is_copied_long_after_a_touch_is_put_down_to_no_view(
    open_view: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = open_view(
        f"<button id=b>b</button><script>{SAY} onclick = () => say(2); say(1)</script>"
    )
    view.message()
    view.click("#b")
    view.message(1)
    QGuiApplication.clipboard().setText("at once")
    assert view.kinds() == {IncidentKind.CLIPBOARD_CHANGED}
    view.incidents.clear()
    monkeypatch.setattr(clipboard, "ACTIVATION", 0.0)
    QGuiApplication.clipboard().setText("later")
    assert view.kinds() == set()


def test_what_the_person_copies_elsewhere_is_put_down_to_no_view(open_view: Opener) -> None:
    view = open_view(f"<script>{SAY} say(1)</script>")
    view.message()
    QGuiApplication.clipboard().setText("mine")
    assert view.kinds() == set()


GRABS = (
    "document.body.innerHTML = '<input id=i autofocus>'; const grab = () => { window.focus();"
    " i.focus(); i.click(); parent.focus(); top.focus(); }; grab(); let n = 0;"
    " setInterval(() => { grab(); say(n++) }, 20);"
)


def test_an_app_never_takes_the_keyboard(open_view: Opener, qtbot: QtBot) -> None:
    window, line = QWidget(), QLineEdit()
    qtbot.addWidget(window)
    QVBoxLayout(window).addWidget(line)
    window.show()
    line.setFocus()
    view = open_view(f"<body><script>{SAY} {GRABS}</script>", parent=window)
    window.layout().addWidget(view.widget)  # pyright: ignore[reportOptionalMemberAccess]
    view.message(10)
    QTest.keyClicks(line, "secret")
    assert line.hasFocus()
    assert line.text() == "secret"
    assert QApplication.focusWidget() is line
    view.close()


def test_titles_and_icons_of_an_app_reach_no_window(open_view: Opener) -> None:
    script = "document.title = 'mcphost: approved'; top.document"
    view = open_view(f"<title>x</title><script>{SAY} try {{ {script} }} catch {{}} say(1)</script>")
    view.message()
    assert view.widget.windowTitle() == ""
    assert view.widget.windowIcon().isNull()
    assert "approved" not in view.engine_view.title()
