"""The consent desk: puts one question to a person and believes nothing but a clear yes to it.

Law: (1) the asking and the answer are durable rows, the first before the dialog, the second before
anybody acts on it; (2) a yes counts only for the request it names, with the digest of what was
shown and a scope that was offered; other arguments are an answer only where they were invited, and
never a yes; each request id is used once; (3) deadline, absence, failure and teardown are refusals.
Called by `gate.ask` on the loop thread.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from mcphost.consent.manners import Manners
from mcphost.consent.question import Clock, Floor, HowEnded, put, row_about
from mcphost.domain.action import Action
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.consent import Answer, ConsentAnswer, ConsentRequest
from mcphost.domain.errors import HostBugError
from mcphost.domain.events import QuestionWithdrawn
from mcphost.domain.ids import RequestId
from mcphost.domain.json import Json, JsonObject, canonical_digest, digest
from mcphost.domain.ports import AuditSink, ConsentBroker, EventSink

BY_HOST = "host"


class ConsentDesk:
    """The only way to a consent dialog."""

    def __init__(
        self,
        broker: ConsentBroker,
        audit: AuditSink,
        events: EventSink,
        clock: Clock,
        *,
        floor: Floor | None = None,
    ) -> None:
        """Share *floor* with the `ElicitationDesk`, so that one dialog is open at a time."""
        self._broker = broker
        self._audit = audit
        self._events = events
        self._clock = clock
        self._floor = floor or Floor()
        self._manners = Manners()
        self._used: set[RequestId] = set()

    @property
    def present(self) -> bool:
        """Whether there is anybody to ask."""
        return self._broker.present

    async def ask(self, request: ConsentRequest, *, action: Action | None = None) -> ConsentAnswer:
        """Ask. Raises only `StorageError` (not recorded is not consented) and `HostBugError`.

        1. the id is fresh and the digest is that of the bytes; 2. somebody is there; 3. the App has
        manners; 4. recorded; 5. asked; 6. the answer fits the question; 7. recorded.
        """
        if request.id in self._used or digest(request.canonical) != request.digest:
            raise HostBugError("a consent request must be fresh and carry its own digest")
        self._used.add(request.id)
        view = action.view if action else None
        if not self.present:
            return await self._end(request, action, Answer.NOBODY)
        objection = self._manners.objection(view, request.digest, now=self._clock())
        if objection is not None:
            return await self._end(request, action, Answer.DENY, note=objection)
        with self._manners.waiting(view):
            answer = await self._put(request, action)
        if answer.answer not in (Answer.ALLOW, Answer.EDITED):
            self._manners.refused(view, request.digest, now=self._clock())
        return answer

    async def _put(self, request: ConsentRequest, action: Action | None) -> ConsentAnswer:
        try:
            async with self._floor.taken():
                await self._row(AuditKind.CONSENT_ASKED, request, action, _asked(request))
                ended = await put(self._broker.ask_consent(request), request.longest)
        except asyncio.CancelledError:  # withdrawn while it waited or was shown
            self._events(QuestionWithdrawn(request=request.id))
            data: JsonObject = {"answer": Answer.ABORTED.value, "answered_by": BY_HOST}
            self._audit.append_soon(_record(AuditKind.CONSENT_ANSWERED, request, action, data))
            raise
        if ended.how is not HowEnded.ANSWERED or ended.answer is None:
            self._events(QuestionWithdrawn(request=request.id))
            how = Answer.TIMEOUT if ended.how is HowEnded.TIMEOUT else Answer.ABORTED
            return await self._end(request, action, how, note=ended.why)
        wrong = _mismatch(request, ended.answer)
        if wrong is not None:
            return await self._end(request, action, Answer.ABORTED, note=wrong)
        await self._row(AuditKind.CONSENT_ANSWERED, request, action, _answered(ended.answer))
        return ended.answer

    async def _end(
        self, request: ConsentRequest, action: Action | None, answer: Answer, *, note: str = ""
    ) -> ConsentAnswer:
        """The host answers for the person: never with a yes."""
        result = ConsentAnswer(
            request=request.id, answer=answer, digest=request.digest, answered_by=BY_HOST
        )
        data = {**_answered(result), "note": note} if note else _answered(result)
        await self._row(AuditKind.CONSENT_ANSWERED, request, action, data)
        return result

    async def _row(
        self, kind: AuditKind, request: ConsentRequest, action: Action | None, data: JsonObject
    ) -> None:
        await self._audit.append(_record(kind, request, action, data))


def _record(
    kind: AuditKind, request: ConsentRequest, action: Action | None, data: JsonObject
) -> AuditRecord:
    whole: dict[str, Json] = {
        "request": request.id,
        "verb": request.verb,
        "subject": request.subject,
        "digest": request.digest,
        **data,
    }
    return row_about(action, kind, request.server, whole)


def _asked(request: ConsentRequest) -> JsonObject:
    """A server is named by its alias: its whole address may hold a key and is for the dialog."""
    data: JsonObject = {
        "who": request.who,
        "tier": int(request.tier),
        "reason": request.reason,
        "reversible": request.reversible,
        "again": request.again,
        "rules": list(request.rules),
        "scopes": [scope.value for scope in request.scopes],
        **({"requests": list(request.requests)} if request.requests else {}),
    }
    return data if request.server is not None else {**data, "destination": request.destination}


def _answered(answer: ConsentAnswer) -> JsonObject:
    how = answer.circumstances
    edited = answer.arguments
    return {
        "answer": answer.answer.value,
        "scope": answer.scope.value,
        **({} if edited is None else {"arguments_digest": canonical_digest(edited)}),
        "presented": answer.presented,
        "shown_ms": answer.shown_ms,
        "answered_by": answer.answered_by,
        "renderer": answer.renderer,
        "parts": dict(answer.parts),
        "circumstances": None if how is None else asdict(how),
    }


def _mismatch(request: ConsentRequest, answer: ConsentAnswer) -> str | None:
    if answer.request != request.id:
        return "the answer names another question"
    if answer.digest != request.digest:
        return "the answer is about other bytes than were asked about"
    if answer.offer is not None and answer.offer not in request.offers:
        return "the answer has a scope that was not offered"
    edited = answer.answer is Answer.EDITED
    if edited is not (answer.arguments is not None) or (edited and answer.offer is not None):
        return "the answer says yes and something else"
    if edited and request.schema is None:
        return "the answer changes what was not to be changed"
    return None
