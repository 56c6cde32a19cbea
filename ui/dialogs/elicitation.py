"""A server's question to the person: a form, or an address to visit.

Law: (1) the server is named by its local alias and exact origin, and the cause is the person's own
act; the server's words are framed as such, plain text. (2) Nothing leaves before Submit; what will
be sent can be read first. (3) The dialog opens nothing itself: an agreed address is opened by
the core, once, after the answer is on the log; never by Enter. (4) Escape, closing and the deadline
cancel. Opened by `presenter.py`. Main thread.
"""

from __future__ import annotations

import time

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mcphost.domain.confusable import cautions, disguises, plain_name
from mcphost.domain.consent import (
    ElicitationAction,
    ElicitationAnswer,
    ElicitationMode,
    ElicitationRequest,
)
from mcphost.domain.json import JsonObject
from mcphost.domain.text import visible
from ui.dialogs.address import AddressView
from ui.dialogs.arming import Clock
from ui.dialogs.elicitation_form import ElicitationForm
from ui.dialogs.facts import fact
from ui.dialogs.guarded import GuardedButton
from ui.dialogs.question import QuestionDialog
from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
from ui.widgets.card import Card
from ui.widgets.icons import Icon, IconLabel
from ui.widgets.layouts import column
from ui.widgets.plain_label import PlainLabel
from ui.widgets.theme import Theme
from ui.widgets.tokens import SPACE

_DELAY = 0.5
_VISITED = (
    "The page was opened in your browser. mcphost cannot see what happens there: say when you are "
    "done, and the server is asked again."
)
_WHOLE = "The whole address, and in bold the site it belongs to"
_OUTSIDE = (
    "It opens in your browser, where mcphost cannot see what you type. Opening it tells the server "
    "only that you agreed to go there."
)


class ElicitationDialog(QuestionDialog):
    """Puts *request* to the person. `answered` carries the one `ElicitationAnswer`."""

    answered = Signal(object)

    def __init__(
        self,
        request: ElicitationRequest,
        parent: QWidget | None = None,
        *,
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__(
            parent,
            title=f"{request.server_title} asks you",
            delay=_DELAY,
            deadline=request.deadline,
            clock=clock,
        )
        self._request = request
        self.form: ElicitationForm | None = None
        self.setAccessibleName(f"The server {request.server_title} asks you something")
        self.setAccessibleDescription(request.cause)
        self._draw_header()
        self._draw_body()
        self._draw_buttons()
        self._settle_size()
        self.cancel.setFocus() if self.form is None else self.form.setFocus()

    def expire(self) -> None:
        """No answer in time cancels."""
        self._answer(ElicitationAction.CANCEL, by="deadline")

    def refuse(self) -> None:
        """Escape or closing cancels."""
        self._answer(ElicitationAction.CANCEL)

    def _answer(
        self, action: ElicitationAction, content: JsonObject | None = None, *, by: str = "person"
    ) -> None:
        if not self._end():
            return
        self.answered.emit(
            ElicitationAnswer(
                request=self._request.id, action=action, content=content, answered_by=by
            )
        )
        self._leave()

    def _draw_header(self) -> None:
        self._header.setProperty("surface", "side")
        color = Theme.current().colors.accent.base
        words = column(spacing=2)
        words.addWidget(PlainLabel(f"{self._request.server_title} asks you", size="heading-sm"))
        words.addWidget(PlainLabel(self._request.cause, tone="secondary"))
        self._header_row.addWidget(IconLabel(Icon.QUESTION, color, side=28))
        self._header_row.addLayout(words, 1)
        number, many = self._request.place
        if many > 1:
            self._header_row.addWidget(Badge(f"{number} of {many}"))
        if self._request.round > 1:
            self._header_row.addWidget(Badge(f"round {self._request.round}"))

    def _draw_body(self) -> None:
        request = self._request
        if request.opened:
            self._body.addWidget(PlainLabel(_VISITED))
        words = Card(surface="raised", margin=SPACE.md)
        words.body.addWidget(
            PlainLabel("In the server's words", tone="tertiary", size="sm", strong=True)
        )
        words.body.addWidget(PlainLabel(visible(request.message)))
        self._body.addWidget(words)
        match request.mode:
            case ElicitationMode.FORM:
                self.form = ElicitationForm(request.fields)
                self.form.resized.connect(self.gate.restart)
                self._body.addWidget(self.form)
            case ElicitationMode.URL:
                self._draw_address()
        self._body.addWidget(fact("The answer goes to", "", exact=request.server_origin))
        self._body.addStretch(1)

    def _draw_address(self) -> None:
        request = self._request
        said = "This page was opened" if request.opened else "This page would open"
        name = plain_name(request.url_punycode, request.url_host)
        head = column(spacing=SPACE.xs)
        head.addWidget(PlainLabel(said, tone="tertiary", size="sm", strong=True))
        head.addWidget(PlainLabel(name, size="heading-md"))
        self._body.addLayout(head)
        for deceiving in disguises(request.url_name):
            self._body.addWidget(Banner(deceiving, level="error"))
        for caution in cautions(request.url_name):
            self._body.addWidget(Banner(caution, level="warning"))
        self._body.addWidget(AddressView(request.url, caption=_WHOLE))
        self._body.addWidget(PlainLabel(_OUTSIDE, tone="secondary", size="sm"))

    def _draw_buttons(self) -> None:
        hint, give_up, decline, accept = self._labels()
        self._foot.addWidget(PlainLabel(hint, tone="tertiary", size="sm"), 1)
        self.cancel = GuardedButton(give_up, self.gate)
        self.cancel.chosen.connect(self.refuse)
        self.decline = GuardedButton(decline, self.gate)
        self.decline.chosen.connect(self._on_decline_chosen)
        self.accept_button = GuardedButton(accept, self.gate)
        self.accept_button.setProperty("variant", "primary")
        self.accept_button.setEnabled(False)
        self.accept_button.chosen.connect(self._on_accept_chosen)
        self.gate.changed.connect(self.accept_button.setEnabled)
        for button in (self.cancel, self.decline, self.accept_button):
            self._foot.addWidget(button)

    def _labels(self) -> tuple[str, str, str, str]:
        """A hint, and what the three buttons say."""
        if self._request.opened:
            return "", "Give up", "Open it again", "I am done, continue"
        if self.form is not None:
            return "Never type a password here.", "Cancel", "Decline", "Submit"
        return "", "Cancel", "Decline", "Open in browser"

    def _on_decline_chosen(self, _device: str) -> None:
        self._answer(ElicitationAction.DECLINE)

    def _on_accept_chosen(self, _device: str) -> None:
        if self.form is None:
            self._answer(ElicitationAction.ACCEPT)
        elif self.form.problems():
            self.form.reveal_problems()
        else:
            self._answer(ElicitationAction.ACCEPT, self.form.value())
