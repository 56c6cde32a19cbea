"""The messages of a View as a table: what is there stays, a filter finds, nothing hides."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.text import hides
from mcphost.domain.view import Direction, EntryVerdict
from tests.helpers.fake_views import RULE, entry, refused
from ui.models.exchange import HEADERS, Column, ExchangeModel, Sieve, cell_text
from ui.models.records import Role

EVIL = "tools/\u202ecall\x1b[2J\u200b"


def test_new_messages_are_inserted_and_old_rows_stay(qtbot: QtBot) -> None:
    model = ExchangeModel()
    first = [entry(1), entry(2)]
    model.show(first)
    with qtbot.waitSignal(model.rowsInserted, timeout=5_000) as caught:
        model.show([*first, entry(3)])
    assert caught.args[1:] == [2, 2]


def test_a_verdict_that_comes_later_changes_its_row_alone(qtbot: QtBot) -> None:
    model = ExchangeModel()
    rows = [entry(number, verdict=EntryVerdict.NONE) for number in range(1, 5)]
    model.show(rows)
    with qtbot.waitSignal(model.dataChanged, timeout=5_000) as caught:
        model.show([rows[0], refused(2), *rows[2:]])
    assert [index.row() for index in caught.args[:2]] == [1, 1]
    assert model.index(1, Column.VERDICT).data() == "denied"
    assert model.index(1, Column.RULE).data() == RULE


def test_messages_that_are_no_longer_kept_leave_the_table(qtbot: QtBot) -> None:
    model = ExchangeModel()
    model.show([entry(1), entry(2), entry(3)])
    model.show([entry(1), entry(3), entry(4)])
    assert [model.index(row, Column.NUMBER).data() for row in range(3)] == ["1", "3", "4"]


def test_only_refused_shows_what_was_refused_also_among_new_ones(qtbot: QtBot) -> None:
    model = ExchangeModel()
    model.show([entry(1), refused(2), entry(3)])
    model.set_sieve(Sieve(refused_only=True))
    assert (model.rowCount(), model.held()) == (1, 3)
    model.show([entry(1), refused(2), entry(3), refused(4)])
    assert model.row_of(4) == 1


def test_direction_and_every_word_must_match(qtbot: QtBot) -> None:
    model = ExchangeModel()
    told = entry(2, direction=Direction.TO_VIEW, method="tools/call (answer)")
    model.show([entry(1), told, refused(3)])
    model.set_sieve(Sieve(words="TOOLS answer"))
    assert model.row_of(2) == 0
    model.set_sieve(Sieve(words="tools answer", way=Direction.FROM_VIEW))
    assert model.rowCount() == 0
    model.set_sieve(Sieve(words=RULE))
    assert model.index(0, 0).data(Role.RECORD).number == 3


def test_what_an_app_calls_its_methods_hides_nothing_in_any_cell() -> None:
    evil = entry(1, method=EVIL, id=EVIL, rules=(EVIL,), reason=EVIL)
    cells = "".join(cell_text(evil, Column(column)) for column in range(len(HEADERS)))
    assert not [letter for letter in cells if hides(letter)]


@pytest.mark.usefixtures("qapp")
def test_five_thousand_messages_are_shown_again_without_touching_a_row() -> None:
    model = ExchangeModel()
    rows = [entry(number) for number in range(1, 5_001)]
    model.show(rows)
    touched: list[str] = []
    model.dataChanged.connect(lambda *_: touched.append("a row"))
    model.modelReset.connect(lambda: touched.append("all"))
    model.show(list(rows))
    assert touched == []
    assert model.rowCount() == 5_000
