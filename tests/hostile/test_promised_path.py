"""P1, P2 and P3 through the whole core, as the server at the other end sees it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.consent import Answer, ConsentAnswer, ConsentRequest
from mcphost.domain.conversation import RunState
from mcphost.domain.errors import McpHostError
from mcphost.domain.grant import GrantScope
from mcphost.domain.ids import Digest
from mcphost.storage.paths import Paths
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import call, join, open_app, run_tool
from tests.helpers.core import TestPerson, core
from tests.helpers.gate_parts import asks_form
from tests.helpers.servers.http_peer import Reply, Seen

FORM = {"size": "L"}


@dataclass
class Witness:
    """Looks into the log, as any other process could, whenever a request has arrived."""

    log: Path
    missing: list[str]
    seen: int = 0

    async def __call__(self, seen: Seen, _reply: Reply) -> bool:
        self.seen += 1
        wanted = hashlib.sha256(seen.body).hexdigest()
        with closing(sqlite3.connect(f"file:{self.log}?mode=ro", uri=True)) as database:
            rows = [json.loads(body) for (body,) in database.execute("SELECT body FROM row")]
        decided = {row["seq"] for row in rows if row["kind"] == "action_decided"}
        intended = [row["data"] for row in rows if row["kind"] == "frame_intended"]
        fits = [d for d in intended if d["body_digest"] == wanted and d["decided_seq"] in decided]
        if not fits:
            self.missing.append(seen.method)
        return False


def test_p1_when_a_request_arrives_its_rows_are_already_on_the_disk(tmp_path: Path) -> None:
    witness = Witness(Paths.under(tmp_path).audit, [])
    with AppServer(Thing(name="look", app=True)) as server, core(tmp_path) as made:
        server.before = witness
        join(made, server)
        view = open_app(made, server.key, "look")
        assert "result" in call(made, view, "look")
    assert witness.missing == []
    assert witness.seen >= 5


def test_p1_when_the_log_cannot_be_written_nothing_is_sent(tmp_path: Path) -> None:
    with AppServer(Thing(name="look")) as server, core(tmp_path) as made:
        join(made, server)
        before = len(server.seen)
        log = Paths.under(tmp_path).audit
        with closing(sqlite3.connect(log, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # somebody else holds the log
            run = run_tool(made, server.key, "look")
            assert run.state is RunState.FAILED, run.text
            other.execute("ROLLBACK")
        assert len(server.seen) == before


class Forger(TestPerson):
    """Says yes to something else than what was shown."""

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        answer = await super().ask_consent(request)
        return replace(answer, digest=Digest("0" * 64))


class Lasting(TestPerson):
    """Answers for the whole conversation."""

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        answer = await super().ask_consent(request)
        return replace(answer, offer=request.offer(GrantScope.CONVERSATION))


NO = {answer.value: TestPerson(answer=answer) for answer in Answer if answer is not Answer.ALLOW}


@pytest.mark.requirement("MCP-020")
@pytest.mark.parametrize("person", [*NO.values(), Forger()], ids=[*NO, "forged"])
def test_p2_without_a_clear_yes_to_it_no_call_reaches_a_server(
    tmp_path: Path, person: TestPerson
) -> None:
    with AppServer(Thing(name="buy")) as server, core(tmp_path, person=person) as made:
        join(made, server)
        assert run_tool(made, server.key, "buy").state is RunState.REFUSED
        assert len(person.consents) == 1
        assert server.calls == []


@pytest.mark.requirement("MCP-021")
def test_p2_what_arrives_is_what_was_shown(tmp_path: Path) -> None:
    with AppServer(Thing(name="buy", app=True)) as server, core(tmp_path) as made:
        join(made, server)
        view = open_app(made, server.key, "buy", what="seeds", odd="a\u202eb")
        call(made, view, "buy")
        shown = [json.loads(asked.canonical) for asked in made.person.consents]
        assert [each["params"] for each in shown] == server.calls
        assert all(each["method"] == "tools/call" for each in shown)
        assert len(server.calls) == 2


def test_p2_a_yes_is_used_up_by_one_call(tmp_path: Path) -> None:
    with AppServer(Thing(name="buy", app=True)) as server, core(tmp_path) as made:
        join(made, server)
        talk = made.run(made.host.new_conversation("buy"))
        view = open_app(made, server.key, "buy", talk=talk)
        made.person.answer = Answer.DENY
        assert "error" in call(made, view, "buy")
        for again in (talk, None):
            assert run_tool(made, server.key, "buy", talk=again).state is RunState.REFUSED
        assert len(server.calls) == 1


def test_p2_a_yes_for_the_conversation_is_that_persons_and_that_conversations(
    tmp_path: Path,
) -> None:
    person = Lasting()
    with AppServer(Thing(name="buy", app=True)) as server, core(tmp_path, person=person) as made:
        join(made, server)
        talk = made.run(made.host.new_conversation("buy"))
        view = open_app(made, server.key, "buy", talk=talk)
        person.answer = Answer.DENY
        assert run_tool(made, server.key, "buy", talk=talk).state is RunState.DONE
        assert "error" in call(made, view, "buy")
        assert run_tool(made, server.key, "buy").state is RunState.REFUSED
        assert len(server.calls) == 2


async def always_asks(seen: Seen, reply: Reply) -> bool:
    """A server that puts a question to whoever asks it anything."""
    if seen.method == "server/discover" or "inputResponses" in seen.message.get("params", {}):
        return False
    await reply.result(asks_form())
    return True


def _capabilities(seen: Seen) -> dict[str, Any]:
    return seen.message["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"]


@pytest.mark.requirement("MCP-102")
def test_p3_a_server_that_always_asks_is_heard_only_after_a_gesture(tmp_path: Path) -> None:
    person = TestPerson(form=dict(FORM))
    with AppServer(Thing(name="buy", app=True)) as server, core(tmp_path, person=person) as made:
        join(made, server)
        view = open_app(made, server.key, "buy")
        assert person.elicitations == []
        server.before = always_asks
        assert "error" in call(made, view, "buy", gesture=False)
        with pytest.raises(McpHostError):
            made.run(made.host.connect(server.key))
        assert person.elicitations == []
        offered = [seen.method for seen in server.seen if "elicitation" in _capabilities(seen)]
        assert set(offered) == {"tools/call"}


def test_p3_the_same_question_after_a_gesture_is_put(tmp_path: Path) -> None:
    person = TestPerson(form=dict(FORM))
    with AppServer(Thing(name="buy", app=True)) as server, core(tmp_path, person=person) as made:
        join(made, server)
        view = open_app(made, server.key, "buy")
        server.before = always_asks
        assert "result" in call(made, view, "buy")
        assert run_tool(made, server.key, "buy").state is RunState.DONE
        assert len(person.elicitations) == 2
