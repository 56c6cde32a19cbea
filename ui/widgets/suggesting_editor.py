"""A line of text for which somebody else suggests values while a person types.

Law: suggestions are asked for only after a pause in real typing, never for what a program puts in;
they are shown as plain text and change nothing until one is chosen; late ones are thrown away by
whoever asked. Main thread; called by forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QStringListModel, Qt, QTimer, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from mcphost.domain.consent import FormField
from mcphost.domain.json import Json
from ui.widgets.field_checks import check_text
from ui.widgets.field_editors import FieldEditor

PAUSE_MS: Final = 200
_MOST_SHOWN: Final = 8


class SuggestingEditor(FieldEditor):
    """`paused` carries what is typed, when the person stops for a moment."""

    paused = Signal(str)

    def __init__(self, field: FormField, *, suggests: bool, parent: QWidget | None = None) -> None:
        """*suggests* False makes it a plain line."""
        super().__init__(field, parent)
        self._line = QLineEdit()
        self._line.textChanged.connect(self._on_edited)
        self._words = QStringListModel(self)
        self._completer: QCompleter | None = None
        self._pause = QTimer(self, interval=PAUSE_MS, singleShot=True)
        self._pause.timeout.connect(lambda: self.paused.emit(self._line.text()))
        if suggests:
            completer = QCompleter(self._words, self)
            completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseSensitive)
            completer.setMaxVisibleItems(_MOST_SHOWN)
            self._line.setCompleter(completer)
            self._completer = completer
            self._line.textEdited.connect(self._on_typed)
        self._finish()

    def suggest(self, values: Sequence[str]) -> None:
        """Offer *values*, if the person is still here."""
        self._words.setStringList(list(values))
        if values and self._completer is not None and self._line.hasFocus():
            self._completer.complete()

    @property
    def line(self) -> QLineEdit:
        """Where it is typed."""
        return self._line

    def value(self) -> Json:
        """The text."""
        return self._line.text()

    def is_set(self) -> bool:
        """Anything typed counts."""
        return bool(self._line.text())

    def _check(self) -> str:
        return check_text(self._field, self._line.text())

    def _input(self) -> QWidget:
        return self._line

    def _on_typed(self, _text: str) -> None:
        self._words.setStringList([])
        self._pause.start()
