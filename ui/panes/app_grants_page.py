"""The grants of one template: what its Apps can be given, what is given, and where it is in force.

Law: the page shows what the core says and carries presses; giving asks first, taking back does not.
Main thread; a page of `review_detail`.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QScrollArea, QWidget

from mcphost.domain.app_grant import AppGrantLine
from mcphost.domain.template import ReviewState
from mcphost.domain.text import one_line
from ui.models.lines import size_text, when_text, who_text
from ui.widgets.badge import Badge
from ui.widgets.buttons import DangerButton, SecondaryButton
from ui.widgets.card import Card
from ui.widgets.layouts import clear, column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_LAW = (
    "Everything below is off until you allow it, one by one; approving the template grants none of "
    "it. What you allow holds for exactly these bytes and settings, and is taken back here, also "
    "from Apps that are open."
)


class AppGrantsPage(QScrollArea):
    """`give` and `take_back` carry an `AppGrant`."""

    give = Signal(object)
    take_back = Signal(object)

    def __init__(self, state: ReviewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        inside = QWidget()
        self._body = column(inside, spacing=SPACE.sm)
        self._body.setContentsMargins(0, SPACE.md, SPACE.sm, SPACE.md)
        self.setWidgetResizable(True)
        self.setAccessibleName("What it may do")
        self.setWidget(inside)

    def show_lines(self, lines: tuple[AppGrantLine, ...]) -> None:
        """Show *lines* instead of what is shown."""
        clear(self._body)
        self._body.addWidget(PlainLabel(_LAW, tone="secondary"))
        if self._state is not ReviewState.APPROVED:
            self._body.addWidget(PlainLabel("Approve the template first.", strong=True))
        for line in lines:
            self._body.addWidget(self._card(line))
        self._body.addStretch(1)

    def _card(self, line: AppGrantLine) -> Card:
        card = Card(margin=SPACE.md)
        head = row(spacing=SPACE.md)
        words = line.grant.words
        title = one_line(words[:1].upper() + words[1:], limit=400)
        head.addWidget(PlainLabel(title, strong=True), 1)
        on = line.given or line.live > 0
        head.addWidget(Badge("allowed" if on else "off", "success" if on else "neutral"))
        button = self._button(line)
        if button is not None:
            head.addWidget(button)
        card.body.addLayout(head)
        card.body.addWidget(PlainLabel(line.grant.meaning, tone="secondary"))
        card.body.addWidget(PlainLabel(_standing(line), tone="secondary", size="sm"))
        return card

    def _button(self, line: AppGrantLine) -> QWidget | None:
        if line.given or line.live:
            back = DangerButton("Take back")
            back.clicked.connect(lambda: self.take_back.emit(line.grant))
            return back
        if not line.grant.lasting or self._state is not ReviewState.APPROVED:
            return None
        give = SecondaryButton("Allow…")
        give.clicked.connect(lambda: self.give.emit(line.grant))
        return give


def _standing(line: AppGrantLine) -> str:
    places = "open App" if line.live == 1 else "open Apps"
    now = f"In force in {line.live} {places} now." if line.live else "In force in no open App now."
    if not line.grant.lasting:
        return f"Asked when an App wants it, and ends with that App. {now}"
    if line.kept_bytes:
        now = f"{now} It keeps {size_text(line.kept_bytes)}."
    if not line.given:
        return "Kept with the approval until you take it back."
    return f"Allowed by {who_text(line.given_by)}, {when_text(line.given_at or 0.0)}. {now}"
