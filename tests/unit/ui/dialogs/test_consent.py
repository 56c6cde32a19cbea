"""The consent dialog: nothing but a clear, deliberate yes is a yes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from mcphost.domain.consent import Answer, ConsentAnswer, ConsentRequest
from mcphost.domain.decision import Tier
from mcphost.domain.grant import GrantScope
from tests.helpers.questions import HandClock, consent_request
from ui.dialogs.consent import ConsentDialog
from ui.dialogs.consent_text import consent_text

Opened = Callable[[ConsentDialog], ConsentDialog]
LEFT = Qt.MouseButton.LeftButton
STRICT = {"tier": Tier.EVERY_TIME, "offers": (), "server_text": ""}


@pytest.fixture
def answers() -> list[ConsentAnswer]:
    return []


@pytest.fixture
def make(clock: HandClock, answers: list[ConsentAnswer]) -> Callable[..., ConsentDialog]:
    def made(request: ConsentRequest | None = None, **changes: Any) -> ConsentDialog:
        dialog = ConsentDialog(request or consent_request(**changes), clock=clock)
        dialog.answered.connect(answers.append)
        return dialog

    return made


def test_focus_starts_on_deny(make: Any, shown: Opened) -> None:
    dialog = shown(make())
    assert dialog.focusWidget() is dialog.deny


def test_an_early_click_is_ignored(
    qtbot: QtBot, make: Any, shown: Opened, answers: list[ConsentAnswer]
) -> None:
    dialog = shown(make())
    for button in (dialog.allow, dialog.deny):
        qtbot.mouseClick(button, LEFT)
    assert answers == []
    assert not dialog.allow.isEnabled()


@pytest.mark.parametrize("scope", [GrantScope.ONCE, GrantScope.CONVERSATION])
def test_a_click_after_arming_allows_with_its_scope(
    qtbot: QtBot, make: Any, armed: Opened, answers: list[ConsentAnswer], scope: GrantScope
) -> None:
    dialog = armed(make())
    if scope is not GrantScope.ONCE:
        dialog.permissions.lines[1].click()
        assert not dialog.gate.armed, "what the button says has changed"
        armed(dialog)
        assert dialog.allow.text() == "Allow for this conversation"
    qtbot.mouseClick(dialog.allow, LEFT)
    assert [(a.answer, a.scope, a.answered_by) for a in answers] == [
        (Answer.ALLOW, scope, "person")
    ]


def test_the_answer_is_bound_to_the_request_and_to_the_text_drawn(
    qtbot: QtBot, make: Any, armed: Opened, answers: list[ConsentAnswer]
) -> None:
    request = consent_request()
    dialog = armed(make(request))
    qtbot.mouseClick(dialog.deny, LEFT)
    assert answers[0].request == request.id
    assert answers[0].digest == request.digest
    assert answers[0].presented == consent_text(request).presented
    assert answers[0].shown_ms >= 2_000


def test_a_press_that_began_before_arming_does_not_count(
    qtbot: QtBot, make: Any, shown: Opened, clock: HandClock, answers: list[ConsentAnswer]
) -> None:
    dialog = shown(make())
    dialog.gate.tick()
    qtbot.mousePress(dialog.deny, LEFT)
    assert not dialog.deny.isDown()
    clock.pass_seconds(2)
    dialog.gate.tick()
    assert dialog.gate.armed
    qtbot.mouseRelease(dialog.deny, LEFT)
    assert answers == []


@pytest.mark.parametrize("name", ["allow", "deny"])
def test_a_press_does_not_survive_a_move_of_the_dialog(
    qtbot: QtBot,
    make: Any,
    armed: Opened,
    clock: HandClock,
    answers: list[ConsentAnswer],
    name: str,
) -> None:
    dialog = armed(make())
    button = dialog.deny if name == "deny" else dialog.allow
    qtbot.mousePress(button, LEFT)
    dialog.gate.restart()
    clock.pass_seconds(2)
    dialog.gate.tick()
    assert dialog.gate.armed
    qtbot.mouseRelease(button, LEFT)
    assert answers == []


@pytest.fixture
def screen_reader() -> Iterator[None]:
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


def test_assistive_technology_is_held_to_the_arming_too(
    make: Any, shown: Opened, clock: HandClock, answers: list[ConsentAnswer], screen_reader: None
) -> None:
    dialog = shown(make())
    dialog.gate.restart()
    dialog.deny.click()
    assert answers == []
    clock.pass_seconds(2)
    dialog.gate.tick()
    dialog.deny.click()
    assert [a.answer for a in answers] == [Answer.DENY]
    assert answers[0].circumstances is not None
    assert answers[0].circumstances.device == "assistive"


@pytest.mark.parametrize("what", ["move", "resize", "deactivate", "content"])
def test_whatever_unsettles_the_dialog_disarms_it(make: Any, armed: Opened, what: str) -> None:
    dialog = armed(make())
    match what:
        case "move":
            dialog.move(dialog.x() + 7, dialog.y() + 7)
        case "resize":
            dialog.resize(dialog.width() + 9, dialog.height() + 9)
        case "deactivate":
            QApplication.sendEvent(dialog, QEvent(QEvent.Type.WindowDeactivate))
        case _:
            dialog.arguments.exact_toggle.setChecked(True)
    QApplication.processEvents()
    assert not dialog.gate.armed
    assert not dialog.allow.isEnabled()


@pytest.mark.parametrize(("tier", "early"), [(Tier.SHOW_ARGUMENTS, 0.45), (Tier.EVERY_TIME, 0.95)])
def test_the_delay_is_half_a_second_and_a_whole_one_for_tier_three(
    make: Any, shown: Opened, clock: HandClock, tier: Tier, early: float
) -> None:
    dialog = shown(make(tier=tier))
    dialog.gate.restart()
    clock.pass_seconds(early)
    dialog.gate.tick()
    assert not dialog.gate.armed
    clock.pass_seconds(0.06)
    dialog.gate.tick()
    assert dialog.gate.armed


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_is_inert_everywhere(
    qtbot: QtBot, make: Any, armed: Opened, answers: list[ConsentAnswer], key: Qt.Key
) -> None:
    dialog = armed(make())
    allow = dialog.allow
    for widget in (dialog, dialog.deny, allow, dialog.arguments.code):
        widget.setFocus()
        qtbot.keyClick(widget, key)
    assert answers == []
    assert dialog.isVisible()


def test_a_held_down_space_is_ignored_and_a_fresh_one_counts(
    qtbot: QtBot, make: Any, armed: Opened, answers: list[ConsentAnswer]
) -> None:
    dialog = armed(make())
    repeat = QKeyEvent(
        QEvent.Type.KeyPress, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", True
    )
    QApplication.sendEvent(dialog.deny, repeat)
    QApplication.sendEvent(dialog.deny, repeat)
    assert answers == []
    qtbot.keyClick(dialog.deny, Qt.Key.Key_Space)
    assert [a.answer for a in answers] == [Answer.DENY]


def test_escape_denies_even_before_arming(
    qtbot: QtBot, make: Any, shown: Opened, answers: list[ConsentAnswer]
) -> None:
    qtbot.keyClick(shown(make()), Qt.Key.Key_Escape)
    assert [a.answer for a in answers] == [Answer.DENY]


def test_closing_the_window_denies(make: Any, shown: Opened, answers: list[ConsentAnswer]) -> None:
    shown(make()).close()
    assert [a.answer for a in answers] == [Answer.DENY]


def test_the_deadline_is_a_refusal(qtbot: QtBot, make: Any, answers: list[ConsentAnswer]) -> None:
    make(deadline=0.05).open()
    qtbot.waitUntil(lambda: bool(answers), timeout=5_000)
    assert answers[0].answer is Answer.TIMEOUT


def test_a_withdrawn_dialog_closes_without_an_answer(
    qtbot: QtBot, make: Any, shown: Opened, answers: list[ConsentAnswer]
) -> None:
    dialog = shown(make())
    with qtbot.waitSignal(dialog.finished, timeout=5_000):
        dialog.withdraw()
    assert answers == []


def test_there_is_only_one_end(make: Any, shown: Opened, answers: list[ConsentAnswer]) -> None:
    dialog = shown(make())
    dialog.refuse()
    dialog.expire()
    dialog.withdraw()
    assert len(answers) == 1


def test_a_grant_that_was_not_offered_has_no_button(make: Any, shown: Opened) -> None:
    dialog = shown(make(offers=()))
    assert dialog.permissions is None
    assert dialog.allow.text() == "Allow once"


def test_tier_three_waits_until_everything_was_scrolled_into_sight(
    make: Any, armed: Opened
) -> None:
    request = consent_request({"ids": list(range(200))}, **STRICT)
    dialog = armed(make(request))
    allow = dialog.allow
    assert not allow.isEnabled()
    for bar in (dialog.arguments.code.verticalScrollBar(), dialog._scroll.verticalScrollBar()):
        bar.setValue(bar.maximum())
    assert allow.isEnabled()


@pytest.mark.requirement("MCP-031")
def test_every_label_is_plain_text(make: Any, shown: Opened) -> None:
    hostile = "<a href='https://evil.example'>x</a>"
    dialog = shown(make(who=hostile, reason=hostile, server_text=hostile, subject=hostile))
    drawn = [label for label in dialog.findChildren(QLabel) if label.text()]
    assert hostile in [label.text() for label in drawn]
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in drawn)
    assert not any(label.openExternalLinks() for label in drawn)


def test_the_text_drawn_is_the_text_hashed(make: Any, shown: Opened) -> None:
    dialog = shown(make(repeated=("guests (header Mcp-Param-Guests)",), again="it was refused"))
    drawn = {label.text() for label in dialog.findChildren(QLabel)}
    text = dialog.text
    assert {text.repeated, text.again} <= drawn - {""}
    said = (text.title, text.who, text.verb, text.subject, text.reason, text.server_text)
    details = "\n".join((text.rules, text.detail))
    assert {*said, details, text.reversible, text.deadline, text.fingerprint} <= drawn
    assert dialog.arguments.code.toPlainText() == text.readable
    dialog.arguments.exact_toggle.setChecked(True)
    assert dialog.arguments.code.toPlainText() == text.exact


def test_the_servers_own_words_start_folded_and_marked(make: Any, shown: Opened) -> None:
    dialog = shown(make(server_text="Always allow me."))
    words = next(w for w in dialog.findChildren(QLabel) if w.text() == "Always allow me.")
    assert not words.isVisible()
    assert "unverified" in [w.text() for w in dialog.findChildren(QLabel)]


def test_it_is_window_modal_and_named_for_screen_readers(make: Any, shown: Opened) -> None:
    dialog = shown(make())
    assert dialog.windowModality() is Qt.WindowModality.WindowModal
    assert dialog.accessibleName() == "Call a tool: book_table"
    assert dialog.arguments.code.accessibleName() == "Exactly this will be sent"


def test_a_lasting_yes_starts_folded_and_with_just_this_once(make: Any, shown: Opened) -> None:
    dialog = shown(make())
    assert dialog.permissions.lines[0].isChecked()
    assert not dialog.permissions.isVisible()
    assert dialog.allow.text() == "Allow once"
