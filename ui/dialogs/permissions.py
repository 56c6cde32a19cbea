"""How far a yes goes: just this once, or one of the grants the question offers, in whole words.

Law: what is chosen at first is just this once. Choosing changes what the one button says, and that
is new content: the delay starts again, so a lasting yes takes two acts in two places. Main thread.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from ui.dialogs.consent_text import Permission
from ui.widgets.layouts import column
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

HEADING = "Allow more than this once…"


class PermissionChoice(QWidget):
    """One line for each of *permissions*, the first chosen. `chosen` carries a `Permission`."""

    chosen = Signal(object)

    def __init__(self, permissions: Sequence[Permission], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = column(self, spacing=SPACE.xs)
        self._group = QButtonGroup(self)
        self.lines: list[QRadioButton] = []
        for number, permission in enumerate(permissions):
            line = QRadioButton(permission.button)
            line.setAccessibleName(f"{permission.button}: {permission.words}")
            self._group.addButton(line, number)
            layout.addWidget(line)
            layout.addWidget(PlainLabel(permission.words, tone="secondary", size="sm"))
            self.lines.append(line)
        self.lines[0].setChecked(True)
        self._permissions = tuple(permissions)
        self._group.idToggled.connect(self._on_toggled)

    def _on_toggled(self, number: int, on: bool) -> None:
        if on:
            self.chosen.emit(self._permissions[number])
