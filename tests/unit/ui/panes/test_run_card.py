"""A card while its server works: what it says, since when, and what a person can do about it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from mcphost.domain.conversation import RunState, ServerWork, ToolRun, ViewState
from tests.helpers import fake_data as data
from ui.panes.run_card import RunCard
from ui.panes.view_frame import ViewFrame
from ui.panes.work_line import WorkLine, elapsed
from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
from ui.widgets.buttons import IconButton
from ui.widgets.code_view import CodeView
from ui.widgets.fold import Fold
from ui.widgets.plain_label import PlainLabel


def card(qtbot: QtBot, run: ToolRun) -> RunCard:
    made = RunCard(run)
    qtbot.addWidget(made)
    made.show()
    return made


def working(**work: object) -> ToolRun:
    said = ServerWork(**{"message": "digging the bed", "since": 0.0, "task": True, **work})  # type: ignore[arg-type]
    return data.tool_run(state=RunState.WORKING, text="", work=said)


def words(widget: QWidget) -> str:
    return " | ".join(
        label.text() for label in widget.findChildren(PlainLabel) if label.isVisibleTo(widget)
    )


def test_a_card_says_what_the_server_says_and_offers_to_stop(qtbot: QtBot) -> None:
    made = card(qtbot, working())
    assert "Working at the server: digging the bed" in words(made)
    assert made.findChildren(Badge)[0].text() == "working at the server"
    stop = next(b for b in made.findChildren(IconButton) if b.accessibleName() == "Stop this run")
    assert stop.isVisible()


def test_a_bar_is_shown_where_the_server_says_how_much_there_is_to_do(qtbot: QtBot) -> None:
    made = card(qtbot, working(done=3.0, total=4.0))
    (bar,) = made.findChildren(QProgressBar)
    assert (bar.isVisible(), bar.value()) == (True, 750)
    made.show_run(working(done=3.0))
    assert not bar.isVisible()


def test_the_line_goes_when_the_run_has_ended(qtbot: QtBot) -> None:
    made = card(qtbot, working())
    made.show_run(data.tool_run())
    assert not made.findChild(WorkLine).isVisible()


def test_time_passes_on_the_line(qtbot: QtBot) -> None:
    now = [100.0]
    line = WorkLine(clock=lambda: now[0])
    qtbot.addWidget(line)
    line.show_run(working(since=58.0))
    assert "42 s" in words(line)
    now[0] += 3600
    line.show_run(working(since=58.0))
    assert "1:00:42" in words(line)
    assert (elapsed(-5), elapsed(187)) == ("0 s", "3:07")


def test_a_waiting_question_is_a_badge_that_only_a_press_opens(qtbot: QtBot) -> None:
    made = card(qtbot, data.tool_run(state=RunState.NEEDS_ANSWER, text="", work=working().work))
    pressed: list[object] = []
    made.question_pressed.connect(pressed.append)
    (banner,) = [b for b in made.findChildren(Banner) if b.isVisible()]
    assert "needs an answer" in banner.text()
    banner.triggered.emit()
    assert pressed == [made.run]


def test_a_task_that_was_left_offers_to_look_again(qtbot: QtBot) -> None:
    made = card(qtbot, data.tool_run(state=RunState.TASK_LEFT, text="It may have gone on since."))
    pressed: list[object] = []
    made.look_pressed.connect(pressed.append)
    (banner,) = [b for b in made.findChildren(Banner) if b.isVisible()]
    banner.triggered.emit()
    assert pressed == [made.run]
    stop = next(b for b in made.findChildren(IconButton) if b.accessibleName() == "Stop this run")
    assert not stop.isVisible()


def test_on_its_way_to_its_app_a_run_keeps_the_note_that_it_has(qtbot: QtBot) -> None:
    coming = data.tool_run(state=RunState.DECIDING, view_state=ViewState.OPENING)
    made = card(qtbot, coming)
    (note,) = made.findChildren(Banner)
    made.show_run(replace(coming, state=RunState.RUNNING))
    assert made.findChildren(Banner) == [note]
    assert note.text() == "The App opens when the call is approved."


def test_a_place_for_an_app_is_made_when_a_run_has_one_and_knows_what_was_approved_before(
    qtbot: QtBot,
) -> None:
    made = card(qtbot, data.tool_run())
    assert made.findChildren(ViewFrame) == []
    made.set_approved(True)
    made.show_run(data.tool_run(view_state=ViewState.NEEDS_REVIEW))
    (frame,) = made.findChildren(ViewFrame)
    assert [each.text() for each in frame.findChildren(Banner)] == ["Its template is approved now."]


def test_what_a_server_says_while_it_works_draws_nothing_else_anew(qtbot: QtBot) -> None:
    made = card(qtbot, working(message="one"))
    badge = made.findChildren(Badge)[0]
    badge.set_state("as it was", "neutral")
    made.show_run(working(message="two"))
    assert badge.text() == "as it was"
    assert "two" in words(made)
    made.show_run(data.tool_run(state=RunState.DONE))
    assert badge.text() == "done"


def test_the_exact_result_comes_to_stand_above_the_app_and_is_spelled_when_it_is_opened(
    qtbot: QtBot,
) -> None:
    made = card(qtbot, data.tool_run(arguments={}, view_state=ViewState.FAILED))
    made.show_run(data.tool_run(arguments={}, result={"content": [], "n": 7}))
    (fold,) = made.findChildren(Fold)
    assert made.body.indexOf(fold) == made.body.indexOf(made.frame) - 1
    assert made.findChildren(CodeView) == []
    fold.set_open(True)
    (code,) = made.findChildren(CodeView)
    assert '"n": 7' in code.toPlainText()
