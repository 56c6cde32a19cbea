"""How a person stands with one server: signed in or not, with what, and the button that fits.

Law: everything shown is the host's own record, as plain text; nothing here is a secret. Main
thread; made by `server_detail`.
"""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from mcphost.domain.links import parse_link
from mcphost.domain.summaries import Account, AccountState
from mcphost.domain.text import one_line
from ui.widgets.badge import Badge
from ui.widgets.buttons import PrimaryButton, SecondaryButton
from ui.widgets.card import Card
from ui.widgets.layouts import row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.theme import mono_font
from ui.widgets.tokens import SPACE

_BADGES = {
    AccountState.NEEDED: ("sign-in needed", "warning"),
    AccountState.WAITING: ("waits for your browser", "info"),
    AccountState.SIGNED_IN: ("signed in", "success"),
}


class AccountCard(Card):
    """Shows one `Account`; its buttons are signals."""

    sign_in_pressed = Signal()
    sign_out_pressed = Signal()
    give_up_pressed = Signal()

    def __init__(self, account: Account, parent: QWidget | None = None) -> None:
        super().__init__(surface="sunken", margin=SPACE.md, parent=parent)
        head = row(spacing=SPACE.sm)
        head.addWidget(PlainLabel("Your account", strong=True, wrap=False))
        if account.state in _BADGES:
            head.addWidget(Badge(*_BADGES[account.state]))
        head.addStretch(1)
        buttons = self._buttons(account)
        for button in buttons:
            head.addWidget(button)
        self.setFocusProxy(buttons[-1])
        self.body.addLayout(head)
        self.body.addWidget(PlainLabel(_words(account), tone="secondary"))
        for scope in account.scopes:
            label = PlainLabel(one_line(scope), selectable=True)
            label.setFont(mono_font())
            self.body.addWidget(label)
        if account.issuer:
            self.body.addWidget(PlainLabel(_keeping(account), tone="tertiary", size="sm"))

    def take_focus(self) -> None:
        """Put the keyboard on the button that is most likely wanted."""
        QTimer.singleShot(0, self, self.setFocus)

    def _buttons(self, account: Account) -> list[QWidget]:
        if account.state is AccountState.WAITING:
            stop = SecondaryButton("Stop waiting")
            stop.clicked.connect(self.give_up_pressed)
            return [stop]
        buttons: list[QWidget] = []
        if account.issuer:
            leave = SecondaryButton("Sign out")
            leave.clicked.connect(self.sign_out_pressed)
            buttons.append(leave)
        needed = account.state is AccountState.NEEDED
        if needed or not account.issuer:
            enter = PrimaryButton("Sign in") if needed else SecondaryButton("Sign in")
            enter.clicked.connect(self.sign_in_pressed)
            buttons.append(enter)
        return buttons


def _words(account: Account) -> str:
    where = _host(account.issuer)
    match account.state:
        case AccountState.WAITING:
            return (
                "A page has opened in your browser. Sign in there; this goes on by itself when you "
                "are back."
            )
        case AccountState.NEEDED if account.issuer:
            return (
                f"You are signed in at {where}, and the server wants more than that sign-in "
                "allows. You are shown what it asks for before anything opens."
                + (" So far, this is allowed:" if account.scopes else "")
            )
        case AccountState.NEEDED:
            return (
                "This server wants you to sign in. You are shown where and for what before "
                "anything opens."
            )
        case AccountState.SIGNED_IN:
            return f"Signed in at {where}" + (", for:" if account.scopes else ".")
        case AccountState.NONE:
            return "Not signed in. Many servers need no sign-in, or only for some of their tools."


def _keeping(account: Account) -> str:
    kept = "in your keyring" if account.kept else "only until mcphost ends, for want of a keyring"
    lasts = ""
    if account.until:
        when = datetime.fromtimestamp(account.until).astimezone().strftime("%d %b %Y, %H:%M")
        renewed = "renewed in silence" if account.renewable else "over"
        lasts = f" It lasts until {when} and is then {renewed}."
    elif account.renewable:
        lasts = " It is renewed in silence."
    return f"The token is kept {kept}.{lasts}"


def _host(issuer: str) -> str:
    try:
        return parse_link(issuer).host_shown
    except ValueError:
        return one_line(issuer)
