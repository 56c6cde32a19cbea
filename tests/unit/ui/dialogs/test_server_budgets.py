"""Choosing budgets in the window: what may not be is said in place; what differs is saved."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.budget import Limit, Limits
from tests.helpers import fake_data as data
from ui.dialogs.server_budgets import ServerBudgetsDialog, budget_text

MINE = Limits(chosen={Limit.APP_CALLS: 5}, managed={Limit.CALLS: 100})


@pytest.fixture
def dialog(qtbot: QtBot) -> ServerBudgetsDialog:
    made = ServerBudgetsDialog(data.CONFIGS[data.BUDGET], MINE)
    qtbot.addWidget(made)
    return made


def saved(qtbot: QtBot, dialog: ServerBudgetsDialog) -> list[object]:
    with qtbot.waitSignal(dialog.chosen, timeout=2_000) as heard:
        dialog.save.click()
    return heard.args or []


def test_only_what_was_changed_is_saved_and_empty_means_usual(
    qtbot: QtBot, dialog: ServerBudgetsDialog
) -> None:
    dialog.fields[Limit.APP_CALLS].clear()
    dialog.fields[Limit.ROUNDS].setText("10")
    dialog.fields[Limit.SIZE].setText("256")
    assert dialog.fields[Limit.CALLS].placeholderText() == "100"
    assert saved(qtbot, dialog) == [data.BUDGET, {Limit.APP_CALLS: None, Limit.ROUNDS: 10}]


@pytest.mark.parametrize(
    ("limit", "text", "words"),
    [
        (Limit.CALLS, "101", "from 20 to 100 on this computer"),
        (Limit.APP_CALLS, "0", "from 1 to 960"),
        (Limit.APP_SIZE, "much", "no whole number"),
        (Limit.ROUNDS, "\u0663", "no whole number"),
        (Limit.ROUNDS, "9" * 40, "no whole number"),
    ],
)
def test_what_may_not_be_cannot_be_saved_and_says_why(
    dialog: ServerBudgetsDialog, limit: Limit, text: str, words: str
) -> None:
    dialog.fields[limit].setText(text)
    assert words in dialog.problem.text()
    assert not dialog.save.isEnabled()


def test_the_page_of_a_server_says_what_holds() -> None:
    assert budget_text(Limits()) == "600 calls a minute, each App 240 (usual)"
    assert budget_text(MINE) == "100 calls a minute, each App 5"
