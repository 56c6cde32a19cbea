"""From the inspector to a replay: what is asked, what is approved, and where it opens."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.errors import UserFacingError
from mcphost.domain.json import digest
from mcphost.domain.template import ReviewState
from mcphost.domain.view import ChannelEntry, Direction, EntryVerdict
from tests.helpers import fake_data as data
from tests.helpers.fake_views import VIEW, entry, report
from tests.unit.ui.panes.conftest import Stage
from tests.unit.ui.panes.test_hostile_text import shown
from ui.dialogs.replay import ReplayDialog, standing_words
from ui.widgets.banner import Banner

HTML = b"<p>changed"


def _told(number: int, method: str, params: dict[str, Any]) -> ChannelEntry:
    body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params})
    plain: dict[str, Any] = {"verdict": EntryVerdict.NONE, "rules": (), "id": ""}
    way = Direction.TO_VIEW
    return entry(number, method=method, body=body, size=len(body), direction=way, **plain)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    made = tmp_path / "changed.html"
    made.write_bytes(HTML)
    return made


def _open(stage: Stage, qtbot: QtBot) -> ReplayDialog:
    """The dialog, by its button, for an App of the demo."""
    given = _told(1, "ui/notifications/tool-input", {"arguments": {"bed": "roses"}})
    result = _told(2, "ui/notifications/tool-result", {"content": []})
    stage.host.reports[VIEW] = report(given, result, template_uri=data.PLANNER)
    stage.window.show_place("inspector")
    pane = stage.window.inspector
    qtbot.waitUntil(lambda: pane.detail.messages.model.held() > 0)
    pane.detail.replay.click()
    return _dialog(stage, qtbot)


def _with_file(stage: Stage, qtbot: QtBot, page: Path) -> ReplayDialog:
    """The dialog, with *page* chosen and looked at."""
    dialog = _open(stage, qtbot)
    dialog.choose_file(page)
    qtbot.waitUntil(_ready(dialog))
    return dialog


def _dialog(stage: Stage, qtbot: QtBot) -> ReplayDialog:
    def open_ones() -> list[ReplayDialog]:
        return [d for d in stage.window.findChildren(ReplayDialog) if d.isVisible()]

    qtbot.waitUntil(lambda: len(open_ones()) == 1)
    return open_ones()[0]


def _ready(dialog: ReplayDialog) -> Callable[[], bool]:
    return dialog.play.isEnabled


def test_a_replay_opens_in_a_conversation_of_its_own_and_says_that_nothing_leaves(
    stage: Stage, qtbot: QtBot, page: Path
) -> None:
    dialog = _open(stage, qtbot)
    assert not dialog.play.isEnabled()
    dialog.choose_file(page)
    qtbot.waitUntil(_ready(dialog))
    dialog.play.click()
    qtbot.waitUntil(lambda: stage.window.chat.isVisible())
    ((talk, recording),) = stage.host.asked("replay")
    assert (recording.arguments, recording.uri) == ({"bed": "roses"}, data.PLANNER)
    assert stage.window.chat.talk.current == talk
    view = stage.window.chat.talk.view(talk)
    qtbot.waitUntil(lambda: bool(view.cards()))
    (banner,) = (b for b in view.cards()[0].findChildren(Banner) if "a replay" in b.text())
    assert "No server is reached" in banner.text()
    assert any("Replay of demo" in text for _, text in shown(view.cards()[0]))


def test_pressing_approves_exactly_what_was_shown(stage: Stage, qtbot: QtBot, page: Path) -> None:
    dialog = _with_file(stage, qtbot, page)
    ((_, html),) = stage.host.asked("put_template")
    assert html == HTML
    assert dialog.play.text() == "Approve and play"
    put = stage.host.reviews[-1]
    assert put.pin.content in dialog.found.text()
    dialog.play.click()
    qtbot.waitUntil(lambda: bool(stage.host.asked("replay")))
    assert stage.host.asked("review_template") == [(put.pin, True)]


def test_what_was_played_before_is_chosen_again_and_needs_no_second_approval(
    stage: Stage, qtbot: QtBot, page: Path
) -> None:
    first = _with_file(stage, qtbot, page)
    first.play.click()
    qtbot.waitUntil(lambda: bool(stage.host.asked("replay")) and stage.window.chat.isVisible())
    again = _open(stage, qtbot)
    qtbot.waitUntil(_ready(again))
    assert (again.path.text(), again.play.text()) == (str(page), "Play")
    again.play.click()
    qtbot.waitUntil(lambda: len(stage.host.asked("replay")) == 2)
    assert len(stage.host.asked("review_template")) == 1


def test_the_template_that_the_server_has_now_can_be_played_to(stage: Stage, qtbot: QtBot) -> None:
    dialog = _open(stage, qtbot)
    dialog.from_server.click()
    qtbot.waitUntil(_ready(dialog))
    ((_, html),) = stage.host.asked("put_template")
    assert html == data.PLANNER_HTML
    assert "another one than" in standing_words(data.planner_review(), "ab" * 32)


def test_a_template_can_be_read_in_the_review_before_it_is_played(
    stage: Stage, qtbot: QtBot, page: Path
) -> None:
    dialog = _with_file(stage, qtbot, page)
    dialog.look.click()
    assert stage.window.review.isVisible()
    put = stage.host.reviews[-1].pin
    qtbot.waitUntil(lambda: (put,) in stage.host.asked("template_source"))
    assert stage.host.asked("replay") == []


@pytest.mark.parametrize("state", [None, ReviewState.REJECTED])
def test_what_cannot_be_read_or_was_rejected_is_said_and_not_played(
    stage: Stage, qtbot: QtBot, page: Path, state: ReviewState | None
) -> None:
    dialog = _with_file(stage, qtbot, page)
    if state is None:
        dialog.choose_file(page.with_name("missing.html"))
        qtbot.waitUntil(lambda: "cannot read" in dialog.found.text())
    else:
        dialog.show_review(replace(stage.host.reviews[-1], state=state))
        assert "was rejected" in dialog.found.text()
    assert not dialog.play.isEnabled()


def test_the_newest_choice_is_what_is_looked_at_and_played(
    stage: Stage, qtbot: QtBot, page: Path
) -> None:
    dialog = _open(stage, qtbot)
    other = page.with_name("other.html")
    other.write_bytes(b"<p>other")
    dialog.choose_file(page)
    dialog.choose_file(other)  # before anything of the first was found
    qtbot.waitUntil(_ready(dialog))
    assert [html for _, html in stage.host.asked("put_template")] == [HTML, b"<p>other"]
    assert digest(b"<p>other") in dialog.found.text()


def test_what_could_not_be_played_is_said_in_the_inspector(
    stage: Stage, qtbot: QtBot, page: Path
) -> None:
    dialog = _with_file(stage, qtbot, page)
    stage.host.fail_with["replay"] = UserFacingError("the kill switch is on")
    dialog.play.click()
    pane = stage.window.inspector
    qtbot.waitUntil(lambda: any("Not played" in text for _, text in shown(pane)))
    assert pane.isVisible()
