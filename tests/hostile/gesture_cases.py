"""What a hand can do to a View, whether it is an act, and what a page can pretend.

A hand is a list of Qt events on the engine's input widget; *acts* is how many gestures the host
must see. A pretence is a line of script: the host must see none, whatever the page makes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QEnterEvent,
    QHoverEvent,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPointingDevice,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

Key, Mod, Kind, Button = Qt.Key, Qt.KeyboardModifier, QEvent.Type, Qt.MouseButton
HERE, THERE = QPoint(40, 40), QPoint(120, 80)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    name: str
    acts: int
    do: Callable[[QWidget], None]


def _mouse(target: QWidget, kind: QEvent.Type, button: Qt.MouseButton, at: QPoint = HERE) -> None:
    held = Button.NoButton if kind is Kind.MouseButtonRelease else button
    screen = QPointF(target.mapToGlobal(at))
    event = QMouseEvent(kind, QPointF(at), screen, button, held, Mod.NoModifier)
    QCoreApplication.sendEvent(target, event)


def _strokes(*strokes: tuple[QEvent.Type, Qt.MouseButton, QPoint]) -> Callable[[QWidget], None]:
    def do(target: QWidget) -> None:
        for kind, button, at in strokes:
            _mouse(target, kind, button, at)

    return do


def _press_of(button: Qt.MouseButton) -> Callable[[QWidget], None]:
    return _strokes((Kind.MouseButtonPress, button, HERE), (Kind.MouseButtonRelease, button, HERE))


def _key(
    key: Qt.Key, text: str = "", mods: Qt.KeyboardModifier = Mod.NoModifier, repeats: int = 0
) -> Callable[[QWidget], None]:
    def do(target: QWidget) -> None:
        QCoreApplication.sendEvent(target, QKeyEvent(Kind.KeyPress, key, mods, text))
        for _ in range(repeats):
            QCoreApplication.sendEvent(target, QKeyEvent(Kind.KeyPress, key, mods, text, True))
        QCoreApplication.sendEvent(target, QKeyEvent(Kind.KeyRelease, key, mods, text))

    return do


def _only_repeats(target: QWidget) -> None:
    for _ in range(5):
        event = QKeyEvent(Kind.KeyPress, Key.Key_A, Mod.NoModifier, "a", True)
        QCoreApplication.sendEvent(target, event)


def _release_key(target: QWidget) -> None:
    event = QKeyEvent(Kind.KeyRelease, Key.Key_Return, Mod.NoModifier, "\r")
    QCoreApplication.sendEvent(target, event)


def _wheel(target: QWidget) -> None:
    at, screen = QPointF(HERE), QPointF(target.mapToGlobal(HERE))
    turn, phase = QPoint(0, -120), Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(at, screen, turn, turn, Button.NoButton, Mod.NoModifier, phase, False)
    QCoreApplication.sendEvent(target, event)


def _hover(target: QWidget) -> None:
    at, screen = QPointF(HERE), QPointF(target.mapToGlobal(HERE))
    QCoreApplication.sendEvent(target, QEnterEvent(at, at, screen))
    for kind in (Kind.HoverEnter, Kind.HoverMove, Kind.HoverLeave):
        QCoreApplication.sendEvent(target, QHoverEvent(kind, at, screen, at))
    QCoreApplication.sendEvent(target, QEvent(Kind.Leave))


def _compose(target: QWidget) -> None:
    event = QInputMethodEvent("ni", [])
    event.setCommitString("你")
    QCoreApplication.sendEvent(target, event)


def _focus(target: QWidget) -> None:
    target.clearFocus()
    target.setFocus(Qt.FocusReason.TabFocusReason)


_FINGERS: list[QPointingDevice] = []


def _fingers() -> QPointingDevice:
    """One touch screen for the whole run: Qt keeps each for good."""
    if not _FINGERS:
        _FINGERS.append(QTest.createTouchDevice())
    return _FINGERS[0]


def _touch(*path: QPoint, fingers: int = 1, lift: bool = True) -> Callable[[QWidget], None]:
    def do(target: QWidget) -> None:
        for step, at in enumerate(path):
            sequence = QTest.touchEvent(target, _fingers())
            for finger in range(fingers):
                place = at + QPoint(40 * finger, 0)
                (sequence.move if step else sequence.press)(finger, place, target)
            sequence.commit()
        sequence = QTest.touchEvent(target, _fingers())
        for finger in range(fingers):
            sequence.release(finger, path[-1] + QPoint(40 * finger, 0), target)
        sequence.commit()

    return do


_DOWN, _UP, _TWICE, _MOVE = (
    Kind.MouseButtonPress,
    Kind.MouseButtonRelease,
    Kind.MouseButtonDblClick,
    Kind.MouseMove,
)
_L = Button.LeftButton

_ACTING_KEYS = (
    ("Return", Key.Key_Return, "\r", Mod.NoModifier),
    ("Enter", Key.Key_Enter, "\r", Mod.KeypadModifier),
    ("Space", Key.Key_Space, " ", Mod.NoModifier),
    ("Ctrl+Return", Key.Key_Return, "\r", Mod.ControlModifier),
    ("Backspace", Key.Key_Backspace, "\b", Mod.NoModifier),
    ("Delete", Key.Key_Delete, "\x7f", Mod.NoModifier),
    ("a letter", Key.Key_A, "a", Mod.NoModifier),
    ("a capital", Key.Key_A, "A", Mod.ShiftModifier),
    ("a digit of the keypad", Key.Key_7, "7", Mod.KeypadModifier),
    ("a sign", Key.Key_Plus, "+", Mod.NoModifier),
    ("a letter of no Latin script", Key.Key_unknown, "ж", Mod.NoModifier),
)
_IDLE_KEYS = (
    *((name, getattr(Key, f"Key_{name}"), "", Mod.NoModifier) for name in (
        "Shift", "Control", "Alt", "AltGr", "Meta", "CapsLock", "NumLock", "ScrollLock",
        "Super_L", "Hyper_L", "Menu", "Left", "Right", "Up", "Down", "Home", "End", "PageUp",
        "PageDown", "Insert", "F1", "F5", "F11", "F12", "Print", "Pause", "Help", "Back",
        "Forward", "Refresh", "VolumeUp", "MediaPlay", "Copy", "Paste", "unknown",
        "Dead_Acute", "Multi_key", "Kanji",
    )),
    ("Escape", Key.Key_Escape, "\x1b", Mod.NoModifier),
    ("Tab", Key.Key_Tab, "\t", Mod.NoModifier),
    ("Backtab", Key.Key_Backtab, "", Mod.ShiftModifier),
    ("Ctrl+C", Key.Key_C, "\x03", Mod.ControlModifier),
    ("Ctrl+C with its letter", Key.Key_C, "c", Mod.ControlModifier),
    ("Ctrl+A", Key.Key_A, "\x01", Mod.ControlModifier),
    ("Alt+X", Key.Key_X, "x", Mod.AltModifier),
    ("Meta+L", Key.Key_L, "l", Mod.MetaModifier),
)  # fmt: skip

HANDS: tuple[Hand, ...] = (
    *(Hand(name=n, acts=1, do=_key(k, t, m)) for n, k, t, m in _ACTING_KEYS),
    *(Hand(name=n, acts=0, do=_key(k, t, m)) for n, k, t, m in _IDLE_KEYS),
    Hand(name="a key held down", acts=1, do=_key(Key.Key_Return, "\r", repeats=20)),
    Hand(name="auto-repeat alone", acts=0, do=_only_repeats),
    Hand(name="a key let go", acts=0, do=_release_key),
    Hand(name="a click", acts=1, do=_press_of(_L)),
    *(
        Hand(name=str(button), acts=0, do=_press_of(button))
        for button in (
            Button.RightButton, Button.MiddleButton, Button.BackButton,
            Button.ForwardButton, Button.TaskButton,
        )
    ),
    Hand(name="a double click is two clicks", acts=2, do=_strokes(
        (_DOWN, _L, HERE), (_UP, _L, HERE), (_TWICE, _L, HERE), (_UP, _L, HERE))),
    Hand(name="a right double click", acts=0, do=_strokes((_TWICE, Button.RightButton, HERE))),
    Hand(name="a drag", acts=1, do=_strokes(
        (_DOWN, _L, HERE), (_MOVE, _L, HERE + QPoint(9, 9)), (_MOVE, _L, THERE), (_UP, _L, THERE))),
    Hand(name="a drag that came in and ends here", acts=0, do=_strokes(
        (_MOVE, _L, HERE), (_MOVE, _L, THERE), (_UP, _L, THERE))),
    Hand(name="a release alone", acts=0, do=_strokes((_UP, _L, HERE))),
    Hand(name="a moving mouse", acts=0, do=_strokes(
        (_MOVE, Button.NoButton, HERE), (_MOVE, Button.NoButton, THERE))),
    Hand(name="the wheel", acts=0, do=_wheel),
    Hand(name="hovering", acts=0, do=_hover),
    Hand(name="focus", acts=0, do=_focus),
    Hand(name="an input method", acts=0, do=_compose),
    Hand(name="a tap", acts=1, do=_touch(HERE)),
    Hand(name="a tap that trembles", acts=1, do=_touch(HERE, HERE + QPoint(2, 1))),
    Hand(name="a finger that scrolls", acts=0, do=_touch(HERE, HERE + QPoint(0, 30), THERE)),
    Hand(name="a finger that comes back", acts=0, do=_touch(HERE, THERE, HERE)),
    Hand(name="two fingers", acts=0, do=_touch(HERE, HERE + QPoint(1, 0), fingers=2)),
)  # fmt: skip

_EVENTS = {
    "MouseEvent": ("click", "dblclick", "auxclick", "contextmenu", "mousedown", "mouseup",
                   "mousemove", "mouseenter", "mouseleave", "mouseover", "mouseout"),
    "PointerEvent": ("pointerdown", "pointerup", "pointermove", "pointercancel", "pointerenter",
                     "pointerleave", "gotpointercapture", "lostpointercapture", "click"),
    "KeyboardEvent": ("keydown", "keypress", "keyup"),
    "WheelEvent": ("wheel",),
    "DragEvent": ("dragstart", "drag", "dragenter", "dragover", "dragleave", "drop", "dragend"),
    "InputEvent": ("beforeinput", "input"),
    "CompositionEvent": ("compositionstart", "compositionupdate", "compositionend"),
    "ClipboardEvent": ("copy", "cut", "paste"),
    "FocusEvent": ("focus", "blur", "focusin", "focusout"),
    "TouchEvent": ("touchstart", "touchmove", "touchend", "touchcancel"),
    "UIEvent": ("DOMActivate", "select"),
    "SubmitEvent": ("submit",),
    "ToggleEvent": ("beforetoggle", "toggle"),
    "Event": ("change", "invalid", "reset", "scroll", "scrollend", "resize", "fullscreenchange",
              "visibilitychange", "selectionchange", "close", "cancel", "load", "invoke"),
    "MessageEvent": ("message",),
    "HashChangeEvent": ("hashchange",),
    "PopStateEvent": ("popstate",),
}  # fmt: skip

_CALLS = (
    "b.click()", "b.focus()", "b.blur()", "a.click()", "label.click()", "box.click()",
    "radio.click()", "field.focus()", "field.select()", "field.setRangeText('x')",
    "summary.click()", "option.click()", "image.click()", "svgElement().dispatchEvent(new "
    "MouseEvent('click', {bubbles: true}))", "form.requestSubmit()", "form.requestSubmit(submit)",
    "form.submit()", "form.reset()", "submit.click()", "field.checkValidity()",
    "field.reportValidity()", "dialog.showModal()", "dialog.close()", "pop.showPopover()",
    "pop.hidePopover()", "choice.showPicker()", "field.setPointerCapture(1)", "file.click()",
    "color.showPicker()", "document.execCommand('copy')", "document.execCommand('insertText', "
    "false, 'x')", "document.execCommand('paste')", "window.focus()", "parent.focus()",
    "top.focus()", "document.body.requestFullscreen()", "b.requestPointerLock()",
    "navigator.clipboard.writeText('x')", "navigator.vibrate(1)", "open('about:blank')",
    "scrollTo(0, 9)", "b.scrollIntoView()", "getSelection().selectAllChildren(form)",
    "history.pushState(1, '')", "location.hash = 'x'", "navigator.virtualKeyboard.show()",
    "document.startViewTransition(() => 0)", "new EyeDropper().open()", "accessKey('b')",
    "parent.postMessage({type: 'gesture', isTrusted: true}, '*')",
    "parent.postMessage({method: 'gesture_seen', params: {at: 1e9}}, '*')",
)  # fmt: skip


def _dispatch(kind: str, name: str) -> str:
    made = f"new {kind}('{name}', {{bubbles: true, cancelable: true, composed: true, view: window, "
    return made + "key: 'Enter', code: 'Enter', keyCode: 13, button: 0, buttons: 1, detail: 1})"


PRETENCES: tuple[str, ...] = (
    *(f"b.dispatchEvent({_dispatch(k, n)})" for k, names in _EVENTS.items() for n in names),
    *_CALLS,
)

PAGE = """<style>*{margin:0}</style><button id=b accesskey=b>b</button><a id=a href=#x>a</a>
<form id=form onsubmit="return false"><input id=field required><input id=box type=checkbox>
<label id=label for=box>l</label><input id=radio type=radio><input id=color type=color>
<input id=file type=file><select id=choice><option id=option>1<option>2</select>
<input id=image type=image><button id=submit>s</button></form>
<details><summary id=summary>s</summary>d</details><dialog id=dialog>d</dialog>
<div id=pop popover>p</div><svg id=s width=9 height=9><circle r=9 /></svg><script>
const seen = {true: 0, false: 0};
for (const kind of ['click', 'keydown', 'pointerdown', 'wheel', 'pointermove'])
  addEventListener(kind, e => seen[e.isTrusted]++, true);
const svgElement = () => s.firstChild;
const accessKey = key => dispatchEvent(new KeyboardEvent('keydown', {key, altKey: true}));
</script>"""
"""A page with everything that can be clicked; it counts what it saw, by whether it was real."""
