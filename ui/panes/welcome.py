"""What the chat shows before the first conversation: three things to try with the demo server.

Main thread; held by the chat pane, which fills it from what the demo server really offers.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QScrollArea, QWidget

from mcphost.domain.summaries import ToolSummary
from ui.models.lines import tool_title
from ui.widgets.badge import Badge
from ui.widgets.buttons import PrimaryButton, SecondaryButton
from ui.widgets.card import Card
from ui.widgets.heading import Heading
from ui.widgets.layouts import clear, column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_BADGE_WIDTH, _BUTTON_WIDTH = 34, 200
_NARROW = 600
"""Pixels below which a button beside its words would leave them no room."""


class Welcome(QScrollArea):
    """Three steps, each with the button that does it."""

    review_wanted = Signal()
    run_wanted = Signal(object)
    choose_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setAccessibleName("First steps")
        self._lines: list[QBoxLayout] = []
        outer = QWidget()
        line = row(outer, margin=SPACE.xl)
        middle = QWidget()
        middle.setMaximumWidth(640)
        column_ = column(middle, spacing=SPACE.md)
        column_.addStretch(1)
        column_.addWidget(Heading("Apps in the chat, without trusting their authors", level="lg"))
        column_.addWidget(
            PlainLabel(
                "A small garden server comes built in. Three things show what this program is for:",
                tone="secondary",
            )
        )
        self._steps = column(spacing=SPACE.sm)
        column_.addLayout(self._steps)
        column_.addStretch(2)
        line.addStretch(1)
        line.addWidget(middle, 1_000)
        line.addStretch(1)
        self.setWidget(outer)
        self.show_steps(None, None, reviewed=False)

    def show_steps(
        self, app_tool: ToolSummary | None, write_tool: ToolSummary | None, *, reviewed: bool
    ) -> None:
        """Offer what the demo server has; without it, say that it is starting."""
        self._lines.clear()
        clear(self._steps)
        if app_tool is None:
            self._steps.addWidget(PlainLabel("The demo server is starting…", tone="secondary"))
            return
        name = tool_title(app_tool)
        review = SecondaryButton if reviewed else PrimaryButton
        button = review("Read it again" if reviewed else "Review the template")
        button.clicked.connect(self.review_wanted)
        text = "An App draws nothing until you have seen its source and approved it."
        self._add_step(1, text, button, done=reviewed)
        run = PrimaryButton if reviewed else SecondaryButton
        button = run(f"Run “{name}”")
        button.clicked.connect(lambda: self.run_wanted.emit(app_tool))
        text = "Run a tool: its App opens below the result, sandboxed, without any network."
        self._add_step(2, text, button, done=False)
        if write_tool is not None:
            button = SecondaryButton(f"Try “{tool_title(write_tool)}”")
            button.clicked.connect(lambda: self.choose_wanted.emit(write_tool))
            text = "Run a tool that writes: you are asked first, with the exact bytes to be sent."
            self._add_step(3, text, button, done=False)

    def _add_step(
        self, number: int, text: str, button: PrimaryButton | SecondaryButton, *, done: bool
    ) -> None:
        card = Card(margin=SPACE.md)
        words = row(spacing=SPACE.md)
        badge = Badge("done" if done else str(number), "success" if done else "accent")
        badge.setMinimumWidth(_BADGE_WIDTH)
        words.addWidget(badge)
        words.addWidget(PlainLabel(text), 1)
        button.setMinimumWidth(_BUTTON_WIDTH)
        line = row(spacing=SPACE.md)
        line.addLayout(words, 1)
        line.addWidget(button)
        card.body.addLayout(line)
        self._steps.addWidget(card)
        self._lines.append(line)
        self._turn()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window each button stands below its words."""
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        narrow = self.width() < _NARROW  # not the viewport's: a scroll bar must not turn it back
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        for line in self._lines:
            line.setDirection(way)
