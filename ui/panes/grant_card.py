"""One grant: who may call what, how far it reaches, how it was used. Main thread."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mcphost.domain.grant import Grant, GrantScope
from mcphost.domain.principal import PrincipalKind
from mcphost.domain.text import one_line, visible
from ui.models.lines import count_text, when_text
from ui.widgets.badge import Badge
from ui.widgets.buttons import SecondaryButton
from ui.widgets.card import Card
from ui.widgets.layouts import row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

LONG_UNUSED = 30
_IDLE = 3
"""Days without use from which it is said."""
_SCOPES = {
    GrantScope.ONCE: "once",
    GrantScope.TASK: "this task",
    GrantScope.CONVERSATION: "this conversation",
    GrantScope.STANDING: "standing",
}


class GrantCard(Card):
    """`revoke_pressed` carries the grant's id."""

    revoke_pressed = Signal(str)

    def __init__(self, grant: Grant, *, now: float, parent: QWidget | None = None) -> None:
        super().__init__(margin=SPACE.md, parent=parent)
        line = row(spacing=SPACE.sm)
        line.addWidget(PlainLabel(one_line(grant.tool, limit=80), strong=True, wrap=False))
        where = f"of {one_line(grant.server, limit=40)}, called by {_holder(grant)}"
        line.addWidget(PlainLabel(where, tone="secondary", elide=True), 1)
        idle = grant.unused_days(now)
        if idle >= _IDLE:
            tone = "danger" if idle >= LONG_UNUSED else "warning"
            line.addWidget(Badge(f"unused for {idle} days", tone))
        standing = grant.scope is GrantScope.STANDING
        line.addWidget(Badge(_SCOPES[grant.scope], "accent" if standing else "neutral"))
        self.body.addLayout(line)
        words = visible(grant.words, limit=2_000)
        self.body.addWidget(PlainLabel(f"Allowed {words}."))
        exact = [c for c in grant.constraints if not c.pointer and c.rule.value == "exact"]
        for constraint in exact:
            shown = visible(constraint.value, limit=600)
            self.body.addWidget(PlainLabel(shown, tone="secondary", size="sm", selectable=True))
        foot = row(spacing=SPACE.md)
        foot.addWidget(PlainLabel(_state(grant), tone="tertiary", size="sm"), 1)
        self.revoke = SecondaryButton("Take back")
        self.revoke.setAccessibleDescription(f"{one_line(grant.tool)} {where}")
        self.revoke.clicked.connect(lambda: self.revoke_pressed.emit(grant.id))
        self.revoke.setVisible(grant.ended_at is None)
        foot.addWidget(self.revoke)
        self.body.addLayout(foot)


def _holder(grant: Grant) -> str:
    ident = one_line(grant.ident, limit=60)
    match grant.principal:
        case PrincipalKind.USER:
            return "you"
        case PrincipalKind.MODEL:
            return f"the model {ident}"
        case PrincipalKind.VIEW:
            return f"its App (View {ident})"
        case PrincipalKind.AUTOMATION | PrincipalKind.HOST:
            return ident


def _state(grant: Grant) -> str:
    used = f"used {count_text(grant.uses, 'time')} of {grant.max_uses}"
    if grant.ended_at is not None:
        return f"Ended {when_text(grant.ended_at)}: {grant.ended}; {used}"
    last = f", last {when_text(grant.used_at)}" if grant.used_at else ""
    return f"Given {when_text(grant.issued_at)}, until {when_text(grant.expires_at)}; {used}{last}"
