"""The pages of a review: findings, what changed, the policy in effect.

Main thread; called by `review_detail`.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from mcphost.domain.app_grant import AppGrant
from mcphost.domain.server import ServerConfig
from mcphost.domain.template import Finding, Severity, TemplateReview
from mcphost.domain.text import one_line, visible
from mcphost.policy.snapshot import build_snapshot, grants_from
from ui.models.findings import finding_title
from ui.widgets.badge import Badge
from ui.widgets.card import Card
from ui.widgets.code_view import CodeView
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_ORDER = {Severity.WARNING: 0, Severity.NOTICE: 1, Severity.INFO: 2}
_TONES = {Severity.WARNING: "danger", Severity.NOTICE: "warning", Severity.INFO: "info"}
_ON = {True: "on", False: "off"}
_ANY_NONCE = "0" * 32
_SHOWN = 300
_BADGE_WIDTH = 68


def findings_page(review: TemplateReview) -> QWidget:
    """Every finding, the weightiest first."""
    page, body = _page("Findings")
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
    page, body = _page("What changed")
    for sentence in sentences[:_SHOWN]:
        card = Card(margin=SPACE.md)
        card.body.addWidget(PlainLabel(visible(sentence, limit=2_000)))
        body.addWidget(card)
    body.addStretch(1)
    return page


def policy_text(
    review: TemplateReview, server: ServerConfig | None, given: Iterable[AppGrant]
) -> str:
    """The policy that an App of *review* is served with, when *given* is granted."""
    if server is None:
        return "The server was removed: nothing of this template can be drawn."
    grants = grants_from(given, askable=review.declared.permissions)
    snapshot = build_snapshot(review.declared, grants, server.app_host, host_nonce=_ANY_NONCE)
    policy = snapshot.app_csp.replace("; ", ";\n")
    sandbox = f"sandbox: {snapshot.sandbox}"
    allow = f"allow, once you say so: {snapshot.allow or 'nothing'}"
    more = f"WebGL: {_ON[snapshot.webgl]}\nsound: {_ON[snapshot.sound]}"
    return f"{policy}\n\n{sandbox}\n{allow}\n{more}"


def policy_page(view: CodeView) -> QWidget:
    """The Content-Security-Policy the App will be served with, directive by directive."""
    page, body = _page("Effective policy")
    body.addWidget(
        PlainLabel(
            "What the engine will enforce: what the template declares, cut down to what you "
            "granted. It is sent as a response header; the template cannot change it.",
            tone="secondary",
        )
    )
    body.addWidget(view, 1)
    return page


def _finding_card(finding: Finding) -> Card:
    card = Card(margin=SPACE.md)
    line = row(spacing=SPACE.md)
    badge = Badge(finding.severity.value, _TONES[finding.severity])
    badge.setMinimumWidth(_BADGE_WIDTH)
    line.addWidget(badge, 0, Qt.AlignmentFlag.AlignTop)
    words = column(spacing=SPACE.xs)
    words.addWidget(PlainLabel(visible(finding.message, limit=2_000)))
    title = finding_title(finding.check)
    where = " · ".join(part for part in (title, one_line(finding.where)) if part)
    words.addWidget(PlainLabel(where, tone="secondary", size="sm"))
    line.addLayout(words, 1)
    card.body.addLayout(line)
    return card


def _page(name: str) -> tuple[QScrollArea, QVBoxLayout]:
    inside = QWidget()
    body = column(inside, spacing=SPACE.sm)
    body.setContentsMargins(0, SPACE.md, SPACE.sm, SPACE.md)
    area = QScrollArea()
    area.setAccessibleName(name)
    area.setWidgetResizable(True)
    area.setWidget(inside)
    return area, body
