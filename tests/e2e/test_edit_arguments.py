"""A person changes the arguments of a call in the question about it: from the window, through the
whole core, to a real server and onto the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mcphost.domain.conversation import RunState
from mcphost.domain.json import digest
from mcphost.host import DEMO_KEY
from tests.helpers.core import Core, TestPerson, core
from ui.bridge.broker import WindowBroker
from ui.dialogs.consent import ConsentDialog
from ui.dialogs.presenter import QuestionPresenter
from ui.widgets.field_editors import NumberEditor
from ui.widgets.theme import Theme

LEFT = Qt.MouseButton.LeftButton
ASKED = {"bed_id": "herbs", "litres": 4.0}


class Window:
    """A window that asks, on a core with the built-in server."""

    def __init__(self, made: Core, broker: WindowBroker, qtbot: QtBot) -> None:
        self.made, self._bot = made, qtbot
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.presenter = QuestionPresenter(broker, self.window, still_for=lambda: 10.0)
        self.window.show()

    def dialog(self, *, other_than: ConsentDialog | None = None) -> ConsentDialog:
        """The question that is on the screen now, armed."""

        def there() -> bool:
            shown = self.presenter.dialog
            if shown is not None and not shown.isActiveWindow():
                shown.activateWindow()
            return shown is not None and shown is not other_than and shown.gate.armed

        self._bot.waitUntil(there)
        return cast(ConsentDialog, self.presenter.dialog)


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> Iterator[Window]:
    Theme().apply(qapp)
    broker = WindowBroker()
    with core(tmp_path, person=cast(TestPerson, broker)) as made:
        broker.attach()
        shown = Window(made, broker, qtbot)
        yield shown
        broker.detach()
        shown.presenter.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def type_litres(dialog: ConsentDialog, text: str) -> None:
    dialog.arguments.edit_toggle.click()
    assert dialog.arguments.form is not None
    editor = dialog.arguments.form.editor("litres")
    assert isinstance(editor, NumberEditor)
    editor.set_text(text)


def test_what_a_person_typed_is_asked_about_anew_and_is_what_the_server_gets(
    window: Window, qtbot: QtBot
) -> None:
    made = window.made
    made.run(made.host.connect(DEMO_KEY))
    talk = made.run(made.host.new_conversation("beds"))
    call = made.runtime.submit(made.host.run_tool(talk, DEMO_KEY, "record_watering", ASKED))
    first = window.dialog()
    type_litres(first, "2.5")
    qtbot.waitUntil(lambda: first.gate.armed)
    qtbot.mouseClick(first.arguments.accept, LEFT)
    second = window.dialog(other_than=first)
    assert '"litres": 2.5' in second.text.readable
    assert "You changed the arguments" in second.text.again
    qtbot.mouseClick(second.allow, LEFT)
    qtbot.waitUntil(call.done)
    run = call.result(0)
    assert (run.state, run.arguments) == (RunState.DONE, {**ASKED, "litres": 2.5})
    _check_rows(made)


def _check_rows(made: Core) -> None:
    """Two questions, two answers; what was sent is what the second was about."""
    answers: list[Any] = [row["data"] for row in made.rows("consent_answered")]
    assert [answer["answer"] for answer in answers] == ["edited", "allow"]
    assert all(answer["parts"]["form"] != digest(b"") for answer in answers)
    asked = [row["data"]["digest"] for row in made.rows("consent_asked")]
    finished = made.rows("action_finished")[-1]["data"]
    assert finished["executed_digest"] == finished["approved_digest"] == asked[1] != asked[0]
