"""What a pane shows when it has nothing to show: an icon, a sentence, and the next step.

Main thread; called by panes.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QWidget

from ui.widgets.buttons import PrimaryButton
from ui.widgets.heading import Heading
from ui.widgets.icons import Icon, IconLabel
from ui.widgets.layouts import column
from ui.widgets.plain_label import PlainLabel
from ui.widgets.theme import Theme
from ui.widgets.tokens import SPACE


class EmptyState(QWidget):
    """`triggered` when the action is pressed."""

    triggered = Signal()

    def __init__(
        self,
        title: str,
        text: str = "",
        *,
        icon_name: Icon = Icon.INFO,
        action: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon = IconLabel(icon_name, self._color(), side=44)
        heading = Heading(title, level="md")
        body = PlainLabel(text, tone="secondary")
        layout = column(self, spacing=SPACE.md, margin=SPACE.xl)
        layout.addStretch(2)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        for label in (heading, body):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setMaximumWidth(440)
            label.setMinimumWidth(280)
            layout.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        body.setVisible(bool(text))
        if action:
            button = PrimaryButton(action)
            button.clicked.connect(self.triggered)
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def changeEvent(self, event: QEvent) -> None:
        """Redraw the icon in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._icon.draw(self._color())

    def _color(self) -> str:
        return Theme.current().colors.text.tertiary
