"""Criterion 3: presses nobody meant, at every moment of a dialog's life. None of them is a yes."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mcphost.domain.consent import Answer, ConsentAnswer
from mcphost.domain.decision import Tier
from tests.helpers.questions import HandClock, consent_request
from ui.dialogs.consent import ConsentDialog
from ui.widgets.theme import Theme

DIALOGS = 60
INPUTS = 25
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
Attack = Callable[["Victim", QPushButton], None]


class Lid:
    """A window over the dialog, as the window system would tell of it."""

    covered: bool | None = False

    def look(self) -> bool | None:
        return self.covered


class Victim:
    """One open dialog, its clock, and what it answered."""

    def __init__(self, dice: random.Random) -> None:
        self.clock, self.lid, self.dice = HandClock(), Lid(), dice
        self.answers: list[ConsentAnswer] = []
        tier = dice.choice([Tier.SHOW_ARGUMENTS, Tier.EVERY_TIME])
        self.dialog = ConsentDialog(consent_request(tier=tier, server_text=""), clock=self.clock)
        self.dialog.gate._watch = lambda _dialog: self.lid
        self.dialog.answered.connect(self.answers.append)

    @property
    def buttons(self) -> list[QPushButton]:
        return [self.dialog.allow]

    def let_pass(self, seconds: float) -> None:
        self.dialog.gate.tick()
        self.clock.pass_seconds(seconds)
        self.dialog.gate.tick()


def mouse(kind: QEvent.Type) -> QMouseEvent:
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else LEFT
    return QMouseEvent(kind, QPointF(9, 9), QPointF(9, 9), LEFT, held, NONE)


def key(kind: QEvent.Type, code: Qt.Key = Qt.Key.Key_Space, *, repeat: bool = False) -> QKeyEvent:
    return QKeyEvent(kind, code, NONE, " ", repeat)


PRESS, RELEASE = QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease
DOWN, UP = QEvent.Type.KeyPress, QEvent.Type.KeyRelease


def sent_click(victim: Victim, button: QPushButton) -> None:
    for kind in (PRESS, RELEASE):
        QApplication.sendEvent(button, mouse(kind))


def posted_click(victim: Victim, button: QPushButton) -> None:
    for kind in (PRESS, RELEASE):
        QApplication.postEvent(button, mouse(kind))
    QCoreApplication.sendPostedEvents(button)


def half_real_click(victim: Victim, button: QPushButton) -> None:
    QTest.mousePress(button, LEFT)
    QApplication.sendEvent(button, mouse(RELEASE))


def sent_space(victim: Victim, button: QPushButton) -> None:
    for kind in (DOWN, UP):
        QApplication.sendEvent(button, key(kind))


def repeated_space(victim: Victim, button: QPushButton) -> None:
    for _ in range(3):
        QApplication.sendEvent(button, key(DOWN, repeat=True))
    QApplication.sendEvent(button, key(UP))


def programmed_click(victim: Victim, button: QPushButton) -> None:
    button.click()


def enter(victim: Victim, button: QPushButton) -> None:
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Return)
    QTest.keyClick(victim.dialog, Qt.Key.Key_Enter)


def double_click(victim: Victim, button: QPushButton) -> None:
    QTest.mouseDClick(button, LEFT) if not victim.dialog.gate.armed else sent_click(victim, button)


ALWAYS: tuple[Attack, ...] = (
    *(sent_click, posted_click, half_real_click, sent_space, repeated_space, programmed_click),
    *(enter, double_click),
)


def early_click(victim: Victim, button: QPushButton) -> None:
    QTest.mouseClick(button, LEFT)


def early_space(victim: Victim, button: QPushButton) -> None:
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)


def typed_ahead(victim: Victim, button: QPushButton) -> None:
    for letter in "y es\t ok\t\t  yes ":
        QTest.keyClick(victim.dialog.focusWidget() or victim.dialog, letter)


def begun_too_early(victim: Victim, button: QPushButton) -> None:
    QTest.mousePress(button, LEFT)
    victim.let_pass(1.5)
    QTest.mouseRelease(button, LEFT)
    victim.dialog.gate.restart()


def held_through_a_move(victim: Victim, button: QPushButton) -> None:
    victim.let_pass(1.5)
    QTest.mousePress(button, LEFT)
    victim.dialog.gate.restart()
    victim.let_pass(1.5)
    QTest.mouseRelease(button, LEFT)
    victim.dialog.gate.restart()


def under_a_lid(victim: Victim, button: QPushButton) -> None:
    victim.let_pass(1.5)
    victim.lid.covered = True
    QTest.mouseClick(button, LEFT)
    victim.lid.covered = False


EARLY: tuple[Attack, ...] = (
    *(early_click, early_space, typed_ahead, begun_too_early, held_through_a_move, under_a_lid),
)


def unsettle(victim: Victim) -> None:
    dialog = victim.dialog
    how = victim.dice.randrange(5)
    if how == 0:
        dialog.move(dialog.x() + 3, dialog.y() + 2)
    elif how == 1:
        dialog.resize(dialog.width() + 1, dialog.height() + 1)
    elif how == 2:
        QApplication.sendEvent(dialog, QEvent(QEvent.Type.WindowDeactivate))
    elif how == 3:
        dialog.arguments.exact_toggle.toggle()
    else:
        dialog.gate.restart()
    QCoreApplication.processEvents()


def attack(victim: Victim, dice: random.Random) -> str:
    """One hostile input at a random moment; returns its name."""
    if dice.random() < 0.5:
        unsettle(victim)
        victim.let_pass(dice.choice([0.0, 0.1, 0.3, 0.45]))
        chosen = dice.choice((*ALWAYS, *EARLY))
    else:
        victim.let_pass(1.5)
        chosen = dice.choice(ALWAYS)
    chosen(victim, dice.choice(victim.buttons))
    return chosen.__name__


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> Theme:
    theme = Theme()
    theme.apply(qapp)
    return theme


def opened(qtbot: QtBot, dice: random.Random) -> Victim:
    victim = Victim(dice)
    victim.dialog.open()
    victim.dialog.activateWindow()
    qtbot.waitUntil(victim.dialog.isActiveWindow, timeout=10_000)
    qtbot.waitUntil(victim.dialog.windowHandle().isExposed, timeout=10_000)
    return victim


def answer_for_real(victim: Victim) -> None:
    """The control: the same dialog, after all that, still takes a person's yes."""
    victim.let_pass(1.5)
    QTest.mouseClick(victim.dialog.allow, LEFT)


def test_of_more_than_a_thousand_presses_nobody_meant_none_is_a_yes(qtbot: QtBot) -> None:
    dice, tried, accepted = random.Random(20), 0, list[str]()
    for _ in range(DIALOGS):
        victim = opened(qtbot, dice)
        for _ in range(INPUTS):
            name = attack(victim, dice)
            tried += 1
            accepted += [name] * any(a.answer is Answer.ALLOW for a in victim.answers)
            if victim.answers:
                break
        if not victim.answers:
            answer_for_real(victim)
        assert [a.answer for a in victim.answers] == [Answer.ALLOW], "the control must count"
    print(f"hostile presses: {tried}, accepted: {len(accepted)}")
    assert accepted == []
    assert tried >= 1_000


@pytest.mark.parametrize("chosen", [*ALWAYS, *EARLY], ids=lambda one: one.__name__)
def test_each_kind_of_press_nobody_meant_is_refused_and_counted(
    qtbot: QtBot, chosen: Attack
) -> None:
    victim = opened(qtbot, random.Random(1))
    chosen(victim, victim.dialog.allow)
    assert victim.answers == []
    answer_for_real(victim)
    assert victim.answers[0].circumstances is not None
    assert victim.answers[0].circumstances.device == "mouse"


def test_a_dialog_that_is_over_takes_nothing_more(qtbot: QtBot) -> None:
    victim = opened(qtbot, random.Random(1))
    victim.let_pass(2)
    button = victim.dialog.allow
    victim.dialog.refuse()
    early_click(victim, button)
    sent_click(victim, button)
    assert [a.answer for a in victim.answers] == [Answer.DENY]


def test_a_dialog_that_is_not_shown_takes_nothing(qtbot: QtBot) -> None:
    victim = Victim(random.Random(1))
    qtbot.addWidget(QWidget())
    for one in ALWAYS:
        one(victim, victim.dialog.allow)
    assert victim.answers == []
    victim.dialog.deleteLater()
