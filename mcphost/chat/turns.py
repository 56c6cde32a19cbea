"""A turn: the person's message, the model's answer, the tool calls it asks for, until it is done.

Law: (1) the turn inherits the gesture of the sent message while it is open. (2) A tool call of the
model walks the one path as principal `model`; the model's arguments are parsed strictly. (3) Each
request to the model is itself an action: decided and on the log before it leaves. (4) Rounds are
bounded.

Loop thread.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from mcphost.chat.context import SYSTEM, history, model_tools, result_message, tool_name
from mcphost.chat.model_port import (
    AnswerEnded,
    FromModel,
    FromTool,
    ModelMessage,
    ModelPort,
    TextGrew,
    ToolCallAsked,
)
from mcphost.chat.ports import Catalogue, Target
from mcphost.chat.runs import ToolRunner
from mcphost.chat.shelf import Shelf
from mcphost.chat.transcript import Transcripts, new_item_id
from mcphost.domain.action import Action, ActionKind
from mcphost.domain.conversation import ModelText, UserText
from mcphost.domain.errors import McpHostError, NotConfigured
from mcphost.domain.ids import ConversationId, InvocationId
from mcphost.domain.json import JsonObject, digest
from mcphost.domain.lineage import Lineage
from mcphost.domain.principal import USER, Principal, PrincipalKind
from mcphost.domain.text import one_line
from mcphost.gate.path import Gate

MAX_ROUNDS = 12
"""Answers of the model in one turn."""
SHOW_EVERY = 64
"""Characters of new text after which the growing answer is shown again."""


class Turns:
    """Runs turns, one at a time in a conversation."""

    def __init__(
        self,
        *,
        gate: Gate,
        catalogue: Catalogue,
        runner: ToolRunner,
        transcripts: Transcripts,
        shelf: Shelf,
        model: Callable[[], ModelPort | None],
    ) -> None:
        self._gate = gate
        self._catalogue = catalogue
        self._runner = runner
        self._transcripts = transcripts
        self._shelf = shelf
        self._model = model
        self._open: dict[ConversationId, asyncio.Task[None]] = {}

    async def send(self, conversation: ConversationId, text: str, lineage: Lineage) -> None:
        """Send *text* and see the turn through. Raises `NotConfigured` without a model."""
        model = self._model()
        if model is None:
            raise NotConfigured("no model is configured: choose one in Settings, or run a tool")
        if conversation in self._open:
            raise NotConfigured("the model is still answering: wait, or stop it first")
        self._transcripts.put(conversation, UserText(id=new_item_id(), text=text))
        task = asyncio.ensure_future(self._turn(conversation, model, lineage))
        self._open[conversation] = task
        try:
            await task
        except asyncio.CancelledError:
            self._transcripts.notice(conversation, "The answer was stopped.")
        except McpHostError as error:
            self._transcripts.notice(conversation, str(error), level="error")
        finally:
            self._open.pop(conversation, None)

    def stop(self, conversation: ConversationId) -> None:
        """Stop the turn under way, if any."""
        task = self._open.get(conversation)
        if task is not None:
            task.cancel()

    async def _turn(self, conversation: ConversationId, model: ModelPort, lineage: Lineage) -> None:
        marker = secrets.token_hex(4)
        messages = list(
            history(
                self._transcripts.items(conversation),
                self._shelf.items(conversation),
                marker=marker,
            )
        )
        for _round in range(MAX_ROUNDS):
            answer = await self._ask(conversation, model, tuple(messages), lineage)
            messages.append(answer)
            if not answer.calls:
                return
            for call in answer.calls:
                messages.append(await self._call(conversation, call, model, lineage, marker))
        self._transcripts.notice(
            conversation, f"Stopped after {MAX_ROUNDS} rounds of tool calls.", level="warning"
        )

    async def _ask(
        self,
        conversation: ConversationId,
        model: ModelPort,
        messages: tuple[ModelMessage, ...],
        lineage: Lineage,
    ) -> FromModel:
        """One request to the model, down the path; the answer grows on its card."""
        tools = model_tools(self._catalogue.offered(conversation))
        card = ModelText(id=new_item_id(), model=model.name, text="", done=False)
        answers: list[FromModel] = []

        async def effect() -> JsonObject:
            text, shown = "", 0
            async for event in model.stream(SYSTEM, messages, tools):
                match event:
                    case TextGrew(text=more):
                        text += more
                        if len(text) - shown >= SHOW_EVERY:
                            shown = len(text)
                            grown = replace(card, text=text)
                            self._transcripts.put(conversation, grown, keep=False)
                    case AnswerEnded(answer=answer):
                        answers.append(answer)
            return {"characters": len(text)}

        action = Action(
            kind=ActionKind.MODEL_REQUEST,
            principal=USER,
            lineage=lineage,
            invocation=InvocationId(secrets.token_hex(8)),
            method="model/request",
            params={
                "model": model.name,
                "destination": model.destination,
                "messages": len(messages),
                "tools": len(tools),
                "digest": digest(repr(messages).encode()),
            },
            conversation=conversation,
            deadline=300.0,
        )
        await self._gate.perform(action, effect=effect)
        answer = answers[0] if answers else FromModel(text="")
        if answer.text or not answer.calls:
            done = replace(card, text=answer.text or "(no answer)", done=True)
            self._transcripts.put(conversation, done)
        return answer

    async def _call(
        self,
        conversation: ConversationId,
        call: ToolCallAsked,
        model: ModelPort,
        lineage: Lineage,
        marker: str,
    ) -> FromTool:
        """One tool call the model asked for; whatever comes of it is told to the model."""
        target = self._named(conversation, call.name)
        arguments = _arguments(call.untrusted_arguments)
        if target is None or arguments is None:
            what = "there is no such tool" if target is None else "the arguments are not an object"
            return FromTool(call_id=call.call_id, name=call.name, text=f"Not called: {what}.")
        run = await self._runner.run(
            conversation,
            target.server.key,
            target.tool.name,
            arguments,
            principal=Principal(kind=PrincipalKind.MODEL, ident=one_line(model.name, limit=80)),
            lineage=lineage,
        )
        return result_message(call.call_id, call.name, run, marker=marker)

    def _named(self, conversation: ConversationId, name: str) -> Target | None:
        for target in self._catalogue.offered(conversation):
            if tool_name(target) == name and target.tool.visible_to_model:
                return target
        return None


def _arguments(untrusted_text: str) -> JsonObject | None:
    try:
        value = json.loads(untrusted_text or "{}")
    except (ValueError, RecursionError):
        return None
    return cast("JsonObject", value) if isinstance(value, dict) else None
