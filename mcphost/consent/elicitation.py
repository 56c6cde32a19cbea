"""The elicitation desk: shows a server's question to the person and carries the answer back.

Law: (1) it is only called for a chain that a person started (`gate.rounds` has asked the policy);
(2) asked and answered are durable rows; what was answered is not written down, only which fields;
(3) whatever is not a clear accept or decline is `cancel`; (4) a URL is opened here, by the host,
after the row of its acceptance, and nowhere else; then the person says when they are done there.
Loop thread only.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace

from mcphost.consent.question import Clock, Ended, Floor, HowEnded, put, row_about
from mcphost.domain.action import Action
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.consent import (
    ElicitationAction,
    ElicitationAnswer,
    ElicitationMode,
    ElicitationRequest,
)
from mcphost.domain.errors import HostBugError, McpHostError
from mcphost.domain.events import QuestionWithdrawn
from mcphost.domain.ids import RequestId
from mcphost.domain.json import Json, JsonObject, digest
from mcphost.domain.ports import AuditSink, ConsentBroker, EventSink, LinkOpener
from mcphost.protocol.elicitation import check_content

BY_HOST = "host"
MAX_OPENINGS = 5
VISIT_SECONDS = 900.0
"""How long a person may stay on the page that was opened."""


class ElicitationDesk:
    """The only way to an elicitation dialog."""

    def __init__(
        self,
        broker: ConsentBroker,
        audit: AuditSink,
        events: EventSink,
        clock: Clock,
        *,
        opener: LinkOpener | None = None,
        floor: Floor | None = None,
    ) -> None:
        """*opener* opens an accepted URL; without one, URL questions end as `cancel`."""
        self._broker = broker
        self._audit = audit
        self._events = events
        self._clock = clock
        self._opener = opener
        self._floor = floor or Floor()
        self._used: set[RequestId] = set()

    @property
    def present(self) -> bool:
        """Whether there is anybody to ask."""
        return self._broker.present

    async def ask(
        self, request: ElicitationRequest, *, action: Action | None = None
    ) -> ElicitationAnswer:
        """Ask, and open the URL of an accepted URL question. Raises only `StorageError` and
        `HostBugError`.
        """
        if request.id in self._used:
            raise HostBugError("an elicitation request must be fresh")
        self._used.add(request.id)
        if not self.present:
            return await self._end(request, action, "there is nobody to ask")
        started = self._clock()
        ended = await self._put(request, action)
        if ended.how is not HowEnded.ANSWERED or ended.answer is None:
            self._events(QuestionWithdrawn(request=request.id))
            return await self._end(request, action, ended.why or ended.how.value)
        wrong = _mismatch(request, ended.answer)
        if wrong is not None:
            return await self._end(request, action, wrong)
        data = {**_answered(ended.answer), "shown_ms": round((self._clock() - started) * 1000)}
        await self._row(AuditKind.ELICITATION_ANSWERED, request, action, data)
        return await self._open(request, ended.answer, action)

    async def _put(
        self, request: ElicitationRequest, action: Action | None
    ) -> Ended[ElicitationAnswer]:
        try:
            async with self._floor.taken():
                await self._row(AuditKind.ELICITATION_ASKED, request, action, _asked(request))
                return await put(self._broker.ask_elicitation(request), request.deadline)
        except asyncio.CancelledError:  # withdrawn while it waited or was shown
            self._events(QuestionWithdrawn(request=request.id))
            data: JsonObject = {"action": "cancel", "answered_by": BY_HOST, "note": "withdrawn"}
            self._audit.append_soon(_record(AuditKind.ELICITATION_ANSWERED, request, action, data))
            raise

    async def _open(
        self, request: ElicitationRequest, answer: ElicitationAnswer, action: Action | None
    ) -> ElicitationAnswer:
        if request.mode is not ElicitationMode.URL or not _opens(request, answer):
            return answer
        if self._opener is None:
            return await self._end(request, action, "no browser can be opened here")
        if request.opened >= MAX_OPENINGS:
            return await self._end(request, action, "the address was opened often enough")
        try:
            self._opener(request.url)
        except McpHostError as error:
            return await self._end(request, action, f"the browser did not open: {error}")
        return await self._visited(request, action)

    async def _visited(
        self, request: ElicitationRequest, action: Action | None
    ) -> ElicitationAnswer:
        """Only the person knows when they are done there: go on, open it again, or give up."""
        after = replace(
            request,
            id=RequestId(secrets.token_hex(8)),
            opened=request.opened + 1,
            deadline=VISIT_SECONDS,
        )
        said = await self.ask(after, action=action)
        return replace(said, request=request.id)

    async def _end(
        self, request: ElicitationRequest, action: Action | None, note: str
    ) -> ElicitationAnswer:
        answer = ElicitationAnswer(
            request=request.id, action=ElicitationAction.CANCEL, answered_by=BY_HOST
        )
        data = {**_answered(answer), "note": note}
        await self._row(AuditKind.ELICITATION_ANSWERED, request, action, data)
        return answer

    async def _row(
        self, kind: AuditKind, request: ElicitationRequest, action: Action | None, data: JsonObject
    ) -> None:
        await self._audit.append(_record(kind, request, action, data))


def _record(
    kind: AuditKind, request: ElicitationRequest, action: Action | None, data: JsonObject
) -> AuditRecord:
    whole: dict[str, Json] = {
        "request": request.id,
        "mode": request.mode.value,
        "round": request.round,
        "message_digest": digest(request.message.encode()),
        **data,
    }
    return row_about(action, kind, request.server, whole)


def _asked(request: ElicitationRequest) -> JsonObject:
    return {
        "cause": request.cause,
        "fields": [field.name for field in request.fields],
        "host": request.url_host,
        "place": list(request.place),
        "opened": request.opened,
    }


def _answered(answer: ElicitationAnswer) -> JsonObject:
    return {
        "action": answer.action.value,
        "answered": sorted(answer.content or {}),
        "answered_by": answer.answered_by,
    }


def _opens(request: ElicitationRequest, answer: ElicitationAnswer) -> bool:
    """Whether *answer* opens the address: a first yes, or after that "open it again"."""
    wanted = ElicitationAction.DECLINE if request.opened else ElicitationAction.ACCEPT
    return answer.action is wanted


def _mismatch(request: ElicitationRequest, answer: ElicitationAnswer) -> str | None:
    if answer.request != request.id:
        return "the answer names another question"
    if answer.action is not ElicitationAction.ACCEPT:
        return None if answer.content is None else "a refusal that carries content"
    if request.mode is ElicitationMode.URL:
        return None if answer.content is None else "an answer to a URL that carries content"
    if answer.content is None:
        return "an accepted form without content"
    try:
        check_content(request.fields, answer.content)
    except ValueError as error:
        return f"the form is not filled in correctly: {error}"
    return None
