"""What an App asks of the model, and the tools it offers itself, in the real window with its real
questions: the real core, the real adapter over HTTP; only the App is played by the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

import mcphost.chat.wire  # noqa: F401  # the models' library first: it takes seconds
from mcphost.domain.conversation import ToolRun
from mcphost.domain.summaries import ModelSettings
from tests.e2e.test_app_tools_and_the_model import Played
from tests.helpers.core import Core, TestPerson, core
from tests.helpers.model_server import Answer, ModelServer
from tests.helpers.stand_in_view import StandInMaker
from tests.helpers.talk import Chat, chat, secrets_in_memory
from tests.unit.ui.panes.test_hostile_text import shown
from ui.bridge.broker import WindowBroker
from ui.bridge.relay import EventRelay
from ui.dialogs.consent import ConsentDialog
from ui.dialogs.presenter import QuestionPresenter
from ui.main_window import MainWindow
from ui.models.records import Role
from ui.panes import core as panes
from ui.panes.isolation import Check, Isolation
from ui.panes.view_slot import SandboxMaker
from ui.widgets.theme import Theme

LEFT = Qt.MouseButton.LeftButton
QUESTION = {"role": "user", "content": {"type": "text", "text": "Is e4 good?"}}
ASKS = {"messages": [QUESTION], "systemPrompt": "Be brief.", "maxTokens": 50}
NO_MODEL = ModelSettings(provider="none", model="", base_url="", has_key=False)


@dataclass(slots=True)
class Scene:
    """The window, and an App in a conversation that it shows."""

    bot: QtBot
    made: Core
    window: MainWindow
    presenter: QuestionPresenter
    server: ModelServer
    talk: Chat
    app: Played

    def dialog(self) -> ConsentDialog:
        """The question that is on the screen now, armed."""

        def there() -> bool:
            shown = self.presenter.dialog
            if shown is not None and not shown.isActiveWindow():
                shown.activateWindow()
            return shown is not None and shown.gate.armed

        self.bot.waitUntil(there)
        return cast(ConsentDialog, self.presenter.dialog)

    def ask_model(self) -> None:
        """The App asks, after a press in it."""
        self.made.post(self.made.host.view_gesture, self.app.view, 1.0)
        self.app.say({"id": 7, "method": "sampling/createMessage", "params": ASKS})

    def press(self, button: QWidget) -> None:
        self.bot.waitUntil(button.isEnabled)
        self.bot.mouseClick(button, LEFT)

    def offered(self) -> dict[str, int]:
        """The tools in the form below the conversation, by title, and their rows."""
        model = self.window.chat.talk.composer.direct._filtered
        indexes = [model.index(row, 0) for row in range(model.rowCount())]
        return {index.data(Role.RECORD).tool.name: index.row() for index in indexes}


@contextmanager
def opened(bot: QtBot, home: Path, server: ModelServer) -> Iterator[Scene]:
    broker, relay, isolation = WindowBroker(), EventRelay(), Isolation()
    with core(home, person=cast(TestPerson, broker), also=relay) as made:
        talk = chat(made, server)
        isolation.settle((Check(name="canary", passed=True, detail=""),), passed=True)
        maker = cast(SandboxMaker, StandInMaker())
        window = MainWindow(panes.Core(made.host, made.runtime, relay), isolation, make=maker)
        presenter = QuestionPresenter(broker, window, still_for=lambda: 10.0)
        broker.attach()
        window.show()
        window.chat.open(talk.id)
        try:
            yield Scene(bot, made, window, presenter, server, talk, Played(talk))
        finally:
            broker.detach()
            presenter.close()
            relay.close()
            window.chat.stage.close_all("the test is over")
            window.close_for_good()
            window.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def scene(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Scene]:
    Theme.current().apply(qapp)
    answer = Answer(pieces=("A good ", "move."))
    with secrets_in_memory(), ModelServer(answer) as server, opened(qtbot, tmp_path, server) as it:
        yield it


def said(widget: QWidget) -> str:
    return "\n".join(text for _, text in shown(widget))


@pytest.mark.requirement("APPS-41")
def test_a_person_reads_all_that_an_app_would_tell_the_model_and_then_it_is_told(
    scene: Scene,
) -> None:
    scene.ask_model()
    dialog = scene.dialog()
    words = said(dialog)
    for part in ("Let an App ask the model", "stub-1", "Be brief.", "Is e4 good?", "50 tokens"):
        assert part in words
    assert "The App wrote all of it" in words
    assert dialog.deny.hasFocus()
    assert scene.server.asked == []
    scene.press(dialog.allow)
    scene.bot.waitUntil(lambda: bool(scene.server.asked))
    assert scene.app.posted(7)["result"]["content"]["text"] == "A good move."


@pytest.mark.requirement("APPS-41")
def test_after_a_no_in_the_window_the_model_is_told_nothing(scene: Scene) -> None:
    scene.ask_model()
    scene.press(scene.dialog().deny)
    assert "error" in scene.app.posted(7)
    assert scene.server.asked == []


@pytest.mark.requirement("APPS-41")
def test_without_a_model_nobody_is_asked_and_the_app_is_told_that_there_is_none(
    scene: Scene,
) -> None:
    scene.made.run(scene.made.host.set_model(NO_MODEL, None))
    scene.ask_model()
    assert scene.app.posted(7)["error"]["code"] == -32601
    assert (scene.presenter.dialog, scene.presenter.waiting) == (None, 0)
    assert scene.made.rows("consent_asked") == []


def choose_move(scene: Scene) -> QPushButton:
    """Choose the App's tool in the form below the conversation; its button."""
    composer = scene.window.chat.talk.composer
    composer.open_direct()
    scene.bot.waitUntil(lambda: "move" in scene.offered())
    model = composer.direct._filtered
    index = model.index(scene.offered()["move"], 0)
    assert index.data(Role.PILL) == "of an App"
    composer.direct._list.setCurrentIndex(index)
    (run,) = (b for b in composer.direct.findChildren(QPushButton) if b.text() == "Run")
    return run


@pytest.mark.requirement("APPS-42")
def test_a_tool_of_an_app_is_listed_as_the_apps_and_asked_about_as_the_apps(scene: Scene) -> None:
    run = choose_move(scene)
    form = said(scene.window.chat.talk.composer.direct)
    assert 'it calls itself "Chess 1.2". Nobody has reviewed this tool' in form
    scene.press(run)
    dialog = scene.dialog()
    words = said(dialog)
    assert "Call a tool of an App" in words
    assert 'An App that calls itself "Chess 1.2"; it is the App of demo' in words
    assert not any('"tools/call"' in text for text in _posted(scene))
    scene.press(dialog.allow)
    scene.app.answer("tools/call", {"content": [{"type": "text", "text": "played"}]})
    scene.bot.waitUntil(lambda: scene.talk.of(ToolRun)[-1].text == "played")
    view = scene.window.chat.talk.view(scene.talk.id)
    scene.bot.waitUntil(lambda: len(view.cards()) == 2)
    assert (scene.talk.of(ToolRun)[-1].by, "by you" in said(view.cards()[1])) == ("you", True)


@pytest.mark.requirement("APPS-42")
def test_a_no_keeps_the_call_from_the_app_and_another_conversation_is_not_offered_its_tool(
    scene: Scene,
) -> None:
    scene.press(choose_move(scene))
    scene.press(scene.dialog().deny)
    scene.bot.waitUntil(lambda: scene.talk.of(ToolRun)[-1].state == "refused")
    assert not any('"tools/call"' in text for text in _posted(scene))
    scene.window.chat.start_new()
    scene.bot.waitUntil(lambda: bool(scene.offered()) and "move" not in scene.offered())


def _posted(scene: Scene) -> list[str]:
    """All that the App was told so far."""
    entries: Any = scene.made.run(scene.made.host.view_report(scene.app.view)).entries
    return [entry.body for entry in entries if entry.direction == "host→view"]
