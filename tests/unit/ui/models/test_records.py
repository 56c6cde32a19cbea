"""The one list model: sorted, replaced whole, rows that move keep their selection."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QItemSelectionModel, QObject
from pytestqt.qtbot import QtBot

from mcphost.domain.summaries import Account, AccountState, Link
from mcphost.domain.template import ReviewState
from tests.helpers import fake_data as data
from ui.models.lines import (
    conversation_model,
    review_key,
    server_line,
    server_model,
    template_model,
    tool_model,
)
from ui.models.records import Role


def test_the_built_in_server_comes_first(qtbot: QtBot) -> None:
    owner = QObject()
    model = server_model(owner)
    model.replace_all(reversed(data.servers()))
    assert [s.config.key for s in model.records()] == ["demo", "budget", "weather"]


def test_a_new_value_replaces_the_row(qtbot: QtBot) -> None:
    owner = QObject()
    model = server_model(owner)
    model.replace_all(data.servers())
    changed = replace(data.servers()[0], link=Link.FAILED)
    with qtbot.waitSignal(model.dataChanged):
        model.upsert(changed)
    assert model.rowCount() == 3
    assert model.index(0).data(Role.PILL) == "failed"


def test_a_reviewed_template_moves_down_and_stays_selected(qtbot: QtBot) -> None:
    owner = QObject()
    model = template_model(owner)
    pending = data.planner_review()
    model.replace_all([pending, data.budget_review(), data.old_budget_review()])
    selection = QItemSelectionModel(model)
    flag = QItemSelectionModel.SelectionFlag.Select
    selection.select(model.index(model.row_of(review_key(pending)) or 0), flag)
    model.upsert(replace(pending, state=ReviewState.APPROVED))
    assert [r.state.value for r in model.records()] == ["pending", "approved", "approved"]
    (selected,) = selection.selectedIndexes()
    assert selected.data(Role.RECORD).pin == pending.pin


def test_a_removed_record_is_gone(qtbot: QtBot) -> None:
    owner = QObject()
    model = server_model(owner)
    model.replace_all(data.servers())
    model.remove("budget")
    model.remove("nobody")
    assert [s.config.key for s in model.records()] == ["demo", "weather"]


def test_the_era_is_said_for_each_kind_of_server() -> None:
    modern, legacy, broken = data.servers()
    assert server_line(modern).detail == "2026-07-28 · stateless"
    assert server_line(legacy).detail == "legacy 2025-11-25"
    assert server_line(broken).detail == "http://127.0.0.1:3001/mcp"
    assert "Start the server" in server_line(broken).tip


@pytest.mark.parametrize(
    ("state", "pill"),
    [
        (AccountState.NEEDED, ("sign in", "warning")),
        (AccountState.WAITING, ("in browser", "info")),
        (AccountState.SIGNED_IN, ("failed", "danger")),
        (AccountState.NONE, ("failed", "danger")),
    ],
)
def test_what_a_person_is_to_do_is_on_the_line_of_a_server(
    state: AccountState, pill: tuple[str, str]
) -> None:
    line = server_line(replace(data.servers()[2], account=Account(state=state)))
    assert (line.pill, line.tone) == pill


def test_a_changed_template_says_so(qtbot: QtBot) -> None:
    owner = QObject()
    model = template_model(owner)
    model.replace_all([data.budget_review()])
    assert model.index(0).data(Role.PILL) == "changed"


def test_hidden_characters_of_a_server_are_spelled_out(qtbot: QtBot) -> None:
    owner = QObject()
    model = tool_model(owner)
    summary = data.demo_tools()[0]
    model.replace_all([replace(summary, tool=replace(summary.tool, title="safe\u202etool"))])
    assert model.index(0).data() == "safe⟨U+202E⟩tool"


def test_the_newest_conversation_is_on_top(qtbot: QtBot) -> None:
    owner = QObject()
    model = conversation_model(owner)
    model.replace_all(reversed(data.conversations()))
    assert model.records()[0].id == data.TALK
