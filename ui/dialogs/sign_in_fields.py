"""How this program is known where a server's people sign in: fields that most servers never need.

Law: (1) what is typed is checked where it stands, and nothing is guessed; (2) the secret is never
shown, never put into a configuration, and handed on by itself. Main thread; used by the dialogs
about servers.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from mcphost.domain.authorization import AuthorizationSettings
from mcphost.domain.sign_in_choices import Choice, problems
from ui.widgets.layouts import column
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_INTRO = (
    "Only for a server whose people gave you a client id, or ask for an address that describes "
    "mcphost. Everything may stay empty: then mcphost makes itself known when you sign in."
)
_FIELDS = (
    (Choice.CLIENT_ID, "Client id", "as it was given to you"),
    (Choice.SECRET, "Client secret", "goes to your keyring, and is not shown again"),
    (Choice.ISSUER, "Registered at", "https://login.example.com"),
    (Choice.METADATA_URL, "Client metadata address", "https://example.com/client.json"),
)


class SignInFields(QWidget):
    """`changed` on every edit."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edits: dict[Choice, QLineEdit] = {}
        self.notes: dict[Choice, PlainLabel] = {}
        layout = column(self, spacing=SPACE.sm)
        layout.addWidget(PlainLabel(_INTRO, tone="secondary", size="sm"))
        for choice, name, hint in _FIELDS:
            edit, note = QLineEdit(), PlainLabel(tone="danger", size="sm")
            edit.setPlaceholderText(hint)
            edit.setAccessibleName(name)
            edit.textChanged.connect(self._on_text_changed)
            note.hide()
            part = column(spacing=SPACE.xs)
            part.addWidget(PlainLabel(name, strong=True, size="sm"))
            part.addWidget(edit)
            part.addWidget(note)
            layout.addLayout(part)
            self.edits[choice], self.notes[choice] = edit, note
        self.edits[Choice.SECRET].setEchoMode(QLineEdit.EchoMode.Password)

    def settings(self) -> AuthorizationSettings:
        """What is chosen, without the secret."""
        return AuthorizationSettings(
            client_id=self._text(Choice.CLIENT_ID),
            client_secret=bool(self.secret()),
            issuer=self._text(Choice.ISSUER),
            metadata_url=self._text(Choice.METADATA_URL),
        )

    def secret(self) -> str:
        """The secret, if one was typed."""
        return self._text(Choice.SECRET)

    def is_right(self) -> bool:
        """Whether nothing is wrong with it."""
        return not problems(self.settings(), self.secret())

    def _text(self, choice: Choice) -> str:
        return self.edits[choice].text().strip()

    def _on_text_changed(self) -> None:
        wrong = problems(self.settings(), self.secret())
        for choice, note in self.notes.items():
            note.setText(wrong.get(choice, ""))
            note.setVisible(choice in wrong)
        self.changed.emit()
