"""What one View said, was told, and had the host ask of its server: the record behind `ViewReport`
and the inspector.

Law: (1) bounded: the first `FIRST` messages and the newest are kept, `MAX_ENTRIES` in all; of their
bodies `MAX_BODY` bytes each and `MAX_BODIES` in all, half of it for the first, and among the others
the oldest go first; what is missing is counted. (2) It is held in memory and goes with the run.
(3) It holds no header and nothing that a person answered to a server (P8): a server's frames come
through `gate.tap`. (4) A body is untrusted; whoever shows it escapes it. Loop thread.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from mcphost.domain.action import Action
from mcphost.domain.decision import Decision, Verdict
from mcphost.domain.errors import ConsentRefused, McpHostError, PolicyDenied, ServerError
from mcphost.domain.ports import OutboundFrame
from mcphost.domain.text import one_line
from mcphost.domain.view import REFUSALS, ChannelEntry, Direction, EntryVerdict, ViewIncident
from mcphost.protocol.apps import ViewRequestId
from mcphost.protocol.apps_session import MAX_ID, Post

MAX_ENTRIES = 5_000
FIRST = 200
MAX_BODY = 512 * 1024
MAX_BODIES = 2 * 1024 * 1024
MAX_INCIDENTS = 500
_MAX_OPEN = 256
_VERDICTS = {
    Verdict.ALLOW: EntryVerdict.ALLOWED,
    Verdict.ASK: EntryVerdict.ASKED,
    Verdict.DENY: EntryVerdict.DENIED,
}


@dataclass(slots=True)
class ViewRecord:
    """Grows while the View lives. Times are milliseconds since it was opened."""

    opened_at: float
    initialized_ms: float | None = None
    incidents: list[tuple[float, ViewIncident]] = field(
        default_factory=list[tuple[float, ViewIncident]]
    )
    denials: list[str] = field(default_factory=list[str])
    total: int = 0
    """Messages so far, kept or not."""
    refused: int = 0
    _kept: dict[int, ChannelEntry] = field(default_factory=dict[int, ChannelEntry])
    _oldest: int = FIRST + 1
    _bare: int = FIRST + 1
    """After the first, those before this one have no body any more."""
    _held: int = 0
    _open: dict[ViewRequestId, int] = field(default_factory=dict[ViewRequestId, int])
    """The View's requests that wait for an answer, and their numbers."""
    _asked: dict[int, tuple[int, str]] = field(default_factory=dict[int, tuple[int, str]])

    def entries(self) -> tuple[ChannelEntry, ...]:
        """What is kept, oldest first."""
        return tuple(self._kept.values())

    def heard(self, untrusted_text: str, now: float) -> None:
        """The View said something; answers are listed under the method they answer."""
        said = _read(untrusted_text)
        method, answers = said.method, None
        if not method:
            known = self._asked.pop(said.id, None) if isinstance(said.id, int) else None
            answers, asked = (None, "?") if known is None else known
            method = f"{asked} ({said.kind})"
        number = self._add(
            Direction.FROM_VIEW, method, untrusted_text, now, id=said.shown, answers=answers
        )
        if said.method and said.id is not None:
            self._open.setdefault(said.id, number)  # an id that is open already is refused
            if len(self._open) > _MAX_OPEN:
                del self._open[next(iter(self._open))]

    def told(self, post: Post, now: float) -> None:
        """The View was told something."""
        answers, id = None, ""
        if post.answers is not None:
            answers, id = self._open.pop(post.answers, None), _shown(post.answers)
        elif post.asks is not None:
            id = _shown(post.asks)
        number = self._add(Direction.TO_VIEW, post.method, post.text, now, id=id, answers=answers)
        if post.asks is not None:
            self._asked[post.asks] = (number, post.method)
        if answers is not None and post.method.endswith("(error)"):
            self._refused_by(answers, post.text)

    def cancelled(self, request: ViewRequestId) -> None:
        """The View wants no answer to *request* any more."""
        number = self._open.pop(request, None)
        if number is not None:
            self._change(number, reason="the App cancelled it")

    def malformed(self, reason: str) -> None:
        """The message heard last was not taken."""
        self.denied(f"malformed: {reason}")
        self._decide(self.total, EntryVerdict.REFUSED, reason=reason)

    def tap(self, request: ViewRequestId, action: Action, clock: Callable[[], float]) -> RequestTap:
        """What listens to the path while *action* walks it for the View's *request*."""
        number = self._open.get(request, 0)
        self._change(number, invocation=action.invocation)
        return RequestTap(self, number, action.method, clock)

    def passed_on(
        self, direction: Direction, method: str, body: bytes, now: float, *, size: int, for_: int
    ) -> None:
        """A message between host and server on behalf of the View's request number *for_*. *body*
        is what may be kept of its *size* bytes.
        """
        text = body[: 4 * MAX_BODY].decode("utf-8", "replace")
        asked = self._kept.get(for_)
        invocation = "" if asked is None else asked.invocation
        number = self._add(direction, method, text, now, size=size, answers=for_ or None)
        self._change(number, invocation=invocation)

    def judged(self, request: ViewRequestId, verdict: EntryVerdict, rule: str, reason: str) -> None:
        """*request* was decided without the policy, because nothing can come of it."""
        self._decide(self._open.get(request, 0), verdict, rules=(rule,), reason=reason)

    def decided(self, number: int, decision: Decision) -> None:
        """The policy said what is to become of request *number*."""
        verdict, reason = _VERDICTS[decision.verdict], one_line(decision.reason, limit=400)
        self._decide(number, verdict, rules=decision.rules, reason=reason)

    def failed(self, number: int, error: McpHostError) -> None:
        """Request *number* came to nothing."""
        reason = one_line(str(error), limit=400)
        match error:
            case PolicyDenied() if self._is(number, EntryVerdict.DENIED):
                return  # the decision said it already
            case PolicyDenied() | ConsentRefused():
                self._decide(number, EntryVerdict.DENIED, rules=error.rules, reason=reason)
            case ServerError():
                self._change(number, reason=reason)
            case _:
                self._decide(number, EntryVerdict.REFUSED, reason=reason)

    def incident(self, incident: ViewIncident, now: float) -> None:
        """Something the sandbox or the core noticed."""
        if len(self.incidents) < MAX_INCIDENTS:
            self.incidents.append((self._ms(now), incident))

    def denied(self, sentence: str) -> None:
        """A refused request of this View."""
        if len(self.denials) < MAX_INCIDENTS:
            self.denials.append(sentence)

    def ready(self, now: float) -> None:
        """The handshake is done."""
        self.initialized_ms = self._ms(now)

    def _refused_by(self, number: int, answer: str) -> None:
        """Request *number* was answered with an error that no policy and no server gave."""
        entry = self._kept.get(number)
        if entry is None or entry.verdict is not EntryVerdict.NONE or entry.reason:
            return
        reason = json.loads(answer)["error"]["message"]  # short, and our own encoder's
        self._decide(number, EntryVerdict.REFUSED, reason=one_line(reason, limit=400))

    def _decide(
        self, number: int, verdict: EntryVerdict, *, rules: tuple[str, ...] = (), reason: str
    ) -> None:
        entry = self._kept.get(number)
        before = EntryVerdict.NONE if entry is None else entry.verdict
        self.refused += (verdict in REFUSALS) - (before in REFUSALS)
        self._change(number, verdict=verdict, rules=rules, reason=reason)

    def _is(self, number: int, verdict: EntryVerdict) -> bool:
        entry = self._kept.get(number)
        return entry is not None and entry.verdict is verdict

    def _change(self, number: int, **fields: Any) -> None:
        entry = self._kept.get(number)
        if entry is not None:
            self._kept[number] = replace(entry, **fields)

    def _ms(self, now: float) -> float:
        return round((now - self.opened_at) * 1000, 1)

    def _add(
        self,
        direction: Direction,
        method: str,
        text: str,
        now: float,
        *,
        size: int | None = None,
        id: str = "",
        answers: int | None = None,
    ) -> int:
        self.total += 1
        whole = len(text) if size is None else size
        body = self._affordable(text[: MAX_BODY if text.isascii() else MAX_BODY // 4])
        kept = len(body) if size is None else len(body.encode())
        self._kept[self.total] = ChannelEntry(
            number=self.total,
            direction=direction,
            method=method,
            ms=self._ms(now),
            size=whole,
            id=id,
            body=body,
            missing=max(whole - kept, 0),
            answers=answers,
        )
        if len(self._kept) > MAX_ENTRIES:
            self._strip(self._oldest)
            del self._kept[self._oldest]
            self._oldest += 1
        return self.total

    def _affordable(self, body: str) -> str:
        """*body* when there is, or can be made, room for it."""
        cost = _cost(body)
        limit = MAX_BODIES // 2 if self.total <= FIRST else MAX_BODIES
        while self._held + cost > limit and self._bare < self.total:
            self._strip(self._bare)
            self._bare += 1
        if self._held + cost > limit:
            return ""
        self._held += cost
        return body

    def _strip(self, number: int) -> None:
        entry = self._kept.get(number)
        if entry is not None and entry.body:
            self._held -= _cost(entry.body)
            self._kept[number] = replace(entry, body="", missing=entry.size)


class RequestTap:
    """Hears how one request of a View walks the path (`gate.tap.Tap`)."""

    def __init__(
        self, record: ViewRecord, number: int, method: str, clock: Callable[[], float]
    ) -> None:
        self._record = record
        self._number = number
        self._method = method
        self._clock = clock

    def decided(self, decision: Decision) -> None:
        """See `Tap`."""
        self._record.decided(self._number, decision)

    def left(self, frame: OutboundFrame, body: bytes) -> None:
        """See `Tap`."""
        now, method = self._clock(), frame.method or "(answer)"
        self._record.passed_on(
            Direction.TO_SERVER, method, body, now, size=len(frame.body), for_=self._number
        )

    def came(self, how: str, body: bytes) -> None:
        """See `Tap`."""
        now, method = self._clock(), f"{self._method} ({how})"
        self._record.passed_on(
            Direction.FROM_SERVER, method, body, now, size=len(body), for_=self._number
        )

    def failed(self, error: McpHostError) -> None:
        """The walk ended without a result."""
        self._record.failed(self._number, error)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a message of a View is, as far as the record cares. *kind* is what stands for the method
    of an answer.
    """

    method: str = ""
    id: ViewRequestId | None = None
    kind: str = "answer"

    @property
    def shown(self) -> str:
        return "" if self.id is None else _shown(self.id)


def _read(untrusted_text: str) -> _Said:
    try:
        message: object = json.loads(untrusted_text)
    except (ValueError, RecursionError):
        return _Said(method="(not JSON)")
    if not isinstance(message, dict):
        return _Said(method="(not an object)")
    fields = cast("dict[str, object]", message)
    method, ident = fields.get("method"), fields.get("id")
    id = ident if isinstance(ident, int | str) and not isinstance(ident, bool) else None
    if isinstance(id, str) and len(id) > MAX_ID:
        id = None  # it belongs to no request that was taken
    if isinstance(method, str) and method:
        return _Said(method=method[:120], id=id)
    return _Said(id=id, kind="error" if "error" in fields else "answer")


def _shown(id: ViewRequestId) -> str:
    text = str(id) if isinstance(id, int) else json.dumps(id[:100], ensure_ascii=False)
    return text[:120]


def _cost(text: str) -> int:
    """Bytes that *text* may take in memory."""
    return len(text) if text.isascii() else 4 * len(text)
