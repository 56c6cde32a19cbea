"""A run's App is shown again only to the server that was called, and only what was approved."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from mcphost.chat.ports import Target
from mcphost.chat.runs import ToolRunner
from mcphost.chat.transcript import Transcripts
from mcphost.domain.conversation import RunState, ToolRun, UserText
from mcphost.domain.errors import UserFacingError
from mcphost.domain.ids import ConversationId, InvocationId, ItemId, ServerKey, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.server import HttpEndpoint, ServerConfig
from tests.helpers.gate_parts import SERVER, config, tool
from tests.helpers.transcripts import MemoryStore

RUN = ToolRun(
    id=ItemId("run"),
    invocation=InvocationId("i"),
    server=SERVER,
    server_title="Shop",
    server_identity=config().identity,
    tool="look",
    title="Look",
    by="you",
    arguments={"private": "words"},
    state=RunState.DONE,
    result={"content": []},
)
MOVED = HttpEndpoint(url="https://elsewhere.example/mcp")


class FakeHouse:
    """Catalogue, stage and View in one: notes what an App would have been told."""

    id = ViewId("view")

    def __init__(self, server: ServerConfig) -> None:
        self.server = server
        self.told: list[object] = []

    def target(self, _server: ServerKey, name: str) -> Target:
        return Target(server=self.server, tool=tool(name), review=None)

    async def open(self, *told: object, returned: bool = False) -> FakeHouse:
        assert not returned
        self.told.append(told[-1])
        return self

    def result(self, result: JsonObject) -> None:
        self.told.append(result)

    def cancelled(self, reason: str) -> None:
        self.told.append(reason)


def reopened(item: Any, server: ServerConfig) -> tuple[FakeHouse, Any]:
    """Reopen *item* while its alias stands for *server*; what was told, and the error if any."""

    async def scene() -> tuple[FakeHouse, Any]:
        house = FakeHouse(server)
        transcripts = Transcripts(MemoryStore(), lambda _event: None)
        talk: ConversationId = transcripts.new("talk")
        transcripts.put(talk, item)
        parts: Any = {"gate": None, "catalogue": house, "stage": house, "tickets": None}
        runner = ToolRunner(**parts, transcripts=transcripts)
        try:
            return house, await runner.reopen(talk, item.id)
        except UserFacingError as error:
            return house, error
        finally:
            await transcripts.flush()

    return asyncio.run(scene())


def test_p6_a_run_is_shown_again_to_the_server_that_was_called() -> None:
    house, card = reopened(RUN, config())
    assert house.told == [{"private": "words"}, {"content": []}]
    assert card.view == house.id


@pytest.mark.parametrize("identity", [RUN.server_identity, ""], ids=["moved", "unknown"])
def test_p6_what_one_server_was_told_never_goes_to_another_of_its_name(identity: str) -> None:
    server = replace(config(), endpoint=MOVED) if identity else config()
    house, error = reopened(replace(RUN, server_identity=identity), server)
    assert isinstance(error, UserFacingError)
    assert "another server" in str(error)
    assert house.told == []


def test_p5_a_run_without_a_result_that_never_had_a_view_is_not_shown() -> None:
    house, error = reopened(replace(RUN, result=None, state=RunState.REFUSED), config())
    assert "no result" in str(error)
    assert house.told == []


def test_a_run_whose_view_was_opened_after_approval_may_be_shown_without_a_result() -> None:
    failed = replace(RUN, result=None, state=RunState.FAILED, text="gone", view=ViewId("old"))
    house, _card = reopened(failed, config())
    assert house.told == [{"private": "words"}, "gone"]


def test_only_a_tool_run_can_show_an_app() -> None:
    _house, error = reopened(UserText(id=ItemId("u"), text="hello"), config())
    assert "only a tool run" in str(error)
