"""One turn: ask the model, run what it asks for, tell it what came of it, until it is done.

Law: (1) the turn inherits the gesture of the sent message while it is open. (2) A tool call of the
model walks the one path as principal `model`; its arguments are parsed strictly. (3) Each request
to the model is itself an action: decided and on the log before it leaves. (4) Answers, calls and
time are bounded. (5) Whatever comes of a call or of its App is told to the model (P15).

Loop thread; made by `mcphost.chat.turns`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass

from mcphost.chat.context import SYSTEM, app_note, history, result_message
from mcphost.chat.flow import Contexts
from mcphost.chat.growing import GrowingAnswer
from mcphost.chat.listen import DEADLINE, whole_answer
from mcphost.chat.model_port import (
    AnswerEnded,
    FromModel,
    FromTool,
    ModelMessage,
    ModelPort,
    ModelTool,
    ToolCallAsked,
)
from mcphost.chat.offer import model_tools, tool_name
from mcphost.chat.ports import Catalogue, Target
from mcphost.chat.runs import ToolRunner
from mcphost.chat.shelf import Shelf
from mcphost.chat.transcript import Transcripts
from mcphost.consent.budget import QUESTIONS_A_TASK
from mcphost.consent.grouping import group_of
from mcphost.domain.action import Action, ActionKind
from mcphost.domain.conversation import RunState, ToolRun
from mcphost.domain.errors import NotConfigured, ProtocolViolation
from mcphost.domain.ids import ConversationId, Digest, InvocationId, ItemId
from mcphost.domain.json import JsonObject, digest
from mcphost.domain.lineage import Lineage
from mcphost.domain.principal import USER, Principal, PrincipalKind
from mcphost.domain.text import one_line
from mcphost.gate.path import Gate
from mcphost.protocol.jsonrpc import parse_json

MAX_ROUNDS = 12
"""Answers of the model in one turn."""
MAX_CALLS = 16
"""Tool calls in one answer."""
MAX_ARGUMENTS = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRooms:
    """What every turn uses."""

    gate: Gate
    catalogue: Catalogue
    runner: ToolRunner
    transcripts: Transcripts
    shelf: Shelf
    contexts: Contexts
    left_out: Callable[[ConversationId, tuple[str, ...]], None]
    """Told which tools could not be offered, each time."""


class Turn:
    """The mutable record of one turn."""

    def __init__(
        self, rooms: TurnRooms, conversation: ConversationId, model: ModelPort, lineage: Lineage
    ) -> None:
        self._rooms = rooms
        self._conversation = conversation
        self._model = model
        self._lineage = lineage
        self._marker = secrets.token_hex(4)
        self._messages: list[ModelMessage] = []
        self._notes: dict[ItemId, str] = {}

    async def run(self) -> None:
        """See the turn through. Raises what the path raises."""
        items = self._rooms.transcripts.items(self._conversation)
        shelf = self._rooms.shelf.items(self._conversation)
        self._messages.extend(history(items, shelf, marker=self._marker))
        for _round in range(MAX_ROUNDS):
            answer = await self._ask()
            self._messages.append(answer)
            if not answer.calls:
                return
            if await self._call_all(answer.calls):
                return
            self._tell_of_apps()
        self._notice(f"Stopped after {MAX_ROUNDS} rounds of tool calls.")

    async def _ask(self) -> FromModel:
        """One request to the model, down the path; the answer grows on its card."""
        rooms, messages = self._rooms, tuple(self._messages)
        tools, left_out = model_tools(rooms.catalogue.offered(self._conversation))
        rooms.left_out(self._conversation, left_out)
        label = rooms.contexts.read(self._conversation).label
        card = GrowingAnswer(rooms.transcripts, self._conversation, self._model.name, label)
        answers: list[AnswerEnded] = []

        async def effect() -> JsonObject:
            ended = await whole_answer(self._model, SYSTEM, messages, tools, grew=card.grow)
            answers.append(ended)
            return {"inputTokens": ended.input_tokens, "outputTokens": ended.output_tokens}

        try:
            await rooms.gate.perform(self._request(messages, tools), effect=effect)
        finally:
            card.end()
        answer = answers[0].answer
        if not answer.text.strip() and not answer.calls:
            self._notice("The model gave no answer.")
        return answer

    def _request(self, messages: tuple[ModelMessage, ...], tools: tuple[ModelTool, ...]) -> Action:
        return Action(
            kind=ActionKind.MODEL_REQUEST,
            principal=USER,
            lineage=self._lineage,
            invocation=InvocationId(secrets.token_hex(8)),
            method="model/request",
            params={
                "model": self._model.name,
                "destination": self._model.destination,
                "messages": len(messages),
                "tools": len(tools),
                "digest": _request_digest(messages, tools),
            },
            conversation=self._conversation,
            deadline=DEADLINE,
        )

    async def _call_all(self, calls: tuple[ToolCallAsked, ...]) -> bool:
        """Every call of one answer, in order; whether the turn pauses after it."""
        wanted = [(call.name, _readable(call)) for call in calls[:MAX_CALLS]]
        refused: set[int] = set()
        for number, call in enumerate(calls):
            if number >= MAX_CALLS:
                said = self._not_called(call, f"more than {MAX_CALLS} calls in one answer")
            elif number in refused:
                said = self._not_called(call, "it was refused together with the one before")
            else:
                group = group_of(wanted, number)
                siblings = [arguments for _, arguments in (wanted[at] for at in group[1:])]
                said, run = await self._call(call, tuple(a for a in siblings if a is not None))
                if run is not None and run.state is RunState.REFUSED:
                    refused.update(group)
            self._messages.append(said)
            if self._rooms.gate.paused(self._lineage):
                self._notice(
                    f"Paused: the model has asked for your consent {QUESTIONS_A_TASK} times in "
                    "this turn. Look at what was done, then say how to go on."
                )
                return True
        return False

    async def _call(
        self, call: ToolCallAsked, siblings: tuple[JsonObject, ...]
    ) -> tuple[FromTool, ToolRun | None]:
        """One tool call the model asked for; whatever comes of it is told to the model."""
        target = self._named(call.name)
        if target is None:
            return self._not_called(call, "there is no such tool"), None
        try:
            arguments = _arguments(call.untrusted_arguments)
            # A tool that exists but is not for models walks the path too: its refusal is a record.
            run = await self._rooms.runner.run(
                self._conversation,
                target.server.key,
                target.tool.name,
                arguments,
                principal=Principal(
                    kind=PrincipalKind.MODEL, ident=one_line(self._model.name, limit=80)
                ),
                lineage=self._lineage,
                siblings=siblings,
                view=None if target.app is None else target.app.view,
            )
        except ProtocolViolation as error:
            why = f"its arguments are not a JSON object ({error})"
            return self._not_called(call, why), None
        except NotConfigured as error:
            return self._not_called(call, str(error)), None
        self._notes[run.id] = run.view_note
        return result_message(call.call_id, call.name, run, marker=self._marker), run

    def _not_called(self, call: ToolCallAsked, why: str) -> FromTool:
        asked = one_line(call.name, limit=80)
        self._notice(f"The model asked for the tool {asked}, which was not called: {why}.")
        return FromTool(call_id=call.call_id, name=call.name, text=f"Not called: {why}.")

    def _tell_of_apps(self) -> None:
        """What has happened to the Apps of this turn since their results were told."""
        for id, told in self._notes.items():
            run = self._rooms.transcripts.item(self._conversation, id)
            if isinstance(run, ToolRun) and run.view_note and run.view_note != told:
                self._notes[id] = run.view_note
                self._messages.append(app_note(run, marker=self._marker))

    def _named(self, name: str) -> Target | None:
        for target in self._rooms.catalogue.offered(self._conversation):
            if tool_name(target) == name:
                return target
        return None

    def _notice(self, text: str) -> None:
        self._rooms.transcripts.notice(self._conversation, text, level="warning")


def _arguments(untrusted_text: str) -> JsonObject:
    """Raises `ProtocolViolation`."""
    value = parse_json(untrusted_text.strip() or "{}", max_bytes=MAX_ARGUMENTS)
    if not isinstance(value, dict):
        raise ProtocolViolation("it is another kind of value")
    return value


def _readable(call: ToolCallAsked) -> JsonObject | None:
    try:
        return _arguments(call.untrusted_arguments)
    except ProtocolViolation:
        return None


def _request_digest(messages: tuple[ModelMessage, ...], tools: tuple[ModelTool, ...]) -> Digest:
    """Over everything that is sent: the log can show later what it was, and does not hold it."""
    said = [[type(message).__name__, asdict(message)] for message in messages]
    sent = {"system": SYSTEM, "messages": said, "tools": [asdict(tool) for tool in tools]}
    return digest(json.dumps(sent, sort_keys=True).encode())
