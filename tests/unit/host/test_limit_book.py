"""Budgets of servers: recorded, kept, bounded by who owns the computer, gone with the server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.budget import USUAL, Limit
from mcphost.domain.errors import NotConfigured
from mcphost.host.limit_book import LimitBook, managed_limits
from mcphost.host.managed import ManagedPlace
from mcphost.storage.state import StateStore
from tests.helpers.gate_parts import OTHER, SERVER, FakeAudit


class Desk:
    def __init__(self, home: Path, managed: Mapping[Limit, int] | None = None) -> None:
        self.audit, self.home = FakeAudit(), home
        self.store = StateStore.open(home / "state.db")
        self.book = LimitBook(self.store, self.audit, managed)

    def change(self, choice: Mapping[Limit, int | None]) -> None:
        asyncio.run(self.book.change(SERVER, choice, by="user:local"))

    def after_a_restart(self, managed: Mapping[Limit, int] | None = None) -> LimitBook:
        self.store.close()
        self.store = StateStore.open(self.home / "state.db")
        return LimitBook(self.store, self.audit, managed)


def test_a_change_is_a_row_holds_at_once_and_outlasts_a_restart(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.change({Limit.APP_CALLS: 5, Limit.ROUNDS: 10})
    row = desk.audit.of(AuditKind.SETTING_CHANGED)[0]
    assert (row.server, row.principal) == (SERVER, "user:local")
    assert row.data["budget"] == {"rounds": 10, "app-calls": 5}
    assert row.data["before"] == {"rounds": 60, "app-calls": 240}
    assert desk.book.of(OTHER) == USUAL
    for limits in (desk.book.of(SERVER), desk.after_a_restart().of(SERVER)):
        assert (limits.app.calls, limits.server.rounds) == (5, 10)


def test_what_may_not_be_changes_nothing_and_the_same_again_is_no_row(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(NotConfigured):
        desk.change({Limit.APP_CALLS: 5, Limit.CALLS: 10**6})
    desk.change({Limit.CALLS: 600})
    assert desk.audit.of(AuditKind.SETTING_CHANGED) == []
    assert desk.after_a_restart().of(SERVER) == USUAL


def test_a_new_server_of_an_old_name_starts_with_the_usual_budgets(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.change({Limit.CALLS: 2400})
    desk.book.forget(SERVER)
    assert desk.book.of(SERVER) == desk.after_a_restart().of(SERVER) == USUAL


def test_what_is_stored_and_no_budget_counts_as_the_usual_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.store.set_setting(f"budget:{SERVER}", {"calls": 10**9})
    assert desk.book.of(SERVER) == USUAL


def _place(folder: Path, text: str) -> ManagedPlace:
    (folder / "budgets.json").write_text(text, encoding="utf-8")
    (folder / "budgets.json").chmod(0o644)
    return ManagedPlace(folder=folder, owner=os.geteuid())


def test_the_owner_of_the_computer_bounds_what_was_chosen_before(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.change({Limit.CALLS: 2000})
    managed, file = managed_limits(_place(tmp_path, '{"calls": 100}'))
    assert file is not None
    assert desk.after_a_restart(managed).of(SERVER).server.calls == 100


def test_without_a_managed_file_nothing_is_bounded(tmp_path: Path) -> None:
    assert managed_limits(ManagedPlace(folder=tmp_path, owner=os.geteuid())) == ({}, None)


@pytest.mark.parametrize("text", ["", "[]", '{"speed": 1}', '{"calls": -1}', "[" * 10_000])
def test_a_managed_file_that_says_nothing_sensible_stops_the_program(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(NotConfigured, match=r"budgets\.json: "):
        managed_limits(_place(tmp_path, text))


def test_a_managed_file_that_others_may_write_stops_the_program(tmp_path: Path) -> None:
    place = _place(tmp_path, "{}")
    (tmp_path / "budgets.json").chmod(0o666)
    with pytest.raises(NotConfigured, match="others than root may write"):
        managed_limits(place)
