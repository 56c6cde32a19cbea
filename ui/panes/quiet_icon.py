"""A still icon in the quiet text colour that follows the theme. Main thread."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget

from ui.widgets.icons import Icon, IconLabel
from ui.widgets.theme import Theme


class QuietIcon(IconLabel):
    """Decoration beside words that say the same."""

    def __init__(self, name: Icon, *, side: int = 18, parent: QWidget | None = None) -> None:
        super().__init__(name, Theme.current().colors.text.secondary, side=side, parent=parent)

    def changeEvent(self, event: QEvent) -> None:
        """Redraw in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.draw(Theme.current().colors.text.secondary)
