"""Drafting a server: what is typed is what is shown is what is kept."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from mcphost.domain.authorization import STRICT, AuthorizationSettings
from mcphost.domain.server import HttpEndpoint, ServerConfig, StdioCommand
from mcphost.domain.sign_in_choices import Choice
from ui.dialogs.add_server import AddServerDialog
from ui.dialogs.server_draft import draft_key, draft_server


def draft(**changes: object) -> ServerConfig | str:
    fields: dict[str, object] = {
        "title": "Bistro",
        "taken": (),
        "url": None,
        "command": "npx -y 'my server'",
        "env": (),
    }
    return draft_server(**{**fields, **changes})


@pytest.fixture
def dialog(qtbot: QtBot) -> AddServerDialog:
    made = AddServerDialog({"demo"})
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.open()
    return made


def test_a_command_is_split_without_a_shell() -> None:
    made = draft(command="npx -y 'my server' $HOME && rm -rf /")
    assert isinstance(made, ServerConfig)
    assert made.endpoint == StdioCommand(
        argv=("npx", "-y", "my server", "$HOME", "&&", "rm", "-rf", "/")
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"title": "  "}, "name"),
        ({"title": "!!!"}, "name"),
        ({"title": "Demo", "taken": {"demo"}}, "already in use"),
        ({"title": "x" * 61}, "at most 60"),
        ({"title": "a\u202eb"}, "plain text"),
        ({"command": ""}, "Type the command"),
        ({"command": "'open"}, "never closed"),
        ({"command": "npx\u200b -y"}, "cannot be seen"),
        ({"command": "npx\nrm"}, "cannot be seen"),
        ({"env": (("A B", "x"),)}, "letters, digits"),
        ({"env": (("", "x"),)}, "letters, digits"),
        ({"env": (("A", "1"), ("A", "2"))}, "named twice"),
        ({"url": "http://example.com/mcp"}, "Only https"),
        ({"url": "https://u:p@example.com/mcp"}, "user name"),
        ({"url": "https://example.com/mcp#x"}, "after “#”"),
        ({"url": ""}, "not a web address"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(changes: dict[str, object], problem: str) -> None:
    made = draft(**changes)
    assert isinstance(made, str)
    assert problem in made


def test_an_address_is_kept_exactly() -> None:
    made = draft(url=" https://example.com/mcp?x=1 ")
    assert isinstance(made, ServerConfig)
    assert made.endpoint == HttpEndpoint(url="https://example.com/mcp?x=1")
    assert not made.builtin


@pytest.mark.parametrize(
    ("title", "key"),
    [("Bistro", "bistro"), ("Café Zoë 2", "cafe-zoe-2"), ("--a--", "a"), ("x" * 90, "x" * 40)],
)
def test_the_key_follows_from_the_name(title: str, key: str) -> None:
    assert draft_key(title) == key


@pytest.mark.requirement("MCP-071")
def test_the_exact_arguments_are_shown_whole(dialog: AddServerDialog) -> None:
    dialog.local.setChecked(True)
    dialog.title.setText("Bistro")
    long = "z" * 3_000
    dialog.command.setText(f"run 'a b ' {long}")
    assert dialog.exact.toPlainText() == f'1  "run"\n2  "a b "\n3  "{long}"'


def test_the_button_waits_for_a_whole_draft(qtbot: QtBot, dialog: AddServerDialog) -> None:
    assert not dialog.add.isEnabled()
    dialog.title.setText("Bistro")
    dialog.url.setText("https://example.com/mcp")
    assert dialog.add.isEnabled()
    with qtbot.waitSignal(dialog.drafted, timeout=1_000) as caught:
        qtbot.mouseClick(dialog.add, Qt.MouseButton.LeftButton)
    assert caught.args[0].endpoint == HttpEndpoint(url="https://example.com/mcp")


def test_variables_are_part_of_the_draft_and_hidden(dialog: AddServerDialog) -> None:
    dialog.local.setChecked(True)
    dialog.title.setText("Bistro")
    dialog.command.setText("run")
    dialog.environment.add_row("API_KEY", "secret")
    made = dialog.draft()
    assert isinstance(made, ServerConfig)
    assert made.endpoint == StdioCommand(argv=("run",), env=(("API_KEY", "secret"),))
    shown = [e.displayText() for e in dialog.environment.findChildren(QLineEdit)]
    assert "secret" not in shown


@pytest.mark.requirement("MCP-071")
def test_cancelling_drafts_nothing(qtbot: QtBot, dialog: AddServerDialog) -> None:
    seen: list[object] = []
    dialog.drafted.connect(seen.append)
    dialog.title.setText("Bistro")
    dialog.url.setText("https://example.com/mcp")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert seen == []
    assert not dialog.isVisible()


def test_a_client_id_and_its_secret_go_separate_ways(dialog: AddServerDialog, qtbot: QtBot) -> None:
    dialog.title.setText("Shop")
    dialog.url.setText("https://shop.example/mcp")
    assert not dialog.sign_in_fold.is_open
    dialog.sign_in.edits[Choice.CLIENT_ID].setText("mcphost-desk")
    dialog.sign_in.edits[Choice.SECRET].setText("hush")
    with qtbot.waitSignal(dialog.drafted) as drafted:
        dialog.add.click()
    config, secret = drafted.args
    assert config.authorization == AuthorizationSettings(
        client_id="mcphost-desk", client_secret=True
    )
    assert secret == "hush"
    assert "hush" not in repr(config)


@pytest.mark.parametrize(
    ("choice", "text", "said"),
    [
        (Choice.SECRET, "hush", "give both"),
        (Choice.CLIENT_ID, "two words", "no spaces"),
        (Choice.ISSUER, "ftp://login.example", "not https"),
        (Choice.METADATA_URL, "http://example.com/client.json", "not https"),
    ],
)
def test_a_sign_in_that_cannot_be_is_said_under_its_field(
    dialog: AddServerDialog, choice: Choice, text: str, said: str
) -> None:
    dialog.title.setText("Shop")
    dialog.url.setText("https://shop.example/mcp")
    assert dialog.add.isEnabled()
    dialog.sign_in.edits[choice].setText(text)
    assert said in dialog.sign_in.notes[choice].text()
    assert not dialog.add.isEnabled()
    dialog.sign_in.edits[choice].clear()
    assert dialog.add.isEnabled()


def test_nobody_signs_in_to_a_command(dialog: AddServerDialog, qtbot: QtBot) -> None:
    dialog.title.setText("Shop")
    dialog.sign_in.edits[Choice.CLIENT_ID].setText("mcphost-desk")
    dialog.sign_in.edits[Choice.SECRET].setText("hush")
    dialog.local.setChecked(True)
    dialog.command.setText("npx shop")
    with qtbot.waitSignal(dialog.drafted) as drafted:
        dialog.add.click()
    config, secret = drafted.args
    assert (config.authorization, secret) == (STRICT, "")


def test_the_keyboard_goes_through_the_sign_in_in_order(
    dialog: AddServerDialog, qtbot: QtBot
) -> None:
    dialog.sign_in_fold.set_open(True)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow, timeout=5_000)
    fields = list(dialog.sign_in.edits.values())
    fields[0].setFocus()
    for here, after in pairwise(fields):
        qtbot.keyClick(here, Qt.Key.Key_Tab)
        assert after.hasFocus()
