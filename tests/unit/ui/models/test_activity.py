"""The audit table: newest first, batched, filtered, bounded."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from tests.helpers.fake_data import audit_line
from ui.models import activity
from ui.models.activity import ActivityModel, Column, cell_text, row_text, verdict_of, who_text


def test_the_newest_row_is_on_top(qtbot: QtBot) -> None:
    model = ActivityModel()
    model.load([audit_line(seq) for seq in range(5)])
    top = model.line_at(0)
    assert top is not None
    assert top.seq == 4


def test_live_rows_come_in_one_batch(qtbot: QtBot) -> None:
    model = ActivityModel()
    model.load([])
    with qtbot.waitSignal(model.rowsInserted, timeout=5_000) as caught:
        for seq in range(300):
            model.append(audit_line(seq))
    assert caught.args[1:] == [0, 299]
    assert model.rowCount() == 300


def test_a_row_that_came_twice_is_shown_once(qtbot: QtBot) -> None:
    model = ActivityModel()
    model.append(audit_line(2))
    model.load([audit_line(1), audit_line(2)])
    model.append(audit_line(2))
    model.flush()
    assert model.rowCount() == 2


def test_refusals_only_shows_refusals(qtbot: QtBot) -> None:
    model = ActivityModel()
    model.load([audit_line(seq) for seq in range(80)])
    model.set_filter("", refusals_only=True)
    shown = [model.line_at(row) for row in range(model.rowCount())]
    assert len(shown) == 20
    assert all(line is not None and line.refused for line in shown)


def test_every_word_must_match_also_for_live_rows(qtbot: QtBot) -> None:
    model = ActivityModel()
    model.load([audit_line(seq) for seq in range(8)])
    model.set_filter("BUDGET delete_plan", refusals_only=False)
    assert model.rowCount() == 1
    for seq in range(8, 16):
        model.append(audit_line(seq))
    model.flush()
    assert model.rowCount() == 2


def test_only_the_newest_rows_are_held(qtbot: QtBot) -> None:
    model = ActivityModel()
    count = activity.KEPT + activity.KEPT // 10 + 1
    for seq in range(count):
        model.append(audit_line(seq))
    model.flush()
    assert model.held() == activity.KEPT
    assert model.rowCount() == activity.KEPT


def test_a_decision_row_shows_its_verdict() -> None:
    assert verdict_of(audit_line(4)) == "allow"
    assert verdict_of(audit_line(3)) == "refused"
    assert verdict_of(audit_line(0)) == ""


def test_principals_read_as_words() -> None:
    words = [who_text(p) for p in ("user:local", "host:host", "view:4be1", "model:m", "odd")]
    assert words == ["you", "the host", "App 4be1", "model m", "odd"]


def test_a_time_that_is_none_is_shown_as_it_is() -> None:
    assert cell_text(replace(audit_line(1), at="yesterday"), Column.TIME) == "yesterday"


def test_a_row_that_is_no_json_is_still_readable() -> None:
    assert row_text(replace(audit_line(1), body=b"\xff\x00{")) == "�⟨U+0000⟩{"
