"""What a person sees of their account at a server, and what its buttons do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mcphost.domain.summaries import Account, AccountState
from tests.helpers import fake_data as data
from ui.panes.account_card import AccountCard
from ui.panes.server_detail import ServerDetail
from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
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


def test_the_keyboard_stays_on_the_account_when_its_button_goes(qtbot: QtBot) -> None:
    detail, known = ServerDetail(), data.servers()[2]
    qtbot.addWidget(detail)
    detail.show_server(replace(known, account=Account(state=AccountState.NEEDED)), ())
    detail.show()
    detail.activateWindow()
    (card,) = detail.findChildren(AccountCard)
    buttons(card)["Sign in"].setFocus()
    qtbot.waitUntil(buttons(card)["Sign in"].hasFocus, timeout=5_000)
    detail.show_server(replace(known, account=Account(state=AccountState.WAITING)), ())
    (card,) = (c for c in detail.findChildren(AccountCard) if c is not card)
    qtbot.waitUntil(buttons(card)["Stop waiting"].hasFocus, timeout=5_000)


def test_a_server_that_only_wants_a_sign_in_is_not_shown_as_broken(qtbot: QtBot) -> None:
    detail, known = ServerDetail(), data.servers()[2]
    qtbot.addWidget(detail)
    detail.show_server(known, ())
    assert [b.property("surface") for b in detail.findChildren(Banner)] == ["banner-danger"]
    qtbot.addWidget(detail := ServerDetail())
    detail.show_server(replace(known, account=Account(state=AccountState.NEEDED)), ())
    assert [b.property("surface") for b in detail.findChildren(Banner)] == ["banner-warning"]
    assert "failed" not in [badge.text() for badge in detail.findChildren(Badge)]
