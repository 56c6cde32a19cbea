"""Turns: one at a time in a conversation, begun by a person's message, stopped by a person.

Law: (1) a turn that fails or is stopped says so in the conversation, in words. (2) Stopping cancels
what is under way: the model's stream is closed, a call that waits for consent is withdrawn, and
nothing more is asked of the model.

Loop thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from mcphost.chat.flow import Contexts
from mcphost.chat.model_port import ModelPort
from mcphost.chat.ports import Catalogue
from mcphost.chat.runs import ToolRunner
from mcphost.chat.shelf import Shelf
from mcphost.chat.transcript import Transcripts, new_item_id
from mcphost.chat.turn import Turn, TurnRooms
from mcphost.domain.conversation import UserText
from mcphost.domain.errors import McpHostError, NotConfigured, UserFacingError
from mcphost.domain.ids import ConversationId
from mcphost.domain.lineage import Lineage
from mcphost.gate.path import Gate

MAX_MESSAGE = 200_000
"""Characters of one message."""


class Turns:
    """All turns under way."""

    def __init__(
        self,
        *,
        gate: Gate,
        catalogue: Catalogue,
        runner: ToolRunner,
        transcripts: Transcripts,
        shelf: Shelf,
        contexts: Contexts,
        model: Callable[[], ModelPort | None],
        task_ended: Callable[[Lineage], Awaitable[None]],
    ) -> None:
        """*task_ended* is told of every turn that is over: what was granted for it ends."""
        self._rooms = TurnRooms(
            gate=gate,
            catalogue=catalogue,
            runner=runner,
            transcripts=transcripts,
            shelf=shelf,
            contexts=contexts,
            left_out=self._left_out,
        )
        self._transcripts = transcripts
        self._contexts = contexts
        self._model = model
        self._task_ended = task_ended
        self._open: dict[ConversationId, asyncio.Task[None]] = {}
        self._said: set[tuple[ConversationId, str]] = set()

    async def send(self, conversation: ConversationId, text: str, lineage: Lineage) -> None:
        """Send *text* and see the turn through. Raises `UserFacingError` when there is no model, a
        turn is under way, or nothing or too much to send.
        """
        model = self._model()
        if model is None:
            raise NotConfigured("no model is configured: choose one in Settings, or run a tool")
        if conversation in self._open:
            raise NotConfigured("the model is still answering: wait, or stop it first")
        if not text.strip():
            raise UserFacingError("there is nothing to send: write something first")
        if len(text) > MAX_MESSAGE:
            raise UserFacingError(f"a message may have {MAX_MESSAGE} characters: shorten it")
        label = self._contexts.label_of_sent(conversation, text)
        self._transcripts.put(conversation, UserText(id=new_item_id(), text=text, label=label))
        turn = Turn(self._rooms, conversation, model, lineage)
        task = asyncio.ensure_future(turn.run())
        self._open[conversation] = task
        try:
            await task
        except asyncio.CancelledError:
            self._transcripts.notice(conversation, "The answer was stopped.")
            if (current := asyncio.current_task()) is not None and current.cancelling():
                raise
        except McpHostError as error:
            self._transcripts.notice(conversation, str(error), level="error")
        finally:
            self._open.pop(conversation, None)
            await self._task_ended(lineage)

    def stop(self, conversation: ConversationId) -> None:
        """Stop the turn under way, if any."""
        task = self._open.get(conversation)
        if task is not None:
            task.cancel()

    async def stop_all(self) -> None:
        """Stop every turn and see it end."""
        tasks = list(self._open.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _left_out(self, conversation: ConversationId, sentences: tuple[str, ...]) -> None:
        """A tool that cannot be offered is said once."""
        for sentence in sentences:
            if (conversation, sentence) not in self._said:
                self._said.add((conversation, sentence))
                self._transcripts.notice(conversation, sentence, level="warning")
