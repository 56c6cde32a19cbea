"""Tasks through the whole core, over both transports, against a server written for these tests."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mcphost.domain.conversation import RunState, ToolRun
from mcphost.domain.errors import UserFacingError
from mcphost.domain.events import ItemChanged
from mcphost.domain.ids import ConversationId, ServerKey
from mcphost.domain.server import HttpEndpoint, ServerConfig, StdioCommand
from tests.helpers.core import Core, TestPerson, core
from tests.helpers.servers.tasked import EXTENSION, Tasked, over_http

KEY = ServerKey("tasked")
SCHEMA = json.loads(
    (Path(__file__).parent.parent / "assets" / "tasks_extension.schema.json").read_text()
)
BED = {"bed": {"action": "accept", "content": {"bed": "herbs"}}}


@contextmanager
def meeting(home: Path, endpoint: HttpEndpoint | StdioCommand) -> Iterator[Core]:
    with core(home, person=TestPerson(form={"bed": "herbs"})) as made:
        known = {summary.config.key for summary in made.run(made.host.servers())}
        if KEY not in known:
            config = ServerConfig(key=KEY, title="Tasked", endpoint=endpoint)
            made.run(made.host.add_server(config))
        made.run(made.host.connect(KEY))
        yield made


def stdio(record: Path) -> StdioCommand:
    module = "tests.helpers.servers.tasked"
    root = str(Path(__file__).parents[2])
    return StdioCommand(argv=(sys.executable, "-m", module, str(record)), cwd=root)


def run_tool(made: Core, tool: str) -> ToolRun:
    conversation = made.run(made.host.new_conversation(tool))
    return made.run(made.host.run_tool(conversation, KEY, tool, {}))


def begin(made: Core, tool: str) -> tuple[ConversationId, ToolRun, Any]:
    """Run *tool* without waiting for its end: the conversation, its working card, the future."""
    conversation = made.run(made.host.new_conversation(tool))
    future = made.runtime.submit(made.host.run_tool(conversation, KEY, tool, {}))

    def working(event: ItemChanged) -> bool:
        return isinstance(event.item, ToolRun) and event.item.state is RunState.WORKING

    item = made.wait(ItemChanged, working).item
    assert isinstance(item, ToolRun)
    return conversation, item, future


@contextmanager
def at_http(home: Path) -> Iterator[tuple[Core, Tasked]]:
    with over_http() as (url, tasked), meeting(home, HttpEndpoint(url=url)) as made:
        yield made, tasked


ENDS = [
    ("work", RunState.DONE, "watered"),
    ("ask", RunState.DONE, json.dumps(BED)),
    ("ask_first", RunState.DONE, "watered"),
    ("plain", RunState.DONE, "at once"),
    ("tool_error", RunState.TOOL_ERROR, "dry"),
    ("fail", RunState.FAILED, "-32603: no water"),
]


@pytest.mark.requirement("MCP-185", "MCP-186")
@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_every_end_of_a_task_reaches_its_card(tmp_path: Path, transport: str) -> None:
    with over_http() as (url, _):
        endpoint = HttpEndpoint(url=url) if transport == "http" else stdio(tmp_path / "record")
        with meeting(tmp_path / "home", endpoint) as made:
            for tool, state, text in ENDS:
                card = run_tool(made, tool)
                assert (card.state, text in card.text) == (state, True), card


def test_each_frame_of_a_task_has_a_row_before_it_and_keeps_to_the_extension(
    tmp_path: Path,
) -> None:
    with at_http(tmp_path) as (made, tasked):
        run_tool(made, "ask")
        rows = [row["data"]["method"] for row in made.rows("frame_intended")]
        assert [m for m in rows if m.startswith("tasks/")] == [
            m for m in tasked.methods() if m.startswith("tasks/")
        ]
        frames = [m for m in tasked.seen if m["method"].startswith("tasks/")]
        assert {m["method"] for m in frames} == {"tasks/get", "tasks/update"}
        for frame in frames:
            jsonschema.validate(frame, {"$ref": "#/$defs/request", "$defs": SCHEMA["$defs"]})
        assert len({message["id"] for message in tasked.seen}) == len(tasked.seen)


def test_the_server_of_these_tests_keeps_to_the_extension(tmp_path: Path) -> None:
    with at_http(tmp_path) as (made, tasked):
        for tool, _, _ in ENDS:
            run_tool(made, tool)
        asked = dict(zip([m["id"] for m in tasked.seen], tasked.seen, strict=True))
        kinds = {"tools/call": "created", "tasks/get": "detailed"}
        for reply in tasked.said:
            kind = kinds.get(asked[reply["id"]]["method"])
            if kind is not None and "taskId" in reply.get("result", {}):
                shape = {"$ref": f"#/$defs/{kind}", "$defs": SCHEMA["$defs"]}
                jsonschema.validate(reply["result"], shape)


def test_the_task_id_is_nowhere_in_the_log(tmp_path: Path) -> None:
    with at_http(tmp_path) as (made, _):
        run_tool(made, "work")
        assert "t\\u00e2sk" not in repr(made.rows("frame_intended"))
        whole = b"".join(made.run(made.host.run_rows()))
        assert "tâsk-1".encode() not in whole


@pytest.mark.requirement("MCP-190")
def test_a_question_is_asked_once_and_only_because_of_the_gesture(tmp_path: Path) -> None:
    with at_http(tmp_path) as (made, tasked):
        run_tool(made, "ask")
        (question,) = made.person.elicitations
        assert question.cause == 'You ran the tool "ask"'
        updates = [m for m in tasked.seen if m["method"] == "tasks/update"]
        assert [m["params"]["inputResponses"] for m in updates] == [BED]


@pytest.mark.requirement("MCP-187")
def test_stop_ends_the_task_at_its_server(tmp_path: Path) -> None:
    with at_http(tmp_path) as (made, tasked):
        _, item, future = begin(made, "endless")
        made.run(made.host.cancel(item.id))
        assert future.result(20).state is RunState.CANCELLED
        assert tasked.methods()[-1] == "tasks/cancel"
        assert "notifications/cancelled" not in tasked.methods()


@pytest.mark.requirement("MCP-187")
def test_stop_over_stdio_says_tasks_cancel_and_no_notification(tmp_path: Path) -> None:
    record = tmp_path / "record"
    with meeting(tmp_path / "home", stdio(record)) as made:
        _, item, future = begin(made, "endless")
        made.run(made.host.cancel(item.id))
        assert future.result(20).state is RunState.CANCELLED
    said = [json.loads(line)["method"] for line in record.read_text().splitlines()]
    assert said[-1] == "tasks/cancel"
    assert "notifications/cancelled" not in said


@pytest.mark.requirement("MCP-188")
def test_a_task_survives_a_restart_and_is_looked_at_again_only_when_a_person_asks(
    tmp_path: Path,
) -> None:
    with over_http() as (url, tasked):
        with meeting(tmp_path, HttpEndpoint(url=url)) as made:
            conversation, item, _ = begin(made, "ask")
        assert "tasks/cancel" not in tasked.methods()
        looks = tasked.methods().count("tasks/get")
        with meeting(tmp_path, HttpEndpoint(url=url)) as again:
            (card,) = again.run(again.host.items(conversation))
            assert isinstance(card, ToolRun)
            assert (card.state, card.id) == (RunState.TASK_LEFT, item.id)
            assert tasked.methods().count("tasks/get") == looks
            done = again.run(again.host.look_again(conversation, item.id))
            assert (done.state, done.text) == (RunState.DONE, json.dumps(BED))
            decided = [row["data"] for row in again.rows("action_decided")]
            assert "follow-task" in repr(decided)
            with pytest.raises(UserFacingError):
                again.run(again.host.look_again(conversation, item.id))


def test_a_question_behind_another_conversation_waits_for_its_own_gesture(tmp_path: Path) -> None:
    with at_http(tmp_path) as (made, _):
        made.post(made.host.shows, None)
        conversation = made.run(made.host.new_conversation("ask"))
        future = made.runtime.submit(made.host.run_tool(conversation, KEY, "ask", {}))

        def waits(event: ItemChanged) -> bool:
            return isinstance(event.item, ToolRun) and event.item.state is RunState.NEEDS_ANSWER

        card = made.wait(ItemChanged, waits).item
        assert made.person.elicitations == []
        made.post(made.host.shows, conversation)
        made.run(made.host.open_question(card.id))
        assert future.result(20).state is RunState.DONE
        assert len(made.person.elicitations) == 1


@pytest.mark.requirement("MCP-184")
def test_what_no_person_began_declares_no_tasks(tmp_path: Path) -> None:
    with at_http(tmp_path) as (_, tasked):
        for message in tasked.seen:
            meta = message["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"]
            assert EXTENSION not in meta["extensions"]
        assert tasked.methods() == ["server/discover", "tools/list"]
