"""A framed surface with a column inside. Main thread; called by panes and dialogs."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.widgets.layouts import column
from ui.widgets.tokens import SPACE


class Card(QFrame):
    """*surface* is `card` (white, bordered), `raised` (tinted) or `sunken` (tinted, bordered)."""

    def __init__(
        self, *, surface: str = "card", margin: int = SPACE.lg, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", surface)
        self._body = column(self, spacing=SPACE.sm, margin=margin)

    @property
    def body(self) -> QVBoxLayout:
        """The column to put things in."""
        return self._body
