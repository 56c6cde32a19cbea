"""core asks ui: questions to the person, and their answers.

Law: (1) the core awaits an asyncio future and no thread ever waits for a person. (2) A question
ends once; a second answer, or one to a question that is over, is dropped. (3) Without a window
nobody is asked: that is a refusal. (4) When the core cancels a question its dialog is withdrawn;
when the window goes, every open question is aborted.

`ask_*` and `present` are called on the loop thread; `attach`, `detach`, `answer_*` on the main
thread, where the three signals are emitted too. `ui.dialogs.presenter` listens.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, Signal

from mcphost.domain.consent import (
    Answer,
    ConsentAnswer,
    ConsentRequest,
    ElicitationAction,
    ElicitationAnswer,
    ElicitationRequest,
)
from mcphost.domain.ids import RequestId
from ui.bridge.lane import to_main_thread


class WindowBroker(QObject):
    """A `ConsentBroker` that shows dialogs."""

    consent_asked = Signal(object)
    """A `ConsentRequest` to put to the person."""
    elicitation_asked = Signal(object)
    """An `ElicitationRequest` to put to the person."""
    withdrawn = Signal(str)
    """The `RequestId` of a question that is over: close its dialog."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._present = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open: dict[RequestId, asyncio.Future[Any]] = {}
        self._cross = to_main_thread(self._on_crossed)

    @property
    def present(self) -> bool:
        """Whether a window is there to ask in."""
        return self._present

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        """Show *request* and wait for its end."""
        if not self._present:
            return _unanswered(request, Answer.NOBODY)
        answer = await self._ask(request)
        return answer if isinstance(answer, ConsentAnswer) else _unanswered(request, Answer.ABORTED)

    async def ask_elicitation(self, request: ElicitationRequest) -> ElicitationAnswer:
        """Show *request* and wait for its end."""
        cancelled = ElicitationAnswer(
            request=request.id, action=ElicitationAction.CANCEL, answered_by="nobody"
        )
        if not self._present:
            return cancelled
        answer = await self._ask(request)
        return answer if isinstance(answer, ElicitationAnswer) else cancelled

    def attach(self) -> None:
        """A window is there."""
        self._present = True

    def detach(self) -> None:
        """The window goes: end every open question."""
        self._present = False
        self._post(None)

    def answer_consent(self, answer: ConsentAnswer) -> None:
        """The person's answer, or how else the dialog ended."""
        self._post(answer)

    def answer_elicitation(self, answer: ElicitationAnswer) -> None:
        """The person's answer, or how else the dialog ended."""
        self._post(answer)

    async def _ask(self, request: ConsentRequest | ElicitationRequest) -> object:
        self._loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = self._loop.create_future()
        self._open[request.id] = future
        self._cross(request)
        try:
            return await future
        finally:
            del self._open[request.id]
            self._cross(request.id)

    def _post(self, answer: ConsentAnswer | ElicitationAnswer | None) -> None:
        loop = self._loop
        if loop is None:
            return
        with suppress(RuntimeError):  # the loop is closed: its questions ended with it
            loop.call_soon_threadsafe(self._resolve, answer)

    def _resolve(self, answer: ConsentAnswer | ElicitationAnswer | None) -> None:
        if answer is None:
            ending = list(self._open.values())
        else:
            ending = [f for key, f in self._open.items() if key == answer.request]
        for future in ending:
            if not future.done():
                future.set_result(answer)

    def _on_crossed(self, news: object) -> None:
        match news:
            case ConsentRequest():
                self.consent_asked.emit(news)
            case ElicitationRequest():
                self.elicitation_asked.emit(news)
            case _:
                self.withdrawn.emit(str(news))


def _unanswered(request: ConsentRequest, how: Answer) -> ConsentAnswer:
    return ConsentAnswer(
        request=request.id, answer=how, digest=request.digest, answered_by="nobody"
    )
