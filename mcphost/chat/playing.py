"""Replays: a recorded exchange played to a template that a person chose, on a card of its own.

Law: (1) what the View asks is answered from the record, and nothing of it leaves the host
(`mcphost.views.replay`). (2) The newest `HELD` records are held in memory, so that a replay can be
opened again; nothing else knows them. Loop thread; held by `ToolRunner`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from mcphost.chat.ports import Stage, Target
from mcphost.chat.transcript import Transcripts
from mcphost.domain.conversation import ToolRun, ViewState
from mcphost.domain.errors import UserFacingError
from mcphost.domain.ids import ConversationId, ItemId
from mcphost.domain.recording import Recording

HELD: Final = 20
"""Records that are held; one may take some MiB."""


class Playing:
    """Opens Views that are played."""

    def __init__(self, stage: Stage, transcripts: Transcripts) -> None:
        self._stage = stage
        self._transcripts = transcripts
        self._held: dict[ItemId, tuple[Target, Recording]] = {}

    async def play(
        self, conversation: ConversationId, card: ToolRun, target: Target, recording: Recording
    ) -> ToolRun:
        """Put *card* into *conversation* and play *recording* to the App of *target* there. Raises
        `UserFacingError` when its template is not approved; then there is no card either.
        """
        card = await self._open(conversation, card, target, recording, returned=False)
        self._held[card.id] = (target, recording)
        while len(self._held) > HELD:
            self._held.pop(next(iter(self._held)))
        return card

    async def again(
        self, conversation: ConversationId, card: ToolRun, *, returned: bool = False
    ) -> ToolRun:
        """Open the App of a replay (again). Raises `UserFacingError` when its record is gone."""
        if card.id not in self._held:
            raise UserFacingError(
                "This was a replay, and its record is not held any more. Play the exchange again: "
                "in the inspector, or with mcphost render --replay."
            )
        target, recording = self._held[card.id]
        return await self._open(conversation, card, target, recording, returned=returned)

    async def _open(
        self,
        conversation: ConversationId,
        card: ToolRun,
        target: Target,
        recording: Recording,
        *,
        returned: bool,
    ) -> ToolRun:
        view = await self._stage.open(
            *(conversation, card.id, target, recording.arguments),
            recording=recording,
            returned=returned,
        )
        card = replace(card, view=view.id, view_state=ViewState.LIVE, view_note="")
        self._transcripts.put(conversation, card)
        if recording.result is not None:
            view.result(recording.result)
        elif recording.cancelled:
            view.cancelled(recording.cancelled)
        return card
