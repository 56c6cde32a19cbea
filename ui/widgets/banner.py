"""A strip that says what happened and, with a button, what can be done about it.

Law: plain text only. Main thread; called by panes.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame, QWidget

from ui.widgets.buttons import IconButton, SecondaryButton
from ui.widgets.icons import Icon, IconLabel
from ui.widgets.layouts import row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.theme import Theme
from ui.widgets.tokens import SPACE

_ICONS = {
    "info": Icon.INFO,
    "success": Icon.CHECK,
    "warning": Icon.WARNING,
    "error": Icon.ERROR,
}


class Banner(QFrame):
    """*level* is `info`, `success`, `warning` or `error`.

    `triggered` when the action is pressed, `dismissed` when it is closed.
    """

    triggered = Signal()
    dismissed = Signal()

    def __init__(
        self,
        text: str,
        *,
        level: str = "info",
        action: str = "",
        closable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._level = level
        self._tone = "danger" if level == "error" else level
        self.setProperty("surface", f"banner-{self._tone}")
        self._icon = IconLabel(_ICONS[level], self._color())
        self._label = PlainLabel(text, tone=self._tone)
        self.setAccessibleName(f"{level}: {text}")
        layout = row(self, spacing=SPACE.md, margin=SPACE.md)
        layout.addWidget(self._icon)
        layout.addWidget(self._label, 1)
        if action:
            button = SecondaryButton(action)
            button.clicked.connect(self.triggered)
            layout.addWidget(button)
        if closable:
            close = IconButton(Icon.CLOSE, "Dismiss")
            close.clicked.connect(self._on_close_clicked)
            layout.addWidget(close)

    @property
    def level(self) -> str:
        """`info`, `success`, `warning` or `error`."""
        return self._level

    def text(self) -> str:
        """What it says."""
        return self._label.text()

    def set_text(self, text: str) -> None:
        """Say *text* instead."""
        self._label.setText(text)
        self.setAccessibleName(f"{self._level}: {text}")

    def changeEvent(self, event: QEvent) -> None:
        """Redraw the icon in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._icon.draw(self._color())

    def _color(self) -> str:
        return str(getattr(Theme.current().colors.text, self._tone))

    def _on_close_clicked(self) -> None:
        self.hide()
        self.dismissed.emit()
