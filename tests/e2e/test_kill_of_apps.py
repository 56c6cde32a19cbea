"""The kill switch, whatever it is turned for, while an App asks the model and while one of its own
tools runs: nothing more is sent, and what comes late counts for nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import mcphost.chat.wire  # noqa: F401  # the models' library first: it takes seconds
from mcphost.domain.consent import ConsentAnswer, ConsentRequest
from mcphost.domain.conversation import RunState
from mcphost.domain.events import ViewClosed, ViewPosted
from mcphost.domain.kill import KillKind, KillScope
from mcphost.host import DEMO_KEY
from tests.e2e.test_app_tools_and_the_model import Played
from tests.helpers.cli import until
from tests.helpers.core import SECONDS, core
from tests.helpers.model_server import HOLD, Answer, ModelServer
from tests.helpers.talk import DONE, Absent, chat, secrets_in_memory

ASK = {
    "messages": [{"role": "user", "content": {"type": "text", "text": "Is e4 good?"}}],
    "maxTokens": 50,
}
SCOPES = pytest.mark.parametrize("kind", KillKind)


@pytest.fixture(autouse=True)
def no_keyring_of_a_person() -> Iterator[None]:
    with secrets_in_memory():
        yield


class Thinking(Absent):
    """Is asked and thinks, until the question is taken away."""

    taken_away = 0

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        try:
            return await super().ask_consent(request)
        except asyncio.CancelledError:
            self.taken_away += 1
            raise


def begin(app: Played) -> None:
    """The App asks the model, right after a press."""
    app.made.post(app.made.host.view_gesture, app.view, 1.0)
    app.say({"id": 7, "method": "sampling/createMessage", "params": ASK})


def stop(app: Played, kind: KillKind) -> None:
    """Turn the switch for what the App belongs to, and see the App end."""
    idents = {
        KillKind.ALL: "",
        KillKind.SERVER: DEMO_KEY,
        KillKind.CONVERSATION: app.talk.id,
        KillKind.VIEW: app.view,
    }
    app.made.run(app.made.host.kill(KillScope(kind=kind, ident=idents[kind])))
    app.made.wait(ViewClosed, lambda event: event.view == app.view)


def unanswered(app: Played, id: int) -> bool:
    posted = [json.loads(event.text) for event in app.made.seen(ViewPosted)]
    return not any(message.get("id") == id and "result" in message for message in posted)


@SCOPES
def test_a_question_for_the_model_that_is_open_is_taken_away(
    tmp_path: Path, kind: KillKind
) -> None:
    person = Thinking()
    with ModelServer(DONE) as server, core(tmp_path, person=person) as made:
        app = Played(chat(made, server))
        begin(app)
        assert until(lambda: bool(person.consents), SECONDS)
        stop(app, kind)
        assert until(lambda: person.taken_away == 1, SECONDS)
        assert server.asked == []
        assert unanswered(app, 7)


@SCOPES
def test_a_model_that_is_answering_an_app_is_hung_up_on(tmp_path: Path, kind: KillKind) -> None:
    with ModelServer(Answer(pieces=("Yes", HOLD, "."))) as server, core(tmp_path) as made:
        app = Played(chat(made, server))
        begin(app)
        assert until(lambda: bool(server.asked), SECONDS)
        stop(app, kind)
        server.wait_gone()
        assert unanswered(app, 7)


@SCOPES
def test_a_tool_of_an_app_that_runs_is_over_and_its_late_answer_is_not_heard(
    tmp_path: Path, kind: KillKind
) -> None:
    with ModelServer(DONE) as server, core(tmp_path) as made:
        app = Played(chat(made, server))
        call = made.runtime.submit(made.host.run_app_tool(app.offered, {"to": "e5"}))
        asked = made.wait(ViewPosted, lambda event: '"tools/call"' in event.text)
        stop(app, kind)
        run = call.result(10)
        late = {"content": [{"type": "text", "text": "played e5"}]}
        app.say({"id": json.loads(asked.text)["id"], "result": late})
        assert run.state in (RunState.REFUSED, RunState.CANCELLED, RunState.FAILED)
        assert "kill switch" in run.text
        assert run.text == app.talk.items[-1].text
