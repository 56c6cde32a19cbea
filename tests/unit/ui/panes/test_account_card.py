"""What a person sees of their account at a server, and what its buttons do."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mcphost.domain.summaries import Account, AccountState
from ui.panes.account_card import AccountCard
from ui.widgets.plain_label import PlainLabel

SIGNED_IN = Account(
    state=AccountState.SIGNED_IN,
    issuer="https://xn--mnchen-3ya.example/login",
    scopes=("read", "buy"),
    until=2_000_000_000.0,
    renewable=True,
    kept=True,
)


def texts(card: AccountCard) -> str:
    return "\n".join(label.text() for label in card.findChildren(PlainLabel))


def buttons(card: AccountCard) -> dict[str, QPushButton]:
    return {button.text(): button for button in card.findChildren(QPushButton)}


@pytest.mark.parametrize(
    ("account", "names"),
    [
        (Account(state=AccountState.NONE), {"Sign in"}),
        (Account(state=AccountState.NEEDED), {"Sign in"}),
        (Account(state=AccountState.NEEDED, issuer="https://as"), {"Sign in", "Sign out"}),
        (Account(state=AccountState.WAITING), {"Stop waiting"}),
        (SIGNED_IN, {"Sign out"}),
    ],
)
def test_the_buttons_are_those_that_help(qtbot: QtBot, account: Account, names: set[str]) -> None:
    card = AccountCard(account)
    qtbot.addWidget(card)
    assert set(buttons(card)) == names


def test_a_sign_in_is_shown_with_where_and_what_for(qtbot: QtBot) -> None:
    card = AccountCard(SIGNED_IN)
    qtbot.addWidget(card)
    said = texts(card)
    for part in ("münchen.example (xn--mnchen-3ya.example)", "read", "buy", "keyring", "renewed"):
        assert part in said


def test_a_session_only_token_is_said_to_be_one(qtbot: QtBot) -> None:
    card = AccountCard(Account(state=AccountState.SIGNED_IN, issuer="https://as.example"))
    qtbot.addWidget(card)
    assert "only until mcphost ends" in texts(card)


@pytest.mark.parametrize(
    ("account", "name", "signal"),
    [
        (Account(state=AccountState.NEEDED), "Sign in", "sign_in_pressed"),
        (SIGNED_IN, "Sign out", "sign_out_pressed"),
        (Account(state=AccountState.WAITING), "Stop waiting", "give_up_pressed"),
    ],
)
def test_each_button_says_what_was_pressed(
    qtbot: QtBot, account: Account, name: str, signal: str
) -> None:
    card = AccountCard(account)
    qtbot.addWidget(card)
    with qtbot.waitSignal(getattr(card, signal), timeout=2_000):
        buttons(card)[name].click()
