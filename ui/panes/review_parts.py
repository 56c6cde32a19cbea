"""The pages of a review: findings, what the template asks for, the policy in effect.

Main thread; called by `review_detail`.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from mcphost.domain.server import ServerConfig
from mcphost.domain.template import Finding, Severity, TemplateReview
from mcphost.domain.text import one_line, visible
from mcphost.policy.snapshot import Grants, build_snapshot
from ui.models.changes import declared_rows
from ui.widgets.badge import Badge
from ui.widgets.card import Card
from ui.widgets.code_view import CodeView
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_ORDER = {Severity.WARNING: 0, Severity.NOTICE: 1, Severity.INFO: 2}
_TONES = {Severity.WARNING: "danger", Severity.NOTICE: "warning", Severity.INFO: "info"}
_ANY_NONCE = "0" * 32
_SHOWN = 300
_BADGE_WIDTH = 68


def findings_page(review: TemplateReview) -> QWidget:
    """Every finding, the weightiest first."""
    page, body = _page()
    body.addWidget(
        PlainLabel(
            "What a static look at the bytes found. It is a reading aid, not a proof: an App may "
            "build at run time what no reading shows. The sandbox holds either way.",
            tone="secondary",
        )
    )
    ordered = sorted(review.findings, key=lambda f: (_ORDER[f.severity], f.check, f.where))
    for finding in ordered[:_SHOWN]:
        body.addWidget(_finding_card(finding))
    if len(ordered) > _SHOWN:
        body.addWidget(PlainLabel(f"… and {len(ordered) - _SHOWN} more", tone="secondary"))
    if not ordered:
        body.addWidget(PlainLabel("Nothing was found."))
    body.addStretch(1)
    return page


def changes_page(sentences: tuple[str, ...]) -> QWidget:
    """What changed since the version approved last, capabilities first."""
    page, body = _page()
    for sentence in sentences[:_SHOWN]:
        card = Card(margin=SPACE.md)
        card.body.addWidget(PlainLabel(visible(sentence, limit=2_000)))
        body.addWidget(card)
    body.addStretch(1)
    return page


def asks_page(review: TemplateReview) -> QWidget:
    """Declared domains and permissions, and what of it is granted."""
    page, body = _page()
    rows = declared_rows(review.declared)
    body.addWidget(
        PlainLabel(
            "A declaration is a request by the App's author. Nothing is granted by approving.",
            tone="secondary",
        )
    )
    if not rows:
        body.addWidget(PlainLabel("Asks for nothing: no network, no permissions."))
    for words, entries in rows:
        card = Card(margin=SPACE.md)
        line = row()
        line.addWidget(PlainLabel(words, strong=True, wrap=False))
        line.addStretch(1)
        line.addWidget(Badge("granted: nothing", "neutral"))
        card.body.addLayout(line)
        for entry in entries:
            card.body.addWidget(PlainLabel(one_line(entry, limit=300)))
        body.addWidget(card)
    body.addStretch(1)
    return page


def policy_page(review: TemplateReview, server: ServerConfig | None) -> QWidget:
    """The Content-Security-Policy the App will be served with, directive by directive."""
    page, body = _page()
    body.addWidget(
        PlainLabel(
            "What the engine will enforce: what the template declares, cut down to what you "
            "granted. It is sent as a response header; the template cannot change it.",
            tone="secondary",
        )
    )
    view = CodeView(_csp_text(review, server), numbers=False, label="Effective policy")
    body.addWidget(view, 1)
    return page


def _csp_text(review: TemplateReview, server: ServerConfig | None) -> str:
    if server is None:
        return "The server was removed: nothing of this template can be drawn."
    snapshot = build_snapshot(review.declared, Grants(), server.app_host, host_nonce=_ANY_NONCE)
    policy = snapshot.app_csp.replace("; ", ";\n")
    sandbox = f"sandbox: {snapshot.sandbox}"
    allow = f"allow: {snapshot.allow or 'nothing'}"
    return f"{policy}\n\n{sandbox}\n{allow}"


def _finding_card(finding: Finding) -> Card:
    card = Card(margin=SPACE.md)
    line = row(spacing=SPACE.md)
    badge = Badge(finding.severity.value, _TONES[finding.severity])
    badge.setMinimumWidth(_BADGE_WIDTH)
    line.addWidget(badge, 0, Qt.AlignmentFlag.AlignTop)
    words = column(spacing=SPACE.xs)
    words.addWidget(PlainLabel(visible(finding.message, limit=2_000)))
    check = finding.check.replace("-", " ")
    where = " · ".join(part for part in (check, one_line(finding.where)) if part)
    words.addWidget(PlainLabel(where, tone="secondary", size="sm"))
    line.addLayout(words, 1)
    card.body.addLayout(line)
    return card


def _page() -> tuple[QScrollArea, QVBoxLayout]:
    inside = QWidget()
    body = column(inside, spacing=SPACE.sm)
    body.setContentsMargins(0, SPACE.md, SPACE.sm, SPACE.md)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(inside)
    return area, body
