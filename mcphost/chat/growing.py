"""One answer of a model as its card grows: shown at once, then at most ten times a second, and in
any case when it ends.

Law: (1) what was streamed is never lost: an answer that is stopped or breaks off is kept as far as
it came. (2) Invisible characters are spelled out. Loop thread; one for each request of a turn.
"""

from __future__ import annotations

import asyncio

from mcphost.chat.transcript import Transcripts, new_item_id
from mcphost.domain.conversation import ModelText
from mcphost.domain.ids import ConversationId
from mcphost.domain.labels import Label
from mcphost.domain.text import visible

SHOW_SECONDS = 0.1


class GrowingAnswer:
    """The card of one answer. There is none before the first text."""

    def __init__(
        self, transcripts: Transcripts, conversation: ConversationId, model: str, label: Label
    ) -> None:
        """*label* is that of everything the model was told."""
        self._transcripts = transcripts
        self._conversation = conversation
        self._id = new_item_id()
        self._model = model
        self._label = label
        self._text = ""
        self._shown = 0
        self._pause: asyncio.TimerHandle | None = None

    def grow(self, untrusted_text: str) -> None:
        """More text came."""
        self._text += visible(untrusted_text, limit=len(untrusted_text))
        if self._pause is None:
            self._show()

    def end(self) -> None:
        """Nothing more comes: keep what there is. A second call does nothing new."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if self._text.strip():
            self._put(done=True)

    def _show(self) -> None:
        self._shown = len(self._text)
        self._put(done=False)
        loop = asyncio.get_running_loop()
        self._pause = loop.call_later(SHOW_SECONDS, self._paused)

    def _paused(self) -> None:
        self._pause = None
        if len(self._text) > self._shown:
            self._show()

    def _put(self, *, done: bool) -> None:
        item = ModelText(
            id=self._id, model=self._model, text=self._text, done=done, label=self._label
        )
        self._transcripts.put(self._conversation, item, keep=done)
