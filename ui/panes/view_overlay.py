"""The place of the one App that stands outside the conversation: over it, or in its corner.

Law: (1) the host's line is above the App here as well, and the side bar of the window, with its
kill switch, is never covered. (2) Escape leaves full size, whatever the App does with its keys. (3)
What lies under full size cannot be reached with the keyboard meanwhile. (4) The sandbox is moved
within the window and never made anew, so that the App lives on. Main thread; made by the chat pane.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QFrame, QWidget

from mcphost.domain.view import DisplayMode
from ui.panes.view_bar import ViewBar
from ui.panes.view_frame import ViewFrame
from ui.widgets.layouts import column
from ui.widgets.tokens import SPACE

_EDGE = 1
_SHARE = (0.38, 0.44)
"""How much of the pane the corner takes: of its width, of its height."""
_LEAST, _MOST = QSize(360, 240), QSize(540, 420)


class ViewOverlay(QFrame):
    """`mode_wanted` carries the `DisplayMode` that a person wants for the App held here."""

    mode_wanted = Signal(object)
    resized = Signal()

    def __init__(self, pane: QWidget) -> None:
        super().__init__(pane)
        self._pane = pane
        self._mode = DisplayMode.INLINE
        self._frame: ViewFrame | None = None
        self._beneath: list[QWidget] = []
        self.setProperty("surface", "sunken")
        self._inside = column(self, spacing=0, margin=_EDGE)
        self.bar = ViewBar()
        self.bar.mode_wanted.connect(self.mode_wanted)
        self.bar.inspect_pressed.connect(self._on_inspect_pressed)
        self.bar.close_pressed.connect(self._on_close_pressed)
        self._inside.addWidget(self.bar)
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        self._escape.activated.connect(self._on_escape)
        pane.installEventFilter(self)
        self.hide()

    @property
    def frame(self) -> ViewFrame | None:
        """The frame whose App is here."""
        return self._frame

    def cover(self, *beneath: QWidget) -> None:
        """What cannot be reached while an App has full size."""
        self._beneath = list(beneath)

    def take(
        self, frame: ViewFrame, mode: DisplayMode, modes: tuple[DisplayMode, ...], *, shown: bool
    ) -> None:
        """Show the App of *frame* here as *mode*; *modes* are what it can be shown in. *shown*:
        its conversation is the one that is open.
        """
        if frame is not self._frame:
            self.give_back()
            self._frame = frame
            sandbox = frame.lend(mode)
            self._inside.addWidget(sandbox, 1)
            sandbox.show()
        self._mode = mode
        frame.away(mode)
        self.bar.say(frame.bar.who)
        self.bar.offer(mode, modes)
        self.setAccessibleName(f"App of {self.bar.who}")
        self._escape.setEnabled(mode is DisplayMode.FULLSCREEN)
        self._place()
        self.setVisible(shown)
        self._shut_beneath()
        self.raise_()
        self._inside.activate()

    def give_back(self) -> None:
        """The App goes back into its frame, if it is still there."""
        frame, self._frame = self._frame, None
        if frame is not None:
            frame.take_back()
        self.let_go()

    def let_go(self) -> None:
        """Nothing is held here any more."""
        self._frame, self._mode = None, DisplayMode.INLINE
        self.hide()

    def showEvent(self, event: QShowEvent) -> None:
        """In sight again."""
        super().showEvent(event)
        self._shut_beneath()

    def hideEvent(self, event: QHideEvent) -> None:
        """What lies beneath can be reached again."""
        super().hideEvent(event)
        self._shut_beneath()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the pane."""
        if watched is self._pane and event.type() == QEvent.Type.Resize and self._frame is not None:
            self._place()
            self.resized.emit()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        whole = self._pane.rect()
        corner = self._mode is DisplayMode.PIP
        self.setGeometry(_corner_of(whole) if corner else whole)

    def _shut_beneath(self) -> None:
        whole = self._mode is DisplayMode.FULLSCREEN and not self.isHidden()
        for widget in self._beneath:
            widget.setEnabled(not whole)

    def _on_escape(self) -> None:
        self.mode_wanted.emit(DisplayMode.INLINE)

    def _on_inspect_pressed(self) -> None:
        if self._frame is not None:
            self._frame.inspect_pressed.emit()

    def _on_close_pressed(self) -> None:
        if self._frame is not None:
            self._frame.close_pressed.emit()


def _corner_of(whole: QRect) -> QRect:
    wanted = QSize(int(whole.width() * _SHARE[0]), int(whole.height() * _SHARE[1]))
    size = wanted.expandedTo(_LEAST).boundedTo(_MOST)
    left = whole.right() - size.width() - SPACE.xl
    return QRect(max(whole.left(), left), whole.top() + SPACE.lg, size.width(), size.height())
