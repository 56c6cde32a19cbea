"""The form of an elicitation: one native editor for each field, and what will be sent.

Law: the values shown under "What will be sent" are the values that are sent. Main thread.
"""

from __future__ import annotations

from collections.abc import Sequence

import rfc8785
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mcphost.domain.consent import FormField
from mcphost.domain.json import canonical_bytes
from mcphost.domain.text import visible
from ui.widgets.code_view import CodeView
from ui.widgets.field_editors import build_editor
from ui.widgets.field_form import FieldForm
from ui.widgets.fold import Fold
from ui.widgets.layouts import column
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE


class ElicitationForm(FieldForm):
    """`resized` when something below may have moved under the pointer."""

    resized = Signal()

    def __init__(self, fields: Sequence[FormField], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editors = [build_editor(field) for field in fields]
        layout = column(self, spacing=SPACE.md)
        for editor in self._editors:
            editor.changed.connect(self._refresh)
            layout.addWidget(editor)
        if self._editors:
            self.setFocusProxy(self._editors[0])
        else:
            layout.addWidget(PlainLabel("There is nothing to fill in.", tone="secondary"))
        self.review = CodeView("", numbers=False, label="What will be sent")
        self.review.fit_height(least=1, most=6)
        fold = Fold("What will be sent", self.review)
        fold.toggled.connect(self.resized)
        layout.addWidget(fold)
        self._refresh()

    def _refresh(self) -> None:
        try:
            text = canonical_bytes(self.value()).decode()
        except rfc8785.CanonicalizationError as error:
            text = str(error)
        self.review.set_code(visible(text, limit=max(len(text), 1)))
