"""One question at a time, never while somebody types, from the core to the screen and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mcphost.domain.consent import Answer
from mcphost.domain.events import QuestionWithdrawn
from mcphost.domain.ids import RequestId
from mcphost.runtime import Runtime
from tests.helpers.questions import HandClock, consent_request, form_request
from ui.bridge.broker import WindowBroker
from ui.dialogs.consent import ConsentDialog
from ui.dialogs.elicitation import ElicitationDialog
from ui.dialogs.presenter import QuestionPresenter
from ui.widgets.scrim import Scrim

FIRST = consent_request()
SECOND = replace(FIRST, id=RequestId("q2"))


class Stage:
    """A window, a broker and a presenter; `still` is how long the keyboard has rested."""

    def __init__(self, clock: HandClock) -> None:
        self.window = QWidget()
        self.broker = WindowBroker()
        self.broker.attach()
        self.still = 10.0
        self.presenter = QuestionPresenter(
            self.broker,
            self.window,
            still_for=lambda: self.still,
            clock=clock,
        )
        self.window.show()


@pytest.fixture
def stage(qtbot: QtBot, clock: HandClock) -> Iterator[Stage]:
    made = Stage(clock)
    qtbot.addWidget(made.window)
    yield made
    made.presenter.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    made = Runtime()
    made.start()
    yield made
    made.stop(5.0)


def test_a_question_goes_from_the_core_to_the_screen_and_back(
    qtbot: QtBot, stage: Stage, runtime: Runtime
) -> None:
    with qtbot.waitSignal(stage.presenter.opened, timeout=5_000) as caught:
        future = runtime.submit(stage.broker.ask_consent(FIRST))
    dialog = caught.args[0]
    assert isinstance(dialog, ConsentDialog)
    assert dialog.parent() is stage.window
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(future.done, timeout=5_000)
    assert future.result().answer is Answer.DENY
    assert future.result().digest == FIRST.digest


def test_an_elicitation_gets_its_own_dialog(qtbot: QtBot, stage: Stage) -> None:
    with qtbot.waitSignal(stage.presenter.opened, timeout=5_000) as caught:
        stage.broker.elicitation_asked.emit(form_request())
    assert isinstance(caught.args[0], ElicitationDialog)


def test_the_second_question_waits_for_the_end_of_the_first(qtbot: QtBot, stage: Stage) -> None:
    stage.broker.consent_asked.emit(FIRST)
    stage.broker.consent_asked.emit(SECOND)
    first = stage.presenter.dialog
    assert first is not None
    assert stage.presenter.waiting == 1
    with qtbot.waitSignal(stage.presenter.opened, timeout=5_000) as caught:
        first.refuse()
    assert caught.args[0] is not first
    assert stage.presenter.waiting == 0


def test_nothing_opens_while_the_person_is_typing(qtbot: QtBot, stage: Stage) -> None:
    stage.still = 0.2
    stage.broker.consent_asked.emit(FIRST)
    stage.presenter.advance()
    assert stage.presenter.dialog is None
    with qtbot.waitSignal(stage.presenter.opened, timeout=5_000):
        stage.still = 1.1


def test_a_withdrawn_question_leaves_the_screen(qtbot: QtBot, stage: Stage) -> None:
    stage.broker.consent_asked.emit(FIRST)
    dialog = stage.presenter.dialog
    assert dialog is not None
    with qtbot.waitSignal(dialog.finished, timeout=5_000):
        stage.presenter.handle(QuestionWithdrawn(request=FIRST.id))
    assert stage.presenter.dialog is None


def test_a_question_withdrawn_while_waiting_never_appears(stage: Stage) -> None:
    stage.still = 0.0
    stage.broker.consent_asked.emit(FIRST)
    stage.broker.withdrawn.emit(FIRST.id)
    stage.still = 10.0
    stage.presenter.advance()
    assert stage.presenter.dialog is None
    assert stage.presenter.waiting == 0


def test_a_question_cancelled_by_the_core_closes_its_dialog(
    qtbot: QtBot, stage: Stage, runtime: Runtime
) -> None:
    with qtbot.waitSignal(stage.presenter.opened, timeout=5_000) as caught:
        future = runtime.submit(stage.broker.ask_consent(FIRST))
    with qtbot.waitSignal(caught.args[0].finished, timeout=5_000):
        future.cancel()
    assert stage.presenter.dialog is None


def test_a_closed_presenter_shows_nothing_any_more(stage: Stage) -> None:
    stage.broker.consent_asked.emit(FIRST)
    stage.broker.consent_asked.emit(SECOND)
    stage.presenter.close()
    stage.broker.consent_asked.emit(FIRST)
    assert stage.presenter.dialog is None
    assert stage.presenter.waiting == 0


def test_the_window_and_its_views_are_dimmed_while_a_question_is_open(
    qtbot: QtBot, stage: Stage
) -> None:
    view = QWidget(stage.window)
    view.show()
    (scrim,) = stage.window.findChildren(Scrim)
    assert not scrim.isVisible()
    stage.broker.consent_asked.emit(FIRST)
    assert scrim.isVisible()
    assert stage.window.children().index(scrim) > stage.window.children().index(view)
    stage.window.resize(700, 500)
    qtbot.waitUntil(lambda: scrim.geometry() == stage.window.rect(), timeout=5_000)
    stage.presenter.handle(QuestionWithdrawn(request=FIRST.id))
    qtbot.waitUntil(lambda: not scrim.isVisible(), timeout=5_000)
