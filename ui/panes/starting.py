"""What is on the screen until the core is ready, and what is left when it could not start.

Main thread; made by `ui.app`.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from mcphost.domain.text import visible
from ui.widgets.buttons import PrimaryButton
from ui.widgets.heading import Heading
from ui.widgets.layouts import column
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE


class StartingWindow(QWidget):
    """`left` when the person closes it."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("mcphost")
        self.setProperty("surface", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.resize(QSize(460, 240))
        outer = column(self, spacing=SPACE.md, margin=SPACE.xl)
        outer.addStretch(1)
        outer.addWidget(Heading("mcphost", level="md"))
        self._words = PlainLabel("Starting, and testing the isolation of Apps…", tone="secondary")
        outer.addWidget(self._words)
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        outer.addWidget(self._progress)
        self._quit = PrimaryButton("Quit")
        self._quit.clicked.connect(self.close)
        self._quit.hide()
        outer.addWidget(self._quit, 0, Qt.AlignmentFlag.AlignRight)
        outer.addStretch(1)

    def say_failed(self, reason: str) -> None:
        """The core could not start: say why, and stay until the person has read it."""
        self._words.setText(f"mcphost could not start. {visible(reason, limit=2_000)}")
        self._words.set_tone("danger")
        self._progress.hide()
        self._quit.show()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing it leaves the program."""
        super().closeEvent(event)
        self.left.emit()
