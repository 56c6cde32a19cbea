"""The form of a prompt's arguments or a template's gaps, with the server's suggestions.

Law: while a person types, and only then, the text so far goes to the server, and the form says so;
an answer to an older text is thrown away; without suggestions it is a plain form. Main thread; held
by the offer panel.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from mcphost.domain.consent import FieldType, FormField
from mcphost.domain.errors import McpHostError
from mcphost.domain.offers import (
    Completion,
    CompletionRef,
    Prompt,
    PromptRef,
    ResourceTemplate,
    TemplateRef,
    TypedSoFar,
)
from mcphost.domain.text import one_line
from ui.panes.core import Core
from ui.widgets.field_form import FieldForm
from ui.widgets.layouts import column
from ui.widgets.plain_label import PlainLabel
from ui.widgets.suggesting_editor import SuggestingEditor
from ui.widgets.tokens import SPACE

_MOST_KEPT = 50


class OfferForm(FieldForm):
    """Fields for *offer*; *completes* tells whether its server suggests values."""

    def __init__(
        self,
        core: Core,
        offer: Prompt | ResourceTemplate,
        *,
        completes: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._core = core
        self._offer = offer
        self._kept: dict[TypedSoFar, Completion] = {}
        self._lines = [SuggestingEditor(f, suggests=completes) for f in _fields(offer)]
        self._editors = list(self._lines)
        layout = column(self, spacing=SPACE.md)
        if completes and self._lines:
            words = f"While you type, the text goes to {offer.server}, which suggests values."
            layout.addWidget(PlainLabel(words, tone="secondary", size="sm"))
        for editor in self._lines:
            editor.paused.connect(partial(self._on_paused, editor))
            layout.addWidget(editor)
        if self._lines:
            self.setFocusProxy(self._lines[0])
        else:
            layout.addWidget(PlainLabel("No arguments needed.", tone="secondary"))

    def texts(self) -> dict[str, str]:
        """What was filled in; empty fields are absent."""
        return {line.field.name: line.line.text() for line in self._lines if line.is_set()}

    def _on_paused(self, editor: SuggestingEditor, text: str) -> None:
        others = {name: value for name, value in self.texts().items() if name != editor.field.name}
        typed = TypedSoFar(
            ref=_ref(self._offer),
            argument=editor.field.name,
            value=text,
            others=tuple(sorted(others.items())),
        )
        known = self._kept.get(typed)
        if known is not None:
            editor.suggest(known.values)
            return
        self._core.run(
            self._core.host.complete(self._offer.server, typed),
            self,
            done=partial(self._on_suggested, editor, typed),
            failed=_nothing_suggested,
        )

    def _on_suggested(self, editor: SuggestingEditor, typed: TypedSoFar, found: Completion) -> None:
        while len(self._kept) >= _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[typed] = found
        if editor.line.text() == typed.value:
            editor.suggest(found.values)


def _nothing_suggested(_error: McpHostError) -> None:
    """A person who types needs no word about suggestions that did not come; the log has it."""


def _ref(offer: Prompt | ResourceTemplate) -> CompletionRef:
    if isinstance(offer, Prompt):
        return PromptRef(name=offer.name)
    return TemplateRef(uri_template=offer.uri_template)


def _fields(offer: Prompt | ResourceTemplate) -> list[FormField]:
    if isinstance(offer, Prompt):
        return [_field(a.name, a.title, a.description, a.required) for a in offer.arguments]
    return [_field(name, one_line(name), "", False) for name in offer.variables]


def _field(name: str, title: str, description: str, required: bool) -> FormField:
    return FormField(
        name=name,
        type=FieldType.STRING,
        title=title,
        description=description,
        required=required,
    )
