"""The exact bytes of a question; where the person may change the arguments, the form to do so.

Law: (1) the form begins with exactly the arguments that were asked about, or there is none; (2)
while it is open the question cannot be allowed; (3) what it is closed with is no consent: it goes
back to be decided and asked anew. The names of its fields are the server's. Main thread.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mcphost.domain.consent import ConsentRequest
from ui.dialogs.arming import ArmingGate
from ui.dialogs.consent_text import INSTEAD, SERVERS_WORDS, ConsentText, arguments_of
from ui.dialogs.guarded import GuardedButton
from ui.widgets.badge import Badge
from ui.widgets.buttons import LinkButton
from ui.widgets.card import Card
from ui.widgets.code_view import CodeView
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.schema_form import SchemaForm, form_of
from ui.widgets.tokens import SPACE


class ArgumentsPart(QWidget):
    """`turned`: it shows something else now. `edited` carries the arguments and the device."""

    turned = Signal()
    edited = Signal(object, str)

    def __init__(self, request: ConsentRequest, text: ConsentText, gate: ArmingGate) -> None:
        super().__init__()
        self._text = text
        self._given = arguments_of(request)
        self._form = None if request.schema is None else form_of(request.schema, self._given)
        self.editing = False
        layout = column(self, spacing=SPACE.xs)
        head = row(spacing=SPACE.sm)
        self._title = PlainLabel(text.exactly, strong=True)
        head.addWidget(self._title, 1)
        self.edit_toggle = LinkButton("Edit…")
        self.edit_toggle.setVisible(self._form is not None)
        self.edit_toggle.clicked.connect(self._on_edit_clicked)
        head.addWidget(self.edit_toggle)
        self.exact_toggle = LinkButton("Show exact bytes")
        self.exact_toggle.setCheckable(True)
        self.exact_toggle.toggled.connect(self._on_exact_toggled)
        head.addWidget(self.exact_toggle)
        self.code = CodeView(text.readable, label=text.exactly)
        self.code.fit_height(least=2, most=14)
        self._fingerprint = PlainLabel(text.fingerprint, tone="tertiary", size="xs")
        self._fingerprint.hide()
        layout.addLayout(head)
        layout.addWidget(self.code)
        layout.addWidget(self._fingerprint)
        self.card: Card | None = None
        if self._form is not None:
            self.card = self._form_card(self._form, gate)
            layout.addWidget(self.card)

    @property
    def form(self) -> SchemaForm | None:
        """The form, where the arguments may be changed."""
        return self._form

    def _form_card(self, form: SchemaForm, gate: ArmingGate) -> Card:
        card = Card(surface="sunken", margin=SPACE.md)
        said = row(spacing=SPACE.sm)
        said.addWidget(Badge("unverified", "warning"))
        said.addWidget(PlainLabel(SERVERS_WORDS, tone="secondary", size="sm"), 1)
        card.body.addLayout(said)
        card.body.addWidget(form)
        ends = row(spacing=SPACE.sm)
        ends.addStretch(1)
        self.keep = LinkButton("Leave it as it was")
        self.keep.clicked.connect(self._on_keep_clicked)
        self.accept = GuardedButton("Ask me again with this", gate)
        self.accept.chosen.connect(self._on_accepted)
        self.accept.setEnabled(False)
        form.changed.connect(self._on_changed)
        ends.addWidget(self.keep)
        ends.addWidget(self.accept)
        card.body.addLayout(ends)
        card.hide()
        return card

    def _on_edit_clicked(self) -> None:
        self._turn(editing=True)
        if self._form is not None:
            self._form.setFocus()

    def _on_keep_clicked(self) -> None:
        self._turn(editing=False)

    def _turn(self, *, editing: bool) -> None:
        self.editing = editing
        self._title.setText(INSTEAD if editing else self._text.exactly)
        self.exact_toggle.setChecked(False)
        for part in (self.edit_toggle, self.exact_toggle, self.code):
            part.setVisible(not editing)
        if self.card is not None:
            self.card.setVisible(editing)
        self.turned.emit()

    def _on_changed(self) -> None:
        if self._form is not None:
            self.accept.setEnabled(self._form.value() != self._given or bool(self._form.problems()))

    def _on_accepted(self, device: str) -> None:
        if self._form is None:
            return
        if self._form.problems():
            self._form.reveal_problems()
            return
        self.edited.emit(self._form.value(), device)

    def _on_exact_toggled(self, exact: bool) -> None:
        self.code.set_code(self._text.exact if exact else self._text.readable)
        self.exact_toggle.setText("Show readable" if exact else "Show exact bytes")
        self._fingerprint.setVisible(exact)
        self.turned.emit()
