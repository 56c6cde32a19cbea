"""A model that has read at one server and is about to call another: real labels, real gate."""

from __future__ import annotations

import asyncio
from typing import Any

from mcphost.chat.flow import Contexts
from mcphost.chat.shelf import Shelf
from mcphost.chat.transcript import Transcripts
from mcphost.domain.conversation import RunState, ToolRun
from mcphost.domain.ids import InvocationId, ItemId
from mcphost.domain.json import JsonObject
from mcphost.domain.labels import server_data
from mcphost.domain.tool import Effect
from tests.helpers.gate_parts import MODEL, OTHER, Stage, call, config, tool
from tests.helpers.transcripts import MemoryStore

HANDLE = "bk-771-992-alpha"
"""What the bank has minted."""


class ReadFromBank:
    """The bank's result stands in the conversation; `ask_shop` calls a reading tool elsewhere."""

    def __init__(
        self, text: str = f"Your handle is {HANDLE} .", tool_name: str = "balance"
    ) -> None:
        transcripts = Transcripts(MemoryStore(), lambda _: None)
        self.talk = transcripts.new("talk")
        identity = config(OTHER).identity
        run = ToolRun(
            id=ItemId("run-1"),
            invocation=InvocationId("i"),
            server=OTHER,
            server_title="Bank",
            server_identity=identity,
            tool=tool_name,
            title="Balance",
            by="the model",
            arguments={},
            state=RunState.DONE,
            text=text,
            label=server_data(OTHER, identity),
        )
        transcripts._loaded(self.talk)[run.id] = run
        contexts = Contexts(transcripts, Shelf(lambda _: None), lambda _: [])
        self.stage = Stage(judged={"look": Effect.READ}, contexts=contexts)

    def ask_shop(self, arguments: JsonObject, **changes: Any) -> None:
        action = call(
            "look", principal=MODEL, arguments=arguments, conversation=self.talk, **changes
        )
        asyncio.run(self.stage.gate.perform(action, tool=tool("look")))
