"""A part that starts folded: a quiet button, and what it shows. Main thread."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QWidget

from ui.widgets.buttons import LinkButton
from ui.widgets.icons import Icon, icon
from ui.widgets.layouts import column, row
from ui.widgets.theme import Theme


class Fold(QWidget):
    """*body* is shown under *title* once it is opened. `toggled` carries whether it is open."""

    toggled = Signal(bool)

    def __init__(self, title: str, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._body = body
        self._button = LinkButton(title)
        self._button.setCheckable(True)
        self._button.toggled.connect(self._on_toggled)
        head = row()
        head.addWidget(self._button)
        head.addStretch(1)
        layout = column(self, spacing=4)
        layout.addLayout(head)
        layout.addWidget(body)
        body.hide()
        self._draw()

    def set_open(self, is_open: bool) -> None:
        """Open or close it."""
        self._button.setChecked(is_open)

    @property
    def is_open(self) -> bool:
        """Whether the body is shown."""
        return self._button.isChecked()

    def changeEvent(self, event: QEvent) -> None:
        """Redraw the arrow in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _on_toggled(self, is_open: bool) -> None:
        self._body.setVisible(is_open)
        self._draw()
        self.toggled.emit(is_open)

    def _draw(self) -> None:
        name = Icon.CHEVRON_DOWN if self.is_open else Icon.CHEVRON_RIGHT
        self._button.setIcon(icon(name, Theme.current().colors.accent.base))
