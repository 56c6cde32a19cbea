"""Whether another window lies over a dialog, where the window system can be asked.

Law: on X11 the server itself says when any part of a window is covered, also by a window that takes
no focus and no clicks; nothing is asked for but that, over a connection of our own. Where nobody
can say (Wayland, a compositing X11 desktop, offscreen) the answer is None, never a guess; there a
window that is put in front is noticed only because it takes the activation. Main thread.
"""

from __future__ import annotations

import contextlib
import ctypes
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

_VISIBILITY_CHANGE_MASK = 1 << 16
_VISIBILITY_NOTIFY = 15
_UNOBSCURED = 0


class Covering(Protocol):
    """Says whether something lies over one window."""

    @property
    def covered(self) -> bool | None:
        """What was seen last; None when it cannot be known."""
        ...

    def look(self) -> bool | None:
        """Look again."""
        ...


class Unknowable:
    """A window system that does not tell."""

    @property
    def covered(self) -> bool | None:
        """It cannot be known."""
        return None

    def look(self) -> bool | None:
        """It cannot be known."""
        return None


class _VisibilityEvent(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("state", ctypes.c_int),
    )


class _Event(ctypes.Union):
    _fields_ = (("visibility", _VisibilityEvent), ("pad", ctypes.c_long * 24))


class XCovering(QObject):
    """Listens to the X server for as long as *dialog* lives."""

    def __init__(self, dialog: QWidget, library: ctypes.CDLL, display: int) -> None:
        super().__init__(dialog)
        self._library = library
        self._display = ctypes.c_void_p(display)
        self._covered: bool | None = None
        window = ctypes.c_ulong(int(dialog.winId()))
        library.XSelectInput(self._display, window, ctypes.c_long(_VISIBILITY_CHANGE_MASK))
        library.XSync(self._display, 0)
        self._close = contextlib.ExitStack()
        self._close.callback(library.XCloseDisplay, self._display)
        dialog.destroyed.connect(self._close.close)

    @property
    def covered(self) -> bool | None:
        """What the server said last."""
        return self._covered

    def look(self) -> bool | None:
        """Read what the server has said since, without waiting for it."""
        event = _Event()
        while self._library.XPending(self._display):
            self._library.XNextEvent(self._display, ctypes.byref(event))
            said = event.visibility
            if said.type == _VISIBILITY_NOTIFY and not said.send_event:
                self._covered = said.state != _UNOBSCURED
        return self._covered


def watch_covering(dialog: QWidget) -> Covering:
    """The watch over *dialog*, which is about to be mapped."""
    if QGuiApplication.platformName() != "xcb":
        return Unknowable()
    try:
        library = ctypes.CDLL("libX11.so.6")
    except OSError:
        return Unknowable()
    library.XOpenDisplay.restype = ctypes.c_void_p
    display: int | None = library.XOpenDisplay(None)
    return Unknowable() if display is None else XCovering(dialog, library, display)
