"""One labelled fact in a dialog: a quiet caption, a sentence, and an exact value. Main thread."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from mcphost.domain.consent import ConsentFact
from ui.dialogs.consent_text import NEW
from ui.widgets.badge import Badge
from ui.widgets.code_view import CodeView
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.theme import mono_font
from ui.widgets.tokens import SPACE


def fact(
    caption: str, text: str, *, exact: str = "", small: str = "", tone: str = "primary"
) -> QWidget:
    """*caption* over *text*; *exact* in fixed pitch, scrolling when long; *small* in grey."""
    part = QWidget()
    layout = column(part, spacing=SPACE.xs)
    layout.addWidget(PlainLabel(caption, tone="tertiary", size="sm", strong=True))
    if text:
        layout.addWidget(PlainLabel(text, tone=tone, strong=tone != "primary"))
    if exact:
        view = CodeView(exact, numbers=False, label=caption)
        view.fit_height(least=1, most=4)
        layout.addWidget(view)
    if small:
        layout.addWidget(PlainLabel(small, tone="tertiary", size="xs"))
    return part


def fact_with_items(about: ConsentFact) -> QWidget:
    """*about* with one line for each item; what was not asked for before is marked."""
    part = QWidget()
    layout = column(part, spacing=SPACE.xs)
    layout.addWidget(fact(about.caption, about.text, exact=about.exact))
    for item, new in about.items:
        line = row(spacing=SPACE.sm)
        label = PlainLabel(item, wrap=True)
        label.setFont(mono_font())
        if new:
            line.addWidget(Badge(NEW, "warning"), 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(label, 1)
        layout.addLayout(line)
    return part
