"""What every form of `FieldEditor`s can do. Main thread; the base of `SchemaForm` and of the form
of an elicitation, which make the editors and lay them out.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from mcphost.domain.json import Json
from ui.widgets.field_editors import FieldEditor


class FieldForm(QWidget):
    """`value` and `problems` say what would be sent and what is wrong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editors: list[FieldEditor] = []

    def value(self) -> dict[str, Json]:
        """What would be sent; fields left empty are absent."""
        return {e.field.name: e.value() for e in self._editors if e.is_set() and not e.problem()}

    def problems(self) -> list[str]:
        """What is wrong, one sentence for each field; empty when the form can be sent."""
        found = ((e.field.title, e.problem()) for e in self._editors)
        return [f"{title}: {problem}" for title, problem in found if problem]

    def reveal_problems(self) -> None:
        """Show every problem in place and go to the first."""
        for editor in self._editors:
            editor.reveal()
        first = next((e for e in self._editors if e.problem()), None)
        if first is not None:
            first.setFocus()

    def editor(self, name: str) -> FieldEditor:
        """The editor of the field *name*."""
        return next(e for e in self._editors if e.field.name == name)
