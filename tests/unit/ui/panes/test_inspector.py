"""The inspector: what is chosen is shown exactly, what was refused says its rule, nothing hides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mcphost.domain.ids import ViewId
from mcphost.domain.text import hides
from mcphost.domain.view import EntryVerdict, IncidentKind, ViewIncident
from tests.helpers import fake_data as data
from tests.helpers.fake_views import RULE, VIEW, entry, refused, report
from tests.unit.ui.panes.conftest import Stage
from tests.unit.ui.panes.test_hostile_text import EVIL, shown
from ui.panes.inspector_messages import body_text, facts_of
from ui.panes.inspector_pane import InspectorPane
from ui.widgets.buttons import IconButton


def _inspect(stage: Stage, qtbot: QtBot) -> InspectorPane:
    stage.window.show_place("inspector")
    pane = stage.window.inspector
    qtbot.waitUntil(lambda: pane.detail.messages.model.held() > 0, timeout=5_000)
    return pane


def test_without_an_app_it_says_what_will_be_here(stage: Stage, qtbot: QtBot) -> None:
    stage.window.show_place("inspector")
    qtbot.waitUntil(lambda: bool(stage.host.asked("views")), timeout=5_000)
    assert not stage.window.inspector.detail.isVisible()


def test_a_refused_call_shows_its_rule_and_why(stage: Stage, qtbot: QtBot) -> None:
    stage.host.reports[VIEW] = report(entry(1), refused(2))
    messages = _inspect(stage, qtbot).detail.messages
    messages.choose(2)
    assert f"Denied by {RULE}: an App may only" in facts_of(refused(2))
    assert '"name": "look"' in messages.body.toPlainText()


def test_the_policy_the_console_and_what_was_blocked_are_shown(stage: Stage, qtbot: QtBot) -> None:
    stage.host.reports[VIEW] = report(entry(1))
    detail = _inspect(stage, qtbot).detail
    policy = detail.policy.toPlainText()
    assert "script-src 'self' 'unsafe-inline'" in policy
    assert "camera=()" in policy
    assert "allow-same-origin" in policy
    assert "ab" * 32 in policy
    assert "TypeError: no beds" in detail.console.toPlainText()
    assert "request blocked: https://evil.example" in detail.stopped.toPlainText()
    assert [detail.tabs.tabText(n) for n in (2, 3)] == ["Console (1)", "Blocked (2)"]


def test_it_follows_a_live_app_and_keeps_what_is_chosen(stage: Stage, qtbot: QtBot) -> None:
    stage.host.reports[VIEW] = report(entry(1), entry(2, verdict=EntryVerdict.NONE, rules=()))
    messages = _inspect(stage, qtbot).detail.messages
    messages.choose(2)
    stage.host.reports[VIEW] = report(entry(1), refused(2), entry(3))
    qtbot.waitUntil(lambda: messages.model.held() == 3, timeout=5_000)
    assert messages.table.currentIndex().row() == 1
    assert RULE in messages._facts.text()


def test_in_the_smallest_window_every_button_of_the_inspector_is_whole(
    stage: Stage, qtbot: QtBot
) -> None:
    stage.host.reports[VIEW] = report(entry(1))
    stage.window.resize(stage.window.minimumSize())
    detail = _inspect(stage, qtbot).detail
    parts = (detail.copy, detail.save, detail.replay, detail.messages.refused)
    qtbot.waitUntil(lambda: all(each.width() >= each.sizeHint().width() for each in parts))
    assert stage.window.width() == 900


def test_it_asks_nothing_while_nobody_looks(stage: Stage, qtbot: QtBot) -> None:
    stage.host.reports[VIEW] = report(entry(1))
    pane = _inspect(stage, qtbot)
    stage.window.show_place("chat")
    assert not pane._looking.isActive()


def test_copy_and_save_give_the_whole_exchange(stage: Stage, qtbot: QtBot, tmp_path: Path) -> None:
    stage.host.reports[VIEW] = report(entry(1), refused(2))
    pane = _inspect(stage, qtbot)
    pane.detail.copy.click()
    copied = json.loads(QApplication.clipboard().text())
    assert (copied["format"], copied["version"]) == ("mcphost-exchange", 1)
    assert copied["messages"][1]["rules"] == [RULE]
    assert copied["messages"][0]["message"]["method"] == "tools/call"
    with qtbot.waitSignal(pane.detail.save_wanted, timeout=5_000, raising=True) as wanted:
        pane.detail.save_wanted.disconnect(pane._on_save_wanted)
        pane.detail.save.click()
    pane.save_to(tmp_path / "made.json", wanted.args[0])
    assert json.loads((tmp_path / "made.json").read_text()) == copied


def test_one_message_is_copied_exactly(stage: Stage, qtbot: QtBot) -> None:
    stage.host.reports[VIEW] = report(entry(1), refused(2))
    messages = _inspect(stage, qtbot).detail.messages
    messages.choose(2)
    messages.copy.click()
    assert json.loads(QApplication.clipboard().text())["message"] == json.loads(refused(2).body)


def test_a_file_that_cannot_be_written_is_said(stage: Stage, qtbot: QtBot, tmp_path: Path) -> None:
    pane = stage.window.inspector
    pane.save_to(tmp_path / "missing" / "x.json", "{}")
    texts = [text for _, text in shown(pane) if "Not saved" in text]
    assert texts


def test_the_frame_of_an_app_leads_to_it(stage: Stage, qtbot: QtBot) -> None:
    stage.host.reports = {VIEW: report(entry(1)), ViewId("view-b"): report(entry(1), view="view-b")}
    card = stage.window.chat.talk.view(data.TALK).card(data.tool_run().id)
    assert card is not None
    card.run = data.tool_run(view=ViewId("view-b"))
    (button,) = [
        b for b in card.frame.findChildren(IconButton) if b.accessibleName() == "Inspect this App"
    ]
    button.click()
    pane = stage.window.inspector
    qtbot.waitUntil(lambda: pane.detail.messages.model.held() == 1, timeout=5_000)
    assert pane._chosen == "view-b"
    assert pane.isVisible()


@pytest.mark.parametrize("tab", range(4))
def test_hostile_words_are_plain_and_nothing_hides(stage: Stage, qtbot: QtBot, tab: int) -> None:
    body = json.dumps({"method": "notifications/message", "params": {"data": EVIL}})
    evil = entry(1, method=EVIL, id=EVIL, rules=(EVIL,), reason=EVIL, body=EVIL, missing=3)
    log = entry(2, method="notifications/message", body=body, size=len(body))
    fact = ViewIncident(kind=IncidentKind.CONSOLE_ERROR, detail=EVIL)
    stage.host.reports[VIEW] = report(
        *(evil, log), app=EVIL, tool=EVIL, closed=EVIL, template_uri=EVIL, incidents=((1.0, fact),)
    )
    pane = _inspect(stage, qtbot)
    pane.detail.tabs.setCurrentIndex(tab)
    pane.detail.messages.choose(1)
    texts = [text for _, text in shown(pane)]
    assert sum("zyx" in text for text in texts) >= 6
    assert not [text for text in texts for letter in text if hides(letter)]


def test_a_message_that_is_no_json_is_shown_as_it_is() -> None:
    assert body_text(entry(1, body='{"a": NaN}', size=10)) == '{"a": NaN}'
    assert "not kept" in facts_of(entry(1, body="", missing=2_000, size=2_000))
