"""What a prompt or a resource came to: looked at before any of it is used.

Law: the text is its server's, in plain type, under a line that says whose it is; nothing goes
anywhere but by the person's press. Main thread; held by the offer panel.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from mcphost.domain.offers import PromptText, ResourceContents
from mcphost.domain.text import one_line
from ui.widgets.buttons import PrimaryButton, SecondaryButton
from ui.widgets.code_view import CodeView
from ui.widgets.icons import Icon
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE


class OfferResult(QWidget):
    """`used` when the person takes it, `left` when they go back."""

    used = Signal()
    left = Signal()

    def __init__(
        self,
        found: PromptText | ResourceContents,
        *,
        has_model: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        layout = column(self, spacing=SPACE.sm)
        layout.addWidget(PlainLabel(_whose(found), tone="secondary", size="sm"))
        self.view = CodeView(_text(found), numbers=False, label="What the server wrote")
        layout.addWidget(self.view, 1)
        self.use = PrimaryButton(_verb(found), icon_name=Icon.PLUS)
        self.use.clicked.connect(self.used)
        self.use.setEnabled(_usable(found, has_model))
        back = SecondaryButton("Back")
        back.clicked.connect(self.left)
        buttons = row(spacing=SPACE.sm)
        buttons.addWidget(PlainLabel(_note(found, has_model), tone="tertiary", size="sm"), 1)
        for button in (back, self.use):
            buttons.addWidget(button)
        layout.addLayout(buttons)
        self.setFocusProxy(_first(self.use, back))


def _first(wanted: QPushButton, other: QPushButton) -> QPushButton:
    return wanted if wanted.isEnabled() else other


def _whose(found: PromptText | ResourceContents) -> str:
    if isinstance(found, PromptText):
        return f"Written by the server {found.server}, as its prompt {one_line(found.name)}."
    return f"Written by the server {found.server}, as its resource {one_line(found.uri)}."


def _text(found: PromptText | ResourceContents) -> str:
    if isinstance(found, ResourceContents):
        return "\n\n".join(part.words for part in found.parts) or "(There is nothing in it.)"
    attached = [f"[{part.uri}]\n{part.words}" for part in found.embedded]
    return "\n\n".join((found.text, *attached))


def _verb(found: PromptText | ResourceContents) -> str:
    return "Put into my message" if isinstance(found, PromptText) else "Attach to the conversation"


def _usable(found: PromptText | ResourceContents, has_model: bool) -> bool:
    return has_model if isinstance(found, PromptText) else bool(found.text)


def _note(found: PromptText | ResourceContents, has_model: bool) -> str:
    if isinstance(found, PromptText):
        return "" if has_model else "There is no model to send it to."
    return "" if found.text else "Only text can be attached."
