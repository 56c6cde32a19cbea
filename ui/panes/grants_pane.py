"""What may be called without asking again: every grant, and taking it back.

Law: the pane shows what the core holds, in the words the person said yes to; nothing is granted
here. Main thread; held by the main window.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from mcphost.domain.events import AuditAppended
from mcphost.domain.grant import Grant
from ui.panes.core import Core
from ui.panes.grant_card import GrantCard
from ui.widgets.buttons import DangerButton
from ui.widgets.fold import Fold
from ui.widgets.heading import Heading
from ui.widgets.layouts import clear, column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_SAID = (
    "Each stands in for a question that you answered. It holds for exactly this tool as its "
    "server defines it now; a change of the tool, its App, its server or the policy ends it. What "
    "cannot be undone is asked about every time."
)
_SOON_MS = 50


class GrantsPane(QScrollArea):
    """Asks the core whenever it is shown, and when a row says that a grant changed."""

    def __init__(self, core: Core, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._shown: tuple[Grant, ...] | None = None
        self.setWidgetResizable(True)
        self.setAccessibleName("Grants")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        outer = column(inside, spacing=SPACE.md)
        outer.setContentsMargins(SPACE.xl, SPACE.lg, SPACE.xl, SPACE.lg)
        head = row(spacing=SPACE.md)
        head.addWidget(Heading("Grants", level="md"), 1)
        self.all = DangerButton("Take all back")
        self.all.clicked.connect(self._on_all_pressed)
        head.addWidget(self.all)
        outer.addLayout(head)
        outer.addWidget(PlainLabel(_SAID, tone="secondary"))
        self._list = column(spacing=SPACE.md)
        outer.addLayout(self._list)
        outer.addStretch(1)
        self.setWidget(inside)
        self._soon = QTimer(self)  # many rows at once are one change
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self._load)
        core.happened.connect(self._on_event)
        self.show_grants([])

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks: ask what there is."""
        super().showEvent(event)
        self._load()

    def show_grants(self, grants: Sequence[Grant]) -> None:
        """Those in force, the newest first; below, those that ended."""
        if self._shown == tuple(grants):
            return
        self._shown = tuple(grants)
        clear(self._list)
        held = [grant for grant in grants if grant.ended_at is None]
        ended = [grant for grant in grants if grant.ended_at is not None]
        for grant in sorted(held, key=lambda grant: -grant.issued_at):
            card = GrantCard(grant, now=time.time())
            card.revoke_pressed.connect(self._revoke)
            self._list.addWidget(card)
        if not held:
            self._list.addWidget(PlainLabel("No grant is in force: you are asked each time."))
        self.all.setVisible(bool(held))
        if ended:
            self._list.addWidget(self._ended(ended))

    def _ended(self, grants: list[Grant]) -> Fold:
        body = QWidget()
        inside = column(body, spacing=SPACE.sm)
        for grant in sorted(grants, key=lambda grant: -(grant.ended_at or 0.0)):
            inside.addWidget(GrantCard(grant, now=time.time()))
        return Fold(f"Ended in the last 30 days ({len(grants)})", body)

    def _load(self) -> None:
        self._core.run(self._core.host.grants(), self, done=self.show_grants)

    def _revoke(self, ident: str) -> None:
        self._core.run(self._core.host.revoke_grant(ident), self, done=self._on_revoked)

    def _on_all_pressed(self) -> None:
        self._core.run(self._core.host.revoke_all_grants(), self, done=self._on_revoked)

    def _on_revoked(self, _count: object) -> None:
        self._soon.start()

    def _on_event(self, event: object) -> None:
        grants = isinstance(event, AuditAppended) and event.line.kind.startswith("grant_")
        if grants and self.isVisible():
            self._soon.start()
