"""Rows of environment variables: name, value, remove. Main thread; used by `add_server.py`.

Law: values may be secrets: they are hidden unless being edited.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ui.widgets.buttons import IconButton, LinkButton
from ui.widgets.icons import Icon
from ui.widgets.layouts import column, row
from ui.widgets.tokens import SPACE


class EnvironmentRows(QWidget):
    """`changed` on every edit."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[QWidget, QLineEdit, QLineEdit]] = []
        self._layout = column(self, spacing=SPACE.xs)
        add = LinkButton("Add a variable", icon_name=Icon.PLUS)
        add.clicked.connect(lambda: self.add_row())
        last: QHBoxLayout = row()
        last.addWidget(add)
        last.addStretch(1)
        self._layout.addLayout(last)

    def add_row(self, name: str = "", value: str = "") -> None:
        """Add a row."""
        holder = QWidget()
        inner = row(holder, spacing=SPACE.xs)
        left, right = QLineEdit(name), QLineEdit(value)
        left.setPlaceholderText("NAME")
        left.setAccessibleName("Variable name")
        right.setPlaceholderText("value")
        right.setAccessibleName("Variable value")
        right.setEchoMode(QLineEdit.EchoMode.PasswordEchoOnEdit)
        remove = IconButton(Icon.CLOSE, "Remove this variable")
        remove.clicked.connect(lambda: self._remove(holder))
        inner.addWidget(left, 2)
        inner.addWidget(right, 3)
        inner.addWidget(remove)
        for edit in (left, right):
            edit.textChanged.connect(self.changed)
        self._rows.append((holder, left, right))
        self._layout.insertWidget(len(self._rows) - 1, holder)
        left.setFocus()
        self.changed.emit()

    def value(self) -> tuple[tuple[str, str], ...]:
        """The variables, in order; rows without a name and a value are left out."""
        pairs = ((left.text().strip(), right.text()) for _, left, right in self._rows)
        return tuple((name, value) for name, value in pairs if name or value)

    def _remove(self, holder: QWidget) -> None:
        self._rows = [one for one in self._rows if one[0] is not holder]
        holder.hide()
        holder.deleteLater()
        self.changed.emit()
