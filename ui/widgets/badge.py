"""Small pills that say a state in a word: era, link, run state, tier.

Law: a badge never says by colour alone what its text does not say. Main thread.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

TONES = ("neutral", "accent", "info", "success", "warning", "danger")


class Badge(QLabel):
    """*tone* is one of `TONES`."""

    def __init__(
        self, text: str = "", tone: str = "neutral", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedHeight(22)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.set_state(text, tone)

    def set_state(self, text: str, tone: str = "neutral") -> None:
        """Show *text* in *tone*."""
        if tone not in TONES:
            raise ValueError(f"{tone!r} is not a tone of a badge")
        self.setText(text)
        self.setAccessibleName(text)
        if self.property("badge") != tone:
            self.setProperty("badge", tone)
            self.style().unpolish(self)
            self.style().polish(self)
