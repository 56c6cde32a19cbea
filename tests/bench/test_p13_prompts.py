"""P13: how often a person is asked in the course of ordinary work, with a model that does it well.

The tasks are data (`tests/assets/benign_tasks.json`): what a person says, what the model calls
round by round, and how long the person lets a yes last. Everything else is real: the core, the demo
server as its own process, a second server and the model over HTTP.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.consent import ConsentAnswer, ConsentRequest
from mcphost.domain.conversation import ModelText, RunState, ToolRun
from mcphost.domain.grant import GrantOffer, GrantScope
from mcphost.domain.ids import ServerKey
from mcphost.domain.tool import Effect
from tests.helpers import figures
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import join
from tests.helpers.core import Core, TestPerson, core
from tests.helpers.model_server import Answer, Asked, Call, ModelServer
from tests.helpers.talk import DONE, Chat, chat, new, secrets_in_memory

TASKS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "assets" / "benign_tasks.json").read_text(encoding="utf-8")
)
DESK = {
    "list_notes": Effect.READ,
    "moisture": Effect.READ,
    "read_note": Effect.READ,
    "save_note": Effect.WRITE,
    "remind": Effect.WRITE,
    "delete_note": Effect.DESTRUCTIVE,
    "fetch": Effect.WRITE,
}


@pytest.fixture(autouse=True)
def no_keyring_of_a_person() -> Iterator[None]:
    with secrets_in_memory():
        yield


@dataclass(slots=True)
class Reasonable(TestPerson):
    """Says yes, and lets it last as the task says: the narrowest that is more than exact."""

    __test__ = False
    lasts: GrantScope = GrantScope.ONCE

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        answer = await super(Reasonable, self).ask_consent(request)
        fitting = [offer for offer in request.offers if offer.scope is self.lasts]
        return replace(answer, offer=_useful(fitting))


def _useful(offers: list[GrantOffer]) -> GrantOffer | None:
    wider = [offer for offer in offers if "exactly" not in offer.words]
    return next(iter(wider or offers), None)


@dataclass(slots=True)
class Cooperative:
    """Calls what the task says, one round after the other, and then says that it is done."""

    rounds: list[list[dict[str, Any]]] = field(default_factory=list[list[dict[str, Any]]])

    def __call__(self, _asked: Asked) -> Answer:
        if not self.rounds:
            return DONE
        calls = self.rounds.pop(0)
        return Answer(calls=tuple(Call(c["tool"], json.dumps(c["arguments"])) for c in calls))


def do(talk: Chat, model: Cooperative, person: Reasonable, task: dict[str, Any]) -> None:
    """See *task* through in *talk*. Every call must come to a result."""
    before = len(talk.of(ToolRun))
    model.rounds, person.lasts = list(task["rounds"]), GrantScope(task["lasts"])
    talk.say(task["say"])
    runs = talk.of(ToolRun)[before:]
    assert [run.state for run in runs] == [RunState.DONE] * sum(map(len, task["rounds"])), [
        (task["say"], run.tool, run.text) for run in runs
    ]
    assert talk.of(ModelText)[-1].text == "Done."


def uncovered(made: Core) -> list[str]:
    """Calls that left without being known to read, consented to as they are, or granted."""
    asked = [row["data"] for row in made.rows("consent_asked")]
    yes = {r["data"]["request"] for r in made.rows("consent_answered") if _allowed(r)}
    agreed = {a["digest"] for a in asked if a["request"] in yes}
    agreed |= {d for a in asked if a["request"] in yes for d in a.get("requests", [])}
    given = {row["data"]["grant"] for row in made.rows("grant_issued")}
    calls = [r["data"] for r in made.rows("action_decided") if r["data"]["action"] == "tool_call"]
    return [
        call["tool"]
        for call in calls
        if call["effect"] != "read"
        and call["params_digest"] not in agreed
        and call.get("grant") not in given
    ]


def _allowed(row: dict[str, Any]) -> bool:
    return row["data"]["answer"] == "allow"


def test_p13_ordinary_work_needs_at_most_one_question_a_task(tmp_path: Path) -> None:
    person, model, started = Reasonable(), Cooperative(), time.monotonic()
    things = [Thing(name=name) for name in DESK]
    with (
        AppServer(*things, key="desk") as desk,
        ModelServer(answer=model) as server,
        core(tmp_path, person=person) as made,
    ):
        join(made, desk)
        for name, effect in DESK.items():
            made.run(made.host.classify_tool(ServerKey("desk"), name, effect))
        talk = chat(made, server)
        for task in TASKS:
            if not task.get("goes_on"):
                talk = replace(talk, id=new(made))
            do(talk, model, person, task)
        assert uncovered(made) == []
    prompts = len(person.consents) + len(person.elicitations)
    calls = sum(len(calls) for task in TASKS for calls in task["rounds"])
    figures.say(
        f"P13: {len(TASKS)} tasks, {calls} calls, all done; {prompts} questions, "
        f"{prompts / len(TASKS):.2f} a task, in {time.monotonic() - started:.0f} s"
    )
    assert len(TASKS) >= 30
    assert prompts <= len(TASKS)
