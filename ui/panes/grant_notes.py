"""Above an App: what it was stopped for, and the button that leads to the question.

Law: every word is the host's own, about what a guard of the host stopped; an App can neither write
here nor press the button. Main thread; held by `view_frame`.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from mcphost.domain.app_grant import AppGrant
from mcphost.domain.text import one_line
from ui.widgets.banner import Banner
from ui.widgets.layouts import clear, column
from ui.widgets.tokens import SPACE

SHOWN = 3
"""Notes at once: an App that wants more is reviewed better than answered one by one."""


class GrantNotes(QWidget):
    """The notes of one View."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = column(self, spacing=SPACE.xs)
        self._notes: dict[AppGrant, Banner] = {}
        self.hide()

    def say(self, grant: AppGrant, pressed: Callable[[], None]) -> None:
        """Say that the App wants *grant*; *pressed* when a person would give it."""
        if grant in self._notes or len(self._notes) >= SHOWN:
            return
        text = one_line(f"This App wants to {grant.words}. It is off.", limit=300)
        note = Banner(text, action="Allow…", closable=True)
        note.triggered.connect(pressed)
        self._notes[grant] = note
        self._column.addWidget(note)
        self.show()

    def trouble(self, grant: AppGrant, text: str) -> None:
        """Say why *grant* was not given."""
        if grant in self._notes:
            self._notes[grant].set_text(one_line(text, limit=400))

    def texts(self) -> tuple[str, ...]:
        """What is said now."""
        return tuple(note.text() for note in self._notes.values())

    def forget(self) -> None:
        """The View is gone."""
        self._notes.clear()
        clear(self._column)
        self.hide()
