"""The requests of a View that is played from a record, and how a View comes to its requests.

Law: (1) nothing leaves: nothing here knows the gate, a server or a person; (2) a request is
answered by what the same method with the same params was answered then, in the order of the record,
the last answer again and again; (3) what the record does not have is an error for the View, and is
on its record under the rule `NOT_RECORDED`. Loop thread; made by `ViewController`.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Protocol

import rfc8785

from mcphost.domain.errors import ViewProtocolError
from mcphost.domain.ids import ViewId
from mcphost.domain.json import JsonObject, canonical_bytes, digest
from mcphost.domain.principal import Principal
from mcphost.domain.recording import NOT_RECORDED, RECORDED, RecordedCall, Recording
from mcphost.domain.view import EntryVerdict
from mcphost.policy.bucket import Bucket
from mcphost.protocol import apps
from mcphost.views.gestures import Gestures
from mcphost.views.modes import ViewModes
from mcphost.views.opening import ViewOpening, ViewWorld
from mcphost.views.record import ViewRecord
from mcphost.views.requests import BURST, PER_SECOND, Effectful, ViewRequests

Answer = Callable[[apps.ViewRequestId, JsonObject], None]
Refuse = Callable[[apps.ViewRequestId, int, str], None]


class Requests(Protocol):
    """Works on what a View asks for."""

    def begin(
        self, message: Effectful, gestures: Gestures, received: float, *, weight: int = 1
    ) -> None:
        """Start working on *message*, which costs as much as *weight* small ones."""
        ...

    def cancel(self, request: apps.ViewRequestId) -> None:
        """The View wants no answer any more."""
        ...

    def cancel_all(self) -> None:
        """The View is gone."""
        ...


def requests_of(
    *,
    principal: Principal,
    opening: ViewOpening,
    view: ViewId,
    world: ViewWorld,
    answer: Answer,
    refuse: Refuse,
    progress: Callable[[apps.ViewRequestId, float, str], None],
    record: ViewRecord,
    modes: ViewModes,
    note: Callable[[str], Awaitable[None]],
) -> Requests:
    """What works on the requests of the View of *opening*."""
    if opening.recording is not None:
        return RecordedRequests(
            opening.recording, answer=answer, refuse=refuse, record=record, clock=world.clock
        )
    return ViewRequests(
        principal=principal,
        opening=opening,
        view=view,
        world=world,
        answer=answer,
        refuse=refuse,
        progress=progress,
        record=record,
        modes=modes,
        note=note,
    )


class RecordedRequests:
    """Answers from a recording."""

    def __init__(
        self,
        recording: Recording,
        *,
        answer: Answer,
        refuse: Refuse,
        record: ViewRecord,
        clock: Callable[[], float],
    ) -> None:
        self._clock = clock
        self._pace = Bucket(burst=BURST, per_second=PER_SECOND)
        self._answer = answer
        self._refuse = refuse
        self._record = record
        self._answers: dict[bytes, deque[RecordedCall]] = defaultdict(deque)
        for call in recording.calls:
            if key := _recorded_key(call):
                self._answers[key].append(call)

    def begin(
        self, message: Effectful, gestures: Gestures, received: float, *, weight: int = 1
    ) -> None:
        """Answer *message* at once. A gesture changes nothing here."""
        if not self._pace.take(self._clock(), weight):
            self._refuse(message.id, apps.REFUSED, f"too fast: {PER_SECOND:g} requests a second")
            return
        waiting = self._answers.get(_key(message))
        if not waiting:
            reason = "the record has no answer to this method with these params"
            self._record.judged(message.id, EntryVerdict.REFUSED, NOT_RECORDED, reason)
            self._refuse(message.id, apps.REFUSED, f"replay: {reason}")
            return
        call = waiting[0] if len(waiting) == 1 else waiting.popleft()
        self._record.judged(message.id, EntryVerdict.ALLOWED, RECORDED, "answered from the record")
        if call.result is None:
            self._refuse(message.id, call.code or apps.REFUSED, call.words)
        else:
            self._answer(message.id, call.result)

    def cancel(self, request: apps.ViewRequestId) -> None:
        """Nothing is under way."""

    def cancel_all(self) -> None:
        """Nothing is under way."""


def _comparable(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """*fields* as JSON can say them: a file by the digest of its bytes."""
    return {k: digest(v) if isinstance(v, bytes) else v for k, v in fields}


def _recorded_key(call: RecordedCall) -> bytes:
    """The key of a recorded request, read as the host reads it; empty when it would not take it."""
    try:
        message = apps.parse_view_request(0, call.method, call.params)
    except ViewProtocolError:
        return b""
    return b"" if message is None else _key(message)


def _key(message: apps.ViewMessage) -> bytes:
    """Method and params of *message* as they are compared: without what counts up from one request
    to the next. Empty when there is no such form.
    """
    fields = asdict(message, dict_factory=_comparable)
    for counted in ("id", "progress_token"):
        fields.pop(counted, None)
    try:
        return canonical_bytes([type(message).__name__, fields])
    except (rfc8785.CanonicalizationError, UnicodeError):
        return b""
