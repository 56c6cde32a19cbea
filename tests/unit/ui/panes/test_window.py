"""The window: places, shortcuts, review, servers, activity, settings, closing."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QMessageBox
from pytestqt.qtbot import QtBot

from mcphost.domain.budget import Limit
from mcphost.domain.errors import StorageError
from mcphost.domain.events import AuditAppended, ProblemReported, ServerRemoved, ViewInitialized
from mcphost.domain.ids import ServerKey, ViewId
from mcphost.domain.server import HttpEndpoint, ServerConfig
from tests.helpers import fake_data as data
from tests.unit.ui.panes.conftest import MakeStage, Stage
from ui.dialogs.add_server import AddServerDialog
from ui.dialogs.server_budgets import ServerBudgetsDialog
from ui.main_window import PLACES
from ui.models.records import Role
from ui.panes.isolation import Check, Isolation, IsolationDialog, IsolationPill, IsolationState
from ui.widgets.banner import Banner
from ui.widgets.buttons import DangerButton, PrimaryButton, SecondaryButton
from ui.widgets.plain_label import PlainLabel


def test_every_place_has_its_shortcut(stage: Stage, qtbot: QtBot) -> None:
    stage.window.activateWindow()
    qtbot.waitUntil(stage.window.isActiveWindow, timeout=5_000)
    for number, pane in enumerate(
        ("chat", "review", "activity", "servers", "grants", "settings"), start=1
    ):
        key = Qt.Key(Qt.Key.Key_0 + number)
        qtbot.keyClick(stage.window, key, Qt.KeyboardModifier.ControlModifier)
        assert getattr(stage.window, pane).isVisible()


def test_the_window_fits_into_a_screen_smaller_than_its_smallest_size(
    stage: Stage, qtbot: QtBot
) -> None:
    room = QSize(853, 533)  # 1280 × 800 at 150 %
    stage.window.fit_into(room)
    assert stage.window.size() == room
    sidebar = stage.window.sidebar

    def whole() -> bool:
        buttons = [b for b in sidebar.findChildren(QAbstractButton) if b.isVisibleTo(sidebar)]
        places = [QRect(b.mapTo(stage.window, QPoint(0, 0)), b.size()) for b in buttons]
        apart = not any(a.intersects(b) for a, b in itertools.combinations(places, 2))
        return apart and all(stage.window.rect().contains(place) for place in places)

    qtbot.waitUntil(whole, timeout=5_000)


def test_pending_reviews_are_counted_beside_their_place(stage: Stage, qtbot: QtBot) -> None:
    button = stage.window.sidebar.button("review")
    qtbot.waitUntil(lambda: button.accessibleDescription() == "2 waiting", timeout=5_000)


def test_templates_of_a_removed_server_wait_for_nobody(stage: Stage, qtbot: QtBot) -> None:
    button = stage.window.sidebar.button("review")
    qtbot.waitUntil(lambda: button.accessibleDescription() == "2 waiting", timeout=5_000)
    stage.relay(ServerRemoved(key=data.BUDGET))
    qtbot.waitUntil(lambda: button.accessibleDescription() == "1 waiting", timeout=5_000)


def test_approving_carries_exactly_the_pin_shown(stage: Stage, qtbot: QtBot) -> None:
    stage.window.review.show_template_of(data.tool_run())
    detail = stage.window.review.detail
    (approve,) = [b for b in detail.findChildren(PrimaryButton) if b.isVisibleTo(detail)]
    approve.click()
    pin = data.planner_review().pin
    qtbot.waitUntil(lambda: stage.host.asked("review_template") == [(pin, True)], timeout=5_000)
    button = stage.window.sidebar.button("review")
    qtbot.waitUntil(lambda: button.accessibleDescription() == "1 waiting", timeout=5_000)


def _approved(stage: Stage, qtbot: QtBot) -> PrimaryButton:
    """Approve the demo's template; the button that leads on."""
    stage.window.show_place("review")
    stage.window.review.show_template_of(data.tool_run())
    detail = stage.window.review.detail
    (approve,) = (b for b in detail.findChildren(PrimaryButton) if b.isVisibleTo(detail))
    approve.click()

    def buttons() -> list[PrimaryButton]:
        found = detail.findChildren(PrimaryButton)
        return [b for b in found if b.isVisibleTo(detail) and b.text().startswith("Use")]

    qtbot.waitUntil(lambda: len(buttons()) == 1)
    return buttons()[0]


def test_after_approving_the_run_that_waits_for_its_app_is_one_press_away(
    stage: Stage, qtbot: QtBot
) -> None:
    talk = stage.window.chat.talk.view(data.TALK)
    qtbot.waitUntil(lambda: bool(talk.cards()))
    talk.verticalScrollBar().setValue(talk.verticalScrollBar().maximum())
    use = _approved(stage, qtbot)
    assert use.text() == "Use “Garden overview”"
    use.click()
    assert stage.window.chat.isVisible()
    frame = talk.cards()[0].frame
    qtbot.waitUntil(lambda: not frame.visibleRegion().isEmpty())
    assert "Show App" in {b.text() for b in frame.findChildren(SecondaryButton)}


def test_after_approving_the_form_of_its_tool_is_one_press_away(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = make_stage(empty=True)
    _approved(stage, qtbot).click()
    direct = stage.window.chat.talk.composer.direct
    assert direct.isVisible()
    qtbot.waitUntil(lambda: direct._chosen is not None)
    assert direct._chosen is not None
    assert direct._chosen.tool.name == "garden_overview"


def test_in_the_smallest_window_the_buttons_of_a_verdict_are_whole(
    stage: Stage, qtbot: QtBot
) -> None:
    stage.window.resize(stage.window.minimumSize())
    use = _approved(stage, qtbot)
    detail = stage.window.review.detail

    def whole() -> bool:
        withdraw = next(b for b in detail.findChildren(DangerButton) if b.isVisible())
        return all(b.width() >= b.sizeHint().width() for b in (use, withdraw))

    qtbot.waitUntil(whole)
    assert stage.window.width() == 900


def test_in_the_smallest_window_all_of_a_server_is_in_sight_sideways(
    stage: Stage, qtbot: QtBot
) -> None:
    stage.window.resize(stage.window.minimumSize())
    stage.window.show_place("servers")
    detail = stage.window.servers.detail
    for at in range(3):
        index = stage.window.known.servers.index(at)
        stage.window.servers.list.view.setCurrentIndex(index)
        qtbot.waitUntil(lambda: detail.isVisible() and detail._body.count() > 3)
        qtbot.waitUntil(lambda: detail.horizontalScrollBar().maximum() == 0)


def test_what_an_app_may_do_and_the_place_of_grants_have_different_names(stage: Stage) -> None:
    tabs = stage.window.review.detail._tabs
    names = {tabs.tabText(at).partition(" (")[0] for at in range(tabs.count())}
    assert "What it may do" in names
    assert names.isdisjoint({text for _, text, _ in PLACES})


def test_a_finding_is_told_in_words_and_not_by_its_id(stage: Stage) -> None:
    stage.window.review.show_template_of(data.tool_run())
    labels = stage.window.review.detail.findChildren(PlainLabel)
    assert "Script inside markup · line 13" in {label.text() for label in labels}


def test_stored_bytes_that_do_not_match_are_said_and_not_shown(stage: Stage, qtbot: QtBot) -> None:
    stage.host.fail_with["template_source"] = StorageError("the bytes are not what was reviewed")
    stage.window.review.list.view.setCurrentIndex(stage.window.known.templates.index(1))
    detail = stage.window.review.detail

    def said() -> list[str]:
        return [b.text() for b in detail.findChildren(Banner)]

    qtbot.waitUntil(lambda: "the bytes are not what was reviewed" in said(), timeout=5_000)


def test_apps_that_open_while_nobody_looks_at_the_review_cost_it_nothing(
    stage: Stage, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: bool(stage.host.asked("app_grants")), timeout=5_000)
    before = len(stage.host.asked("app_grants"))
    stage.relay(ViewInitialized(view=ViewId("one")))
    stage.relay(AuditAppended(line=data.audit_line(60)))
    qtbot.waitUntil(lambda: stage.window.activity.model.rowCount() == 61, timeout=5_000)
    assert len(stage.host.asked("app_grants")) == before
    stage.window.show_place("review")
    qtbot.waitUntil(lambda: len(stage.host.asked("app_grants")) == before + 1, timeout=5_000)


def test_live_audit_rows_reach_the_table(stage: Stage, qtbot: QtBot) -> None:
    model = stage.window.activity.model
    qtbot.waitUntil(lambda: model.rowCount() == 60, timeout=5_000)
    stage.relay(AuditAppended(line=data.audit_line(60)))
    qtbot.waitUntil(lambda: model.rowCount() == 61, timeout=5_000)


def test_choosing_a_row_shows_it_exactly(stage: Stage, qtbot: QtBot) -> None:
    pane = stage.window.activity
    qtbot.waitUntil(lambda: pane.model.rowCount() == 60, timeout=5_000)
    pane.table.selectRow(0)
    assert '"seq": 59' in pane.detail.toPlainText()


def test_typing_filters_the_rows(stage: Stage, qtbot: QtBot) -> None:
    pane = stage.window.activity
    qtbot.waitUntil(lambda: pane.model.rowCount() == 60, timeout=5_000)
    qtbot.keyClicks(pane.search, "delete_plan")
    qtbot.waitUntil(lambda: pane.model.rowCount() == 7, timeout=5_000)


def test_an_added_server_is_shown_and_connected(stage: Stage, qtbot: QtBot) -> None:
    stage.window.servers.open_add()
    (dialog,) = stage.window.findChildren(AddServerDialog)
    config = ServerConfig(
        key=ServerKey("bistro"), title="Bistro", endpoint=HttpEndpoint(url="https://b.example/mcp")
    )
    dialog.drafted.emit(config, "")
    qtbot.waitUntil(lambda: stage.host.asked("connect") == [("bistro",)], timeout=5_000)
    chosen = stage.window.servers.list.view.currentIndex().data(Role.RECORD)
    assert chosen.config.key == "bistro"
    dialog.close()


def test_a_client_secret_is_kept_before_the_server_is_connected(stage: Stage, qtbot: QtBot) -> None:
    stage.window.servers.open_add()
    (dialog,) = stage.window.findChildren(AddServerDialog)
    config = ServerConfig(
        key=ServerKey("bistro"), title="Bistro", endpoint=HttpEndpoint(url="https://b.example/mcp")
    )
    dialog.drafted.emit(config, "hush")
    qtbot.waitUntil(lambda: stage.host.asked("connect") == [("bistro",)], timeout=5_000)
    names = [call[0] for call in stage.host.calls if "bistro" in map(str, call[1:])]
    assert names.index("keep_client_secret") < names.index("connect")
    assert stage.host.asked("keep_client_secret") == [("bistro", "hush")]
    dialog.close()


def _remove_box(stage: Stage) -> QMessageBox:
    servers = stage.window.servers
    servers.list.view.setCurrentIndex(stage.window.known.servers.index(1))
    (remove,) = servers.detail.findChildren(DangerButton)
    remove.click()
    (box,) = stage.window.findChildren(QMessageBox)
    return box


def test_budgets_are_chosen_on_the_page_of_their_server(stage: Stage, qtbot: QtBot) -> None:
    servers = stage.window.servers
    servers.list.view.setCurrentIndex(stage.window.known.servers.index(1))
    servers.detail.budgets_pressed.emit()
    [dialog] = stage.window.findChildren(ServerBudgetsDialog)
    dialog.fields[Limit.APP_CALLS].setText("7")
    dialog.save.click()
    qtbot.waitUntil(lambda: len(stage.host.asked("change_budgets")) == 1, timeout=5_000)

    def said() -> list[str]:
        return [label.text() for label in servers.detail.findChildren(PlainLabel)]

    qtbot.waitUntil(lambda: "600 calls a minute, each App 7" in said(), timeout=5_000)


def test_a_server_is_removed_only_after_a_clear_yes(stage: Stage, qtbot: QtBot) -> None:
    stage.window.show_place("servers")
    qtbot.waitUntil(lambda: stage.window.known.servers.rowCount() == 3, timeout=5_000)
    box = _remove_box(stage)
    assert not stage.host.asked("remove_server")
    next(b for b in box.buttons() if b.text() == "Remove").click()
    qtbot.waitUntil(lambda: stage.host.asked("remove_server") == [("budget",)], timeout=5_000)
    qtbot.waitUntil(lambda: stage.window.known.servers.rowCount() == 2, timeout=5_000)


def test_a_key_is_handed_over_and_forgotten(stage: Stage, qtbot: QtBot) -> None:
    pane = stage.window.settings
    qtbot.waitUntil(lambda: bool(stage.host.asked("secrets_note")), timeout=5_000)
    pane.provider.setCurrentIndex(pane.provider.findData("anthropic"))
    pane.model.setText("some-model")
    pane.key.setText("sk-very-secret")
    pane.save.click()
    qtbot.waitUntil(lambda: bool(stage.host.asked("set_model")), timeout=5_000)
    settings, key = stage.host.asked("set_model")[0]
    assert (settings.provider, settings.model, key) == ("anthropic", "some-model", "sk-very-secret")
    assert pane.key.text() == ""


def test_a_hidden_address_is_not_sent_with_a_key(stage: Stage, qtbot: QtBot) -> None:
    pane = stage.window.settings
    pane.provider.setCurrentIndex(pane.provider.findData("openai-compatible"))
    pane.base_url.setText("https://old.example/v1")
    pane.provider.setCurrentIndex(pane.provider.findData("anthropic"))
    pane.model.setText("some-model")
    pane.key.setText("sk-very-secret")
    pane.save.click()
    qtbot.waitUntil(lambda: bool(stage.host.asked("set_model")))
    settings, _key = stage.host.asked("set_model")[0]
    assert settings.base_url == ""


def test_a_setting_that_cannot_work_is_said(stage: Stage, qtbot: QtBot) -> None:
    pane = stage.window.settings
    qtbot.waitUntil(lambda: bool(stage.host.asked("secrets_note")), timeout=5_000)
    pane.provider.setCurrentIndex(pane.provider.findData("openai-compatible"))
    pane.save.click()

    def said() -> list[str]:
        return [b.text() for b in pane.findChildren(Banner)]

    qtbot.waitUntil(lambda: "An OpenAI-compatible model needs a base URL" in said(), timeout=5_000)
    qtbot.waitUntil(pane.save.isEnabled, timeout=5_000)


def test_a_problem_outside_any_conversation_is_said_on_top(stage: Stage, qtbot: QtBot) -> None:
    stage.relay(ProblemReported(text="the disk is full"))

    def said() -> list[str]:
        return [b.text() for b in stage.window.findChildren(Banner)]

    qtbot.waitUntil(lambda: "the disk is full" in said(), timeout=5_000)


def test_closing_asks_for_the_shutdown_once(stage: Stage, qtbot: QtBot) -> None:
    asked: list[bool] = []
    stage.window.closing.connect(lambda: asked.append(True))
    stage.window.close()
    stage.window.close()
    assert asked == [True]
    assert stage.window.isVisible()


def test_an_empty_self_test_is_a_failed_one() -> None:
    isolation = Isolation()
    isolation.settle((), passed=True)
    assert isolation.state is IsolationState.OFF


def test_one_failed_check_is_enough_and_its_reason_is_shown(stage: Stage, qtbot: QtBot) -> None:
    good = Check(name="headers", passed=True)
    bad = Check(name="interceptor", passed=False, detail="the request got out")
    stage.isolation.settle((good, bad), passed=True)
    assert stage.isolation.reason == "interceptor: the request got out"
    (pill,) = stage.window.findChildren(IsolationPill)
    assert pill.text() == "Isolation: failed"
    pill.click()
    (dialog,) = stage.window.findChildren(IsolationDialog)
    dialog.close()


def test_the_theme_is_chosen_in_settings_and_remembered(stage: Stage, qtbot: QtBot) -> None:
    theme: QComboBox = stage.window.settings.theme
    theme.setCurrentIndex(theme.findData("dark"))
    from ui.widgets.theme import Mode, Theme

    assert Theme.current().mode is Mode.DARK
    qtbot.waitUntil(lambda: stage.host.preferences == {"theme": "dark"}, timeout=5_000)
    theme.setCurrentIndex(theme.findData("system"))
    assert Theme.current().override is None


def test_rejecting_is_possible_too(stage: Stage, qtbot: QtBot) -> None:
    stage.window.review.show_template_of(data.tool_run())
    detail = stage.window.review.detail
    (reject,) = [b for b in detail.findChildren(SecondaryButton) if b.isVisibleTo(detail)]
    reject.click()
    pin = data.planner_review().pin
    qtbot.waitUntil(lambda: stage.host.asked("review_template") == [(pin, False)], timeout=5_000)


def test_the_focus_stays_in_the_review_after_a_verdict(stage: Stage, qtbot: QtBot) -> None:
    stage.window.activateWindow()
    qtbot.waitUntil(stage.window.isActiveWindow, timeout=5_000)
    stage.window.review.show_template_of(data.tool_run())
    stage.window.show_place("review")
    detail = stage.window.review.detail
    (approve,) = [b for b in detail.findChildren(PrimaryButton) if b.isVisibleTo(detail)]
    approve.setFocus()
    approve.click()
    qtbot.waitUntil(lambda: stage.window.known.pending() == 1, timeout=5_000)
    focused = stage.window.focusWidget()
    assert focused is not None
    assert detail.isAncestorOf(focused)
