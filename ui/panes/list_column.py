"""The left column of a pane that is a list: heading, optional action, rows. Main thread."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from ui.models.records import RecordModel
from ui.panes.row_delegate import row_list
from ui.widgets.buttons import SecondaryButton
from ui.widgets.heading import Heading
from ui.widgets.icons import Icon
from ui.widgets.layouts import column, row
from ui.widgets.tokens import SPACE

NARROW: Final = 860
"""Pixels below which a pane has little room."""
_NARROWED: Final = 196


class ListColumn(QFrame):
    """`action_pressed` when the button beside the heading is pressed."""

    action_pressed = Signal()

    def __init__(
        self,
        title: str,
        model: RecordModel[Any],
        *,
        action: str = "",
        width: int = 316,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._width = width
        self.setFixedWidth(width)
        outer = column(self, spacing=SPACE.md)
        outer.setContentsMargins(SPACE.lg, SPACE.lg, SPACE.xs, SPACE.lg)
        head = row()
        head.addWidget(Heading(title, level="md"))
        head.addStretch(1)
        if action:
            button = SecondaryButton(action, icon_name=Icon.PLUS)
            button.clicked.connect(self.action_pressed)
            head.addWidget(button)
        outer.addLayout(head)
        self.view = row_list(title)
        self.view.setModel(model)
        outer.addWidget(self.view, 1)
        self._model = model

    def fit(self, pane: int) -> bool:
        """Leave more room to what is beside it where a pane is only *pane* pixels wide. Whether it
        is.
        """
        narrow = pane < NARROW
        self.setFixedWidth(_NARROWED if narrow else self._width)
        return narrow

    def mark(self, key: str) -> None:
        """Select the row of *key* again after the model was filled anew."""
        found = self._model.row_of(key)
        if found is not None and self.view.currentIndex().row() != found:
            self.view.setCurrentIndex(self._model.index(found))
