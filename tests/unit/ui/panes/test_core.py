"""What the window hears of the core, and who is asked."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from mcphost.domain.events import ProblemReported, ViewPosted
from mcphost.domain.ids import ViewId
from tests.unit.ui.panes.conftest import Stage


def test_a_message_to_an_app_goes_to_those_alone_who_pass_it_on(stage: Stage, qtbot: QtBot) -> None:
    heard, posted = list[object](), list[object]()
    stage.core.happened.connect(heard.append)
    stage.core.posted.connect(posted.append)
    message, after = ViewPosted(view=ViewId("v"), text="{}"), ProblemReported(text="after it")
    stage.relay(message)
    stage.relay(after)
    qtbot.waitUntil(lambda: after in heard)
    assert (message in heard, posted) == (False, [message])
