"""The line above every App: whose it is, that it is sandboxed, and what a person can do with it.

Law: it is the host's, outside the sandbox, and in sight in every display mode; what it says comes
from the host's own records, first the local alias of the server, which the person gave. Its buttons
are signals and offer only what the App can be shown as. Main thread.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from mcphost.domain.view import DisplayMode
from ui.panes.quiet_icon import QuietIcon
from ui.widgets.badge import Badge
from ui.widgets.buttons import IconButton
from ui.widgets.icons import Icon
from ui.widgets.layouts import row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_BUTTONS = (
    (DisplayMode.INLINE, Icon.INLINE, "Put this App back into the conversation"),
    (DisplayMode.PIP, Icon.CORNER, "Show this App in the corner"),
    (DisplayMode.FULLSCREEN, Icon.EXPAND, "Show this App over the whole conversation"),
)


class ViewBar(QWidget):
    """`mode_wanted` carries a `DisplayMode`."""

    mode_wanted = Signal(object)
    inspect_pressed = Signal()
    close_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        line = row(self, spacing=SPACE.sm)
        line.setContentsMargins(SPACE.md, SPACE.xs, SPACE.xs, SPACE.xs)
        line.addWidget(QuietIcon(Icon.LOCK, side=14))
        self._who = PlainLabel(tone="secondary", size="sm", elide=True)
        line.addWidget(self._who, 1)
        self._starting = PlainLabel("starting…", tone="secondary", size="sm")
        self._starting.hide()
        line.addWidget(self._starting)
        badge = Badge("sandboxed App")
        badge.setToolTip("It has no power of its own; what it asks for is decided by mcphost.")
        line.addWidget(badge)
        buttons = row(spacing=0)
        self._modes: dict[DisplayMode, IconButton] = {}
        for mode, icon, name in _BUTTONS:
            button = IconButton(icon, name)
            button.clicked.connect(partial(self.mode_wanted.emit, mode))
            button.hide()
            buttons.addWidget(button)
            self._modes[mode] = button
        inspect = IconButton(Icon.INSPECTOR, "Inspect this App")
        inspect.clicked.connect(self.inspect_pressed)
        buttons.addWidget(inspect)
        close = IconButton(Icon.CLOSE, "Close this App")
        close.clicked.connect(self.close_pressed)
        buttons.addWidget(close)
        line.addLayout(buttons)

    @property
    def who(self) -> str:
        """Whose App this is, in words."""
        return self._who.text()

    def say(self, who: str) -> None:
        """*who* is plain text, sanitised by the caller."""
        self._who.setText(who)

    def say_starting(self, starting: bool) -> None:
        """Whether there is nothing to see of the App yet, because it has not begun."""
        self._starting.setVisible(starting)

    def offer(self, shown: DisplayMode, modes: tuple[DisplayMode, ...]) -> None:
        """It is *shown* so, and can be shown in *modes*."""
        for mode, button in self._modes.items():
            button.setVisible(mode in modes and mode is not shown)

    def button(self, mode: DisplayMode) -> IconButton:
        """The button that leads to *mode*."""
        return self._modes[mode]

    def focus_button(self) -> None:
        """Give the keyboard to the first thing that can be pressed here."""
        for button in self._modes.values():
            if not button.isHidden():
                button.setFocus(Qt.FocusReason.OtherFocusReason)
                return
