"""A model that asks for much at once: one question where that hides nothing, and an end of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcphost.consent.budget import QUESTIONS_A_TASK
from mcphost.domain.consent import Answer as Verdict
from mcphost.domain.conversation import Notice, RunState, ToolRun
from mcphost.domain.grant import GrantScope
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import join
from tests.helpers.core import TestPerson, core
from tests.helpers.model_server import Answer, Call, ModelServer
from tests.helpers.talk import DONE, chat, secrets_in_memory


@pytest.fixture(autouse=True)
def no_keyring_of_a_person() -> Iterator[None]:
    with secrets_in_memory():
        yield


def calls(*texts: str) -> tuple[Call, ...]:
    return tuple(Call("desk__send", json.dumps({"to": "ada", "text": text})) for text in texts)


def test_calls_that_differ_in_one_argument_are_one_question_that_lists_all(tmp_path: Path) -> None:
    with (
        AppServer(Thing(name="send"), key="desk") as desk,
        ModelServer(Answer(calls=calls("a", "b", "c")), DONE) as model,
        core(tmp_path) as made,
    ):
        join(made, desk)
        talk = chat(made, model)
        talk.say()
        (request,) = made.person.consents
        shown = [each["params"] for each in json.loads(request.canonical)]
        assert shown == desk.calls
        assert request.subject == "send, 3 times, only text differs"
        assert request.differing is not None
        assert len(request.differing.items) == 3
        assert request.offers == ()
        rows = made.rows("grant_used")
        assert [row["data"]["scope"] for row in rows] == [GrantScope.ONCE.value] * 2


def test_a_no_to_all_of_them_is_a_no_to_each(tmp_path: Path) -> None:
    with (
        AppServer(Thing(name="send"), key="desk") as desk,
        ModelServer(Answer(calls=calls("a", "b", "c")), DONE) as model,
        core(tmp_path, person=TestPerson(answer=Verdict.DENY)) as made,
    ):
        join(made, desk)
        talk = chat(made, model)
        talk.say()
        assert len(made.person.consents) == 1
        assert desk.calls == []
        assert [run.state for run in talk.of(ToolRun)] == [RunState.REFUSED]


def test_a_yes_to_all_of_them_covers_no_other_and_none_twice(tmp_path: Path) -> None:
    again = Answer(calls=calls("b"))
    with (
        AppServer(Thing(name="send"), key="desk") as desk,
        ModelServer(Answer(calls=calls("a", "b")), again, DONE) as model,
        core(tmp_path) as made,
    ):
        join(made, desk)
        chat(made, model).say()
        assert len(made.person.consents) == 2
        assert len(desk.calls) == 3


def test_a_storm_of_questions_pauses_the_turn_with_one_line(tmp_path: Path) -> None:
    with (
        AppServer(Thing(name="send"), key="desk") as desk,
        ModelServer(answer=lambda asked: Answer(calls=calls(str(len(asked.raw))))) as model,
        core(tmp_path) as made,
    ):
        join(made, desk)
        talk = chat(made, model)
        talk.say()
        assert len(made.person.consents) == QUESTIONS_A_TASK == len(desk.calls)
        said = [notice.text for notice in talk.of(Notice)]
        assert [text for text in said if text.startswith("Paused: ")] == [said[-1]]
        talk.say("go on")
        assert len(made.person.consents) == 2 * QUESTIONS_A_TASK
