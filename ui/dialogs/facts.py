"""One labelled fact in a dialog: a quiet caption, a sentence, and an exact value. Main thread."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.widgets.code_view import CodeView
from ui.widgets.layouts import column
from ui.widgets.plain_label import PlainLabel
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
