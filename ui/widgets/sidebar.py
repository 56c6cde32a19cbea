"""The navigation column: one checkable button for each place, with icon and keyboard shortcut.

Main thread; called by the main window. Places are named by short keys of ours.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ui.widgets.badge import Badge
from ui.widgets.icons import Icon, icon
from ui.widgets.layouts import column, row
from ui.widgets.theme import Theme
from ui.widgets.tokens import SPACE


class NavButton(QToolButton):
    """One place; `set_count` shows how much waits there."""

    def __init__(self, name: Icon, text: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.setText(text)
        self.setCheckable(True)
        self.setProperty("variant", "nav")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(20, 20))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(38)
        self._badge = Badge("", "accent", self)
        self._badge.hide()
        inner = row(self, margin=0)
        inner.setContentsMargins(0, 0, SPACE.sm, 0)
        inner.addStretch(1)
        inner.addWidget(self._badge)
        self._draw_icon()

    def set_count(self, count: int) -> None:
        """Show *count* waiting things; none hides the badge."""
        self._badge.set_state(str(count) if count < 100 else "99+", "accent")
        self._badge.setVisible(count > 0)
        self.setAccessibleDescription(f"{count} waiting" if count else "")

    def changeEvent(self, event: QEvent) -> None:
        """Redraw the icon in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icon()

    def _draw_icon(self) -> None:
        colors = Theme.current().colors
        self.setIcon(icon(self._name, colors.text.secondary, checked=colors.selection.on))


class Sidebar(QFrame):
    """`selected` carries the key of the place that was chosen."""

    selected = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "side")
        self.setAccessibleName("Navigation")
        self.setFixedWidth(208)
        self._buttons: dict[str, NavButton] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        outer = column(self, spacing=SPACE.md, margin=SPACE.md)
        self._top = column(spacing=SPACE.sm)
        self._places = column(spacing=SPACE.xs)
        self._bottom = column(spacing=SPACE.xs)
        outer.addLayout(self._top)
        outer.addLayout(self._places)
        outer.addStretch(1)
        outer.addLayout(self._bottom)

    @property
    def top(self) -> QVBoxLayout:
        """Room above the places (a title)."""
        return self._top

    @property
    def bottom(self) -> QVBoxLayout:
        """Room below the places (status)."""
        return self._bottom

    def add_place(self, key: str, text: str, name: Icon, shortcut: str = "") -> NavButton:
        """Add a place; *shortcut* (`Ctrl+1`) chooses it from anywhere in the window."""
        button = NavButton(name, text)
        self._buttons[key] = button
        self._group.addButton(button)
        self._places.addWidget(button)
        button.clicked.connect(lambda _checked=False, chosen=key: self.select(chosen))
        if shortcut:
            button.setToolTip(f"{text} ({shortcut})")
            keys = QShortcut(QKeySequence(shortcut), self)
            keys.setContext(Qt.ShortcutContext.WindowShortcut)
            keys.activated.connect(lambda chosen=key: self.select(chosen))
        return button

    def select(self, key: str) -> None:
        """Choose the place *key* and say so."""
        self._buttons[key].setChecked(True)
        self.selected.emit(key)

    def button(self, key: str) -> NavButton:
        """The button of the place *key*."""
        return self._buttons[key]
