"""The consent dialog: one exact action, and whether it may happen.

Law: (1) drawn from the canonical bytes that will be sent, by host code, in plain text; what the
server says of itself is folded and marked unverified. (2) Nothing counts before the dialog is armed
(`arming.py`); tier 3 waits twice as long and until everything was scrolled into sight. (3) Focus
starts on Deny; Enter is inert; Escape, closing and the deadline deny; changing the arguments has a
longer deadline of its own. (4) The answer repeats the
digest of the request and carries the digest of the text drawn. Opened by `presenter.py`.
"""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QScrollBar, QWidget

from mcphost.domain.consent import Answer, ConsentAnswer, ConsentMatter, ConsentRequest
from mcphost.domain.decision import Tier
from mcphost.domain.json import JsonObject
from ui.dialogs.address import AddressView
from ui.dialogs.arguments import ArgumentsPart
from ui.dialogs.arming import COVERED, Clock
from ui.dialogs.consent_text import RENDERER, ConsentText, Permission, consent_text
from ui.dialogs.facts import fact, fact_with_items
from ui.dialogs.guarded import GuardedButton
from ui.dialogs.haste import NARROWER, WORDS
from ui.dialogs.permissions import HEADING, PermissionChoice
from ui.dialogs.question import QuestionDialog
from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
from ui.widgets.card import Card
from ui.widgets.code_view import CodeView
from ui.widgets.fold import Fold
from ui.widgets.heading import Heading
from ui.widgets.icons import Icon, IconLabel
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.theme import Theme
from ui.widgets.tokens import SPACE

DELAY = 0.5
DELAY_EVERY_TIME = 1.0
_SCROLL = "Scroll to the end to read all of it."
_EDITING = "Nothing is sent before you are asked again."
_SCROLL_BOX = "Scroll in the box as well, to its end, to read all of it."


class ConsentDialog(QuestionDialog):
    """Puts *request* to the person. `answered` carries the one `ConsentAnswer`."""

    answered = Signal(object)

    def __init__(
        self,
        request: ConsentRequest,
        parent: QWidget | None = None,
        *,
        clock: Clock = time.monotonic,
        hasty: bool = False,
    ) -> None:
        """*hasty*: the answers before this one came too fast to have been read."""
        self._request = request
        self._hasty = hasty
        self._text: ConsentText = consent_text(request)
        self._permission: Permission = self._text.allow[0]
        self._strict = request.tier >= Tier.EVERY_TIME
        super().__init__(
            parent,
            title="mcphost asks you",
            delay=DELAY_EVERY_TIME if self._strict else DELAY,
            deadline=request.deadline,
            clock=clock,
        )
        self.setAccessibleName(f"{self._text.verb}: {self._text.subject}")
        self.setAccessibleDescription(f"{self._text.who}. {self._text.deadline}")
        self._unread: set[QScrollBar] = set()
        self._draw_band()
        self._draw_body()
        self._draw_buttons()
        self.gate.changed.connect(self._on_arming_changed)
        self.gate.covered_changed.connect(self._on_arming_changed)
        self._settle_size()
        self.deny.setFocus()

    @property
    def text(self) -> ConsentText:
        """What it says."""
        return self._text

    def expire(self) -> None:
        """No answer in time is a refusal."""
        self._answer(Answer.TIMEOUT)

    def refuse(self) -> None:
        """Escape or closing is a refusal."""
        self._answer(Answer.DENY)

    def _answer(
        self, answer: Answer, *, device: str = "", arguments: JsonObject | None = None
    ) -> None:
        if not self._end():
            return
        self.answered.emit(
            ConsentAnswer(
                request=self._request.id,
                answer=answer,
                digest=self._request.digest,
                offer=self._permission.offer if answer is Answer.ALLOW else None,
                arguments=arguments,
                presented=self._text.presented,
                renderer=RENDERER,
                parts=tuple(self._text.parts.items()),
                shown_ms=self.shown_ms,
                circumstances=self.gate.circumstances(device),
            )
        )
        self._leave()

    def _draw_band(self) -> None:
        self._header.setProperty("surface", "consent-band")
        on = Theme.current().colors.consent_band.on
        self._header_row.addWidget(IconLabel(Icon.REVIEW, on, side=26))
        self._header_row.addWidget(
            PlainLabel(self._text.title, tone="on-band", size="heading-sm"), 1
        )

    def _draw_body(self) -> None:
        text = self._text
        top = column(spacing=SPACE.xs)
        top.addWidget(PlainLabel(text.who, tone="secondary"))
        line = row(spacing=SPACE.sm)
        line.addWidget(Badge(text.verb, "accent"), 0, Qt.AlignmentFlag.AlignTop)
        of_address = self._request.matter is ConsentMatter.LINK
        line.addWidget(Heading(text.server if of_address else text.subject, level="md"), 1)
        top.addLayout(line)
        self._body.addLayout(top)
        for warning in text.warnings:
            self._body.addWidget(Banner(warning, level="error"))
        for caution in text.cautions:
            self._body.addWidget(Banner(caution, level="warning"))
        if text.again:
            self._body.addWidget(fact("You are asked again", text.again))
        for about in text.facts:
            self._body.addWidget(fact_with_items(about))
        for about in text.differing:
            self._body.addWidget(fact_with_items(about))
        if of_address:
            self._body.addWidget(AddressView(text.destination, caption=text.goes_to))
        self.arguments = ArgumentsPart(self._request, text, self.gate)
        self.arguments.turned.connect(self._on_turned)
        self.arguments.edited.connect(self._on_edited)
        self._body.addWidget(self.arguments)
        if text.repeated:
            self._body.addWidget(fact("Also as HTTP headers", text.repeated))
        if not (text.facts or of_address):
            self._body.addWidget(fact(text.goes_to, text.server, exact=text.destination))
        self._body.addWidget(fact("Why you are asked", text.reason))
        for about in text.flow:
            self._body.addWidget(fact_with_items(about))
        self._body.addWidget(fact("Can it be undone?", text.reversible, tone=self._warning()))
        if self._hasty:
            said = f"{WORDS} {NARROWER}" if len(text.allow) > 1 else WORDS
            self._body.addWidget(PlainLabel(said, tone="secondary", size="sm"))
        self.permissions: PermissionChoice | None = None
        if len(text.allow) > 1:
            self.permissions = PermissionChoice(text.allow)
            self.permissions.chosen.connect(self._on_permission_chosen)
            self._add_fold(HEADING, self.permissions)
        self._draw_details()
        self._body.addStretch(1)

    def _draw_details(self) -> None:
        text = self._text
        if text.server_text:
            says = Card(surface="sunken", margin=SPACE.md)
            says.body.addWidget(Badge("unverified", "warning"))
            says.body.addWidget(PlainLabel(text.server_text, tone="secondary"))
            self._add_fold(text.says, says)
        details = "\n".join(part for part in (text.rules, text.detail) if part)
        if details:
            said = PlainLabel(details, tone="secondary", size="sm", selectable=True)
            self._add_fold("Details", said)

    def _add_fold(self, title: str, body: QWidget) -> None:
        fold = Fold(title, body)
        fold.toggled.connect(lambda: QTimer.singleShot(0, fold, lambda: self._bring_up(fold)))
        self._body.addWidget(fold)

    def _bring_up(self, fold: Fold) -> None:
        if fold.is_open:
            self._scroll.ensureWidgetVisible(fold, 0, SPACE.lg)

    def _warning(self) -> str:
        return "danger" if self._request.reversible == "no" else "primary"

    def _draw_buttons(self) -> None:
        self._status = PlainLabel(self._text.deadline, tone="tertiary", size="sm")
        self._foot.addWidget(self._status, 1)
        self.deny = GuardedButton(self._text.deny, self.gate)
        self.deny.chosen.connect(self._on_deny_chosen)
        self._foot.addWidget(self.deny)
        self.allow = GuardedButton(self._permission.button, self.gate)
        self.allow.setEnabled(False)
        self.allow.chosen.connect(self._on_allow_chosen)
        self._foot.addWidget(self.allow)
        if self._strict:
            views = [self._scroll, *self.findChildren(CodeView)]
            for bar in (view.verticalScrollBar() for view in views):
                self._unread.add(bar)
                bar.valueChanged.connect(self._on_scrolled)
                bar.rangeChanged.connect(self._on_scrolled)

    def _on_deny_chosen(self, device: str) -> None:
        self._answer(Answer.DENY, device=device)

    def _on_allow_chosen(self, device: str) -> None:
        self._answer(Answer.ALLOW, device=device)

    def _on_permission_chosen(self, permission: Permission) -> None:
        self._permission = permission
        self.allow.set_label(permission.button)
        self.gate.restart()

    def _on_turned(self) -> None:
        request, editing = self._request, self.arguments.editing
        self.give_time(request.editing if editing else request.deadline)
        self._settle_size()
        self.gate.restart()
        self._refresh_buttons()

    def _on_edited(self, arguments: JsonObject, device: str) -> None:
        self._answer(Answer.EDITED, device=device, arguments=arguments)

    def _on_scrolled(self) -> None:
        self._refresh_buttons()

    def _on_arming_changed(self, _armed: bool) -> None:
        self._refresh_buttons()

    def _refresh_buttons(self) -> None:
        if self.isVisible():
            self._unread = {bar for bar in self._unread if bar.value() < bar.maximum()}
        editing = self.arguments.editing
        ready = self.gate.armed and not self._unread and not editing
        if self.gate.covered:
            self._status.setText(COVERED)
        elif editing:
            self._status.setText(_EDITING)
        elif self.gate.armed and self._unread:
            boxes_only = self._scroll.verticalScrollBar() not in self._unread
            self._status.setText(_SCROLL_BOX if boxes_only else _SCROLL)
        else:
            self._status.setText(self._text.deadline)
        self.allow.setEnabled(ready)
