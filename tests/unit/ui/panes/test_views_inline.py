"""Views inside the conversation: when they are mounted, what they carry, how they end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.conversation import ViewState
from mcphost.domain.events import (
    ItemChanged,
    ViewClosed,
    ViewEnding,
    ViewInitialized,
    ViewOpened,
    ViewPosted,
    ViewResized,
)
from mcphost.domain.ids import ItemId, ViewId
from mcphost.domain.template import DeclaredUi
from mcphost.domain.view import IncidentKind, Presence, ViewIncident
from tests.helpers import fake_data as data
from tests.helpers.stand_in_view import StandInView
from tests.unit.ui.panes.conftest import MakeStage, Stage
from ui.panes import view_slot
from ui.panes.run_card import RunCard
from ui.widgets.banner import Banner
from ui.widgets.plain_label import PlainLabel

VIEW = ViewId("view-run1")


def _card(stage: Stage, qtbot: QtBot) -> RunCard:
    view = stage.window.chat.talk.view(data.TALK)
    qtbot.waitUntil(lambda: view.card(ItemId("run1")) is not None, timeout=5_000)
    card = view.card(ItemId("run1"))
    assert card is not None
    return card


def _open(stage: Stage, qtbot: QtBot) -> StandInView:
    card = _card(stage, qtbot)
    card.open_pressed.emit(card.run)
    qtbot.waitUntil(lambda: bool(stage.maker.made), timeout=5_000)
    return stage.maker.made[0]


@pytest.mark.requirement("APPS-03")
def test_a_view_is_mounted_in_the_card_of_its_run(stage: Stage, qtbot: QtBot) -> None:
    stage.isolate()
    sandbox = _open(stage, qtbot)
    assert sandbox.started
    assert _card(stage, qtbot).frame.mounted is sandbox
    assert _card(stage, qtbot).frame.isAncestorOf(sandbox)


def test_an_app_is_said_to_be_starting_until_it_has_shaken_hands(
    stage: Stage, qtbot: QtBot
) -> None:
    stage.isolate()
    _open(stage, qtbot)
    bar = _card(stage, qtbot).frame.bar

    def said() -> bool:
        labels = [each for each in bar.findChildren(PlainLabel) if each.isVisibleTo(bar)]
        return "starting…" in [each.text() for each in labels]

    assert said()
    stage.host.events(ViewInitialized(view=VIEW))
    qtbot.waitUntil(lambda: not said(), timeout=5_000)


def test_a_view_is_mounted_in_the_turn_in_which_its_opening_is_heard(
    stage: Stage, qtbot: QtBot
) -> None:
    stage.isolate()
    _card(stage, qtbot)
    mounted: list[int] = []

    def hear(event: object) -> None:
        if isinstance(event, ViewOpened):
            mounted.append(len(stage.maker.made))

    stage.core.happened.connect(hear)
    _open(stage, qtbot)
    assert mounted == [1]


@pytest.mark.parametrize(
    ("wanted", "drawn"), [(True, "sunken"), (None, "sunken"), (False, "plain")]
)
def test_an_app_has_a_border_unless_it_wants_none(
    stage: Stage, qtbot: QtBot, wanted: bool | None, drawn: str
) -> None:
    review = stage.host.reviews[0]
    stage.host.reviews[0] = replace(review, declared=DeclaredUi(prefers_border=wanted))
    stage.isolate()
    frame = _open(stage, qtbot).parentWidget()
    assert frame is not None
    assert frame.property("surface") == drawn
    assert _card(stage, qtbot).frame.bar.isVisibleTo(frame), "the host's line is there all the same"


def test_a_view_waits_for_the_self_test(stage: Stage, qtbot: QtBot) -> None:
    card = _card(stage, qtbot)
    card.open_pressed.emit(card.run)
    qtbot.waitUntil(lambda: bool(stage.host.asked("open_view")), timeout=5_000)
    qtbot.waitUntil(lambda: card.run.view is not None, timeout=5_000)
    assert not stage.maker.made
    stage.isolate()
    qtbot.waitUntil(lambda: bool(stage.maker.made), timeout=5_000)


def test_without_isolation_no_view_is_made_and_the_core_is_told(stage: Stage, qtbot: QtBot) -> None:
    stage.isolate(passed=False)
    card = _card(stage, qtbot)
    card.open_pressed.emit(card.run)
    qtbot.waitUntil(lambda: bool(stage.host.asked("view_incident")), timeout=5_000)
    view, incident = stage.host.asked("view_incident")[0]
    assert view == VIEW
    assert incident.kind is IncidentKind.SANDBOX_REFUSED
    assert "it got out" in incident.detail
    assert not stage.maker.made


def test_what_a_view_says_goes_to_the_core_under_its_own_id(stage: Stage, qtbot: QtBot) -> None:
    stage.isolate()
    sandbox = _open(stage, qtbot)
    sandbox.text_received.emit('{"view":"another"}', 1.5)
    sandbox.gesture_seen.emit(2.5)
    fact = ViewIncident(kind=IncidentKind.CONSOLE_ERROR, detail="x")
    sandbox.incident.emit(fact)
    qtbot.waitUntil(lambda: bool(stage.host.asked("view_incident")), timeout=5_000)
    assert stage.host.asked("view_text") == [(VIEW, '{"view":"another"}', 1.5)]
    assert stage.host.asked("view_gesture") == [(VIEW, 2.5)]
    assert stage.host.asked("view_incident") == [(VIEW, fact)]


def test_the_core_learns_whether_a_view_is_seen_before_it_hears_of_a_press(
    stage: Stage, qtbot: QtBot
) -> None:
    stage.isolate()
    sandbox = _open(stage, qtbot)
    sandbox.gesture_seen.emit(2.5)
    qtbot.waitUntil(lambda: bool(stage.host.asked("view_gesture")), timeout=5_000)
    view, presence = stage.host.asked("view_presence")[-1]
    assert (view, presence.visible) == (VIEW, True)
    sandbox.hide()
    qtbot.waitUntil(lambda: stage.host.asked("view_presence")[-1][1] == Presence(), timeout=5_000)


def test_the_core_learns_the_surroundings_before_the_view_starts(
    stage: Stage, qtbot: QtBot
) -> None:
    stage.isolate()
    _open(stage, qtbot)
    qtbot.waitUntil(lambda: bool(stage.host.asked("view_environment")), timeout=5_000)
    view, environment = stage.host.asked("view_environment")[0]
    assert view == VIEW
    assert environment.width > 100
    assert dict(environment.style_variables)["--color-text-primary"].startswith("light-dark(")


def test_an_app_that_is_starting_is_told_at_once_how_wide_its_card_became(
    stage: Stage, qtbot: QtBot
) -> None:
    stage.isolate()
    _open(stage, qtbot)
    stage.window.chat.stage._settle.setInterval(10**6)
    frame = _card(stage, qtbot).frame
    frame.resize(frame.width() - 60, frame.height())

    def told() -> bool:
        asked = stage.host.asked("view_environment")
        return bool(asked) and asked[-1][1].width == frame.view_width()

    qtbot.waitUntil(told, timeout=5_000)


def test_a_message_reaches_only_its_view_and_a_height_is_exact(stage: Stage, qtbot: QtBot) -> None:
    stage.isolate()
    sandbox = _open(stage, qtbot)
    stage.relay(ViewPosted(view=ViewId("another"), text="not for it"))
    stage.relay(ViewPosted(view=VIEW, text="hello"))
    stage.relay(ViewResized(view=VIEW, height=333))
    qtbot.waitUntil(lambda: sandbox.height() == 333, timeout=5_000)
    assert sandbox.posted == ["hello"]


def test_another_width_is_told_and_another_height_is_not(stage: Stage, qtbot: QtBot) -> None:
    """One App that keeps changing its height must not make work for all the others."""
    stage.isolate()
    _open(stage, qtbot)
    frame, settle = _card(stage, qtbot).frame, stage.window.chat.stage._settle
    qtbot.waitUntil(lambda: frame.isVisible() and not settle.isActive(), timeout=5_000)
    frame.resize(frame.width(), frame.height() + 50)
    assert not settle.isActive()
    frame.resize(frame.width() - 50, frame.height())
    assert settle.isActive()


def test_a_closed_view_is_torn_down_and_can_be_shown_again(stage: Stage, qtbot: QtBot) -> None:
    stage.isolate()
    sandbox = _open(stage, qtbot)
    card = _card(stage, qtbot)
    stage.relay(
        ItemChanged(
            conversation=data.TALK, item=replace(card.run, view=VIEW, view_state=ViewState.LIVE)
        )
    )
    stage.relay(ViewClosed(view=VIEW, reason="too many Apps were open"))
    qtbot.waitUntil(lambda: sandbox.closed, timeout=5_000)
    assert card.frame.mounted is None
    said = "The App was closed: too many Apps were open."
    qtbot.waitUntil(lambda: [note.text() for note in card.frame.findChildren(Banner)] == [said])
    card.frame.findChildren(Banner)[0].triggered.emit()
    qtbot.waitUntil(lambda: len(stage.host.asked("open_view")) == 2, timeout=5_000)


def test_an_unseen_view_sleeps_until_it_is_seen_or_ends(
    make_stage: MakeStage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_slot, "FREEZE_SECONDS", 0)
    stage = make_stage()
    stage.isolate()
    sandbox = _open(stage, qtbot)
    stage.window.hide()
    qtbot.waitUntil(lambda: sandbox.frozen, timeout=5_000)
    stage.relay(ViewPosted(view=VIEW, text="while it sleeps"))
    qtbot.waitUntil(lambda: sandbox.posted == ["while it sleeps"], timeout=5_000)
    assert sandbox.frozen
    stage.relay(ViewEnding(view=VIEW))
    qtbot.waitUntil(lambda: not sandbox.frozen, timeout=5_000)


def test_a_view_sleeps_while_the_window_is_minimised(
    make_stage: MakeStage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_slot, "FREEZE_SECONDS", 0)
    stage = make_stage()
    stage.isolate()
    sandbox = _open(stage, qtbot)
    stage.window.showMinimized()
    qtbot.waitUntil(lambda: sandbox.frozen, timeout=5_000)
    stage.window.showNormal()
    qtbot.waitUntil(lambda: not sandbox.frozen, timeout=5_000)


def test_a_failed_view_says_why_in_place(stage: Stage, qtbot: QtBot) -> None:
    card = _card(stage, qtbot)
    failed = replace(card.run, view_state=ViewState.FAILED, view_note="The App crashed: gone")
    stage.relay(ItemChanged(conversation=data.TALK, item=failed))
    qtbot.waitUntil(lambda: card.run.view_state is ViewState.FAILED, timeout=5_000)

    def notes() -> list[Banner]:
        return [n for n in card.frame.findChildren(Banner) if n.isVisibleTo(card)]

    qtbot.waitUntil(lambda: len(notes()) == 1)  # it is shown in the turn after the state
    (note,) = notes()
    assert "The App crashed: gone" in note.text()
    assert note.level == "error"


def test_an_approved_template_offers_to_show_the_app(stage: Stage, qtbot: QtBot) -> None:
    card = _card(stage, qtbot)
    work = stage.host.review_template(stage.host.reviews[0].pin, True)
    stage.core.run(work, stage.window)

    def offered() -> bool:
        notes = [n.text() for n in card.frame.findChildren(Banner) if n.isVisibleTo(card)]
        return notes == ["Its template is approved now."]

    qtbot.waitUntil(offered, timeout=5_000)


def test_a_view_of_an_unopened_conversation_finds_its_card(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = make_stage()
    stage.isolate()
    other = stage.host.talks[1].id
    stage.host.stored[other] = [data.tool_run(id=ItemId("far"), view_state=ViewState.CLOSED)]
    stage.core.run(stage.host.open_view(other, ItemId("far")), stage.window)
    qtbot.waitUntil(lambda: bool(stage.maker.made), timeout=5_000)


def test_leaving_tears_every_view_down(stage: Stage, qtbot: QtBot) -> None:
    stage.isolate()
    sandbox = _open(stage, qtbot)
    stage.window.chat.stage.close_all("closing")
    assert sandbox.closed
    assert stage.window.chat.stage.live() == 0
