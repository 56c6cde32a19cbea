"""A dressed application, a hand-moved clock, and a way to open a dialog for real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from tests.helpers.questions import HandClock
from ui.dialogs.question import QuestionDialog
from ui.widgets.theme import Theme

D = TypeVar("D", bound=QuestionDialog)


@pytest.fixture(scope="session", autouse=True)
def theme(qapp: QApplication) -> Theme:
    made = Theme()
    made.apply(qapp)
    return made


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Callable[[D], D]]:
    """Open a dialog and wait until it is active; withdrawn after the test."""
    opened: list[QuestionDialog] = []

    def show(dialog: D) -> D:
        opened.append(dialog)
        dialog.open()
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow, timeout=5_000)
        qtbot.waitUntil(dialog.windowHandle().isExposed, timeout=5_000)
        return dialog

    yield show
    left = [dialog for dialog in opened if isValid(dialog)]
    for dialog in left:
        if not dialog.ended:
            dialog.withdraw()
    stayed = [dialog for dialog in left if dialog.isVisible()]
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert not stayed, "a question that is over must leave the screen"


@pytest.fixture
def armed(qtbot: QtBot, shown: Callable[[D], D], clock: HandClock) -> Callable[[D], D]:
    """Open a dialog and let its delay pass."""

    def arm(dialog: D) -> D:
        shown(dialog)

        def steady() -> bool:
            dialog.gate.tick()
            clock.pass_seconds(2)
            dialog.gate.tick()
            return dialog.gate.armed

        qtbot.waitUntil(steady, timeout=5_000)
        return dialog

    return arm
