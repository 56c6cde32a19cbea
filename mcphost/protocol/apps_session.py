"""One View's side of the Apps protocol as a state machine without I/O.

Rules:
1. Before `ui/notifications/initialized` the host sends responses and nothing else; what it has to
   say is buffered and leaves in the order input → result | cancelled.
2. `tool-input` is sent at most once and always before `tool-result`; result and cancelled exclude
   each other.
3. Every request of a View gets exactly one answer; what the host does not speak gets -32601 at
once.
4. The host's own request ids start at 1 (SDKs ignore a cancellation of id 0).
5. A second `ui/initialize` (React StrictMode mounts twice) is answered like the first.

States: created → initializing → ready → closing → closed. `receive` takes the exact text that came
through the channel and returns what is to be done; the `say_*` functions return texts to post.

Pure. Driven by `mcphost.views` on the loop thread.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from mcphost.domain.errors import ProtocolViolation, ViewProtocolError
from mcphost.domain.json import JsonObject
from mcphost.domain.view import DisplayMode
from mcphost.protocol import jsonrpc
from mcphost.protocol.apps import (
    Initialize,
    ViewMessage,
    ViewRequestId,
    parse_view_notification,
    parse_view_request,
)

MAX_VIEW_MESSAGE = 4_000_000
"""Bytes of one message of a View that is no answer."""

MAX_VIEW_ANSWER = 10_000_000
"""Bytes of one answer of a View; the relay in the page moves nothing longer, in characters."""

MAX_VIEW_VALUES = 50_000
"""Values in one message of a View: what is decided on is put into canonical form first, value by
value, and meanwhile the core does nothing else, not even stop.
"""

VALUES_AS_ONE, LENGTH_AS_ONE = 500, 100_000
"""Values, and characters, of a request that weigh as much as one more request."""

MAX_ID = 256
"""Characters of a request's id: it is kept, and said again, for as long as the request is open."""

MAX_OPEN_REQUESTS = 64
"""Requests of one View that may be unanswered at a time."""


class ViewPhase(StrEnum):
    """Where a View is in its life."""

    CREATED = "created"
    INITIALIZING = "initializing"
    READY = "ready"
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Send *text* to the View. *method* is what it is about, for the record: its own method, or
    that of the request it answers, and how. *asks* is its id when it is a request itself, *answers*
    that of the View's request which it answers.
    """

    text: str
    method: str
    asks: int | None = None
    answers: ViewRequestId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """Act on *message*; *method* is its wire name. *weight* is how many small ones it costs."""

    message: ViewMessage
    method: str
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The View finished its handshake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeardownAnswered:
    """The View answered `ui/resource-teardown`, or said that it has no handler: both are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The View answered request *id* of the host: *result*, or *error* in its own words."""

    id: int
    result: JsonObject | None
    error: str = ""
    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """The View broke the protocol; *reason* is for the log."""

    reason: str


_OLD_APP = (
    "it posts messages of MCP-UI from before the Apps extension, which mean nothing here; said once"
)


_EDGE = 200
"""Characters at either end of a message that was not taken, in one of which its id is."""
_NAMED = re.compile(r'"id":(\d{1,9})[,}]')
Step: TypeAlias = Post | Handle | Ready | TeardownAnswered | Answered | Malformed


@dataclass(slots=True)
class AppsSession:
    """The state of one View's channel."""

    phase: ViewPhase = ViewPhase.CREATED
    app_name: str = ""
    app_version: str = ""
    app_modes: tuple[DisplayMode, ...] | None = None
    """The display modes that the App says it can be shown in; None when it says nothing."""
    app_tools: bool = False
    """Whether the App says that it offers tools itself."""
    _asked: set[int] = field(default_factory=set[int])
    _open: dict[ViewRequestId, str] = field(default_factory=dict[ViewRequestId, str])
    _waiting: list[Post] = field(default_factory=list[Post])
    _input_said: bool = False
    _end_said: bool = False
    _next_id: int = 1
    _teardown_id: int | None = None
    _old_app: bool = False

    def receive(self, untrusted_text: str) -> list[Step]:
        """Take one message of the View. Never raises for what a View sends."""
        if self.phase is ViewPhase.CLOSED:
            return []
        try:
            message = jsonrpc.parse_message(
                untrusted_text, max_bytes=self._longest(), max_values=MAX_VIEW_VALUES
            )
        except ProtocolViolation as error:
            return self._unreadable(untrusted_text, error)
        if isinstance(message, jsonrpc.Response | jsonrpc.ErrorResponse):
            return self._answer(message)
        if _bytes_over(untrusted_text, MAX_VIEW_MESSAGE):
            error = ProtocolViolation(f"a message of more than {MAX_VIEW_MESSAGE} bytes")
            return self._unreadable(untrusted_text, error)
        if isinstance(message, jsonrpc.Request):
            return self._request(message, _weight(untrusted_text))
        return self._notification(message)

    def answer(self, request: ViewRequestId, result: JsonObject) -> list[Post]:
        """The one answer to *request*; nothing when it was cancelled or already answered."""
        method = self._open.pop(request, None)
        if method is None:
            return []
        text = jsonrpc.encode_response(request, result).decode()
        return [Post(text=text, method=f"{method} (answer)", answers=request)]

    def refuse(self, request: ViewRequestId, code: int, message: str) -> list[Post]:
        """An error as the one answer to *request*."""
        method = self._open.pop(request, None)
        if method is None:
            return []
        text = jsonrpc.encode_error(request, code, message).decode()
        return [Post(text=text, method=f"{method} (error)", answers=request)]

    def forget(self, request: ViewRequestId) -> None:
        """The View cancelled *request*: it gets no answer."""
        self._open.pop(request, None)

    def say_input(self, arguments: JsonObject) -> list[Post]:
        """`tool-input` with the full arguments, once."""
        if self._input_said:
            return []
        self._input_said = True
        return self._say("ui/notifications/tool-input", {"arguments": arguments})

    def say_result(self, result: JsonObject) -> list[Post]:
        """`tool-result`, after the input and at most once."""
        return self._say_end("ui/notifications/tool-result", result)

    def say_cancelled(self, reason: str) -> list[Post]:
        """`tool-cancelled`: the call failed, was refused or was cancelled."""
        return self._say_end("ui/notifications/tool-cancelled", {"reason": reason})

    def say_context(self, context: JsonObject) -> list[Post]:
        """`host-context-changed`; before the handshake its result carries the context."""
        if self.phase is not ViewPhase.READY:
            return []
        return self._say("ui/notifications/host-context-changed", context)

    def say_progress(self, token: ViewRequestId, progress: float, message: str) -> list[Post]:
        """`notifications/progress`: keeps a View's 60 s timer from firing while a person thinks."""
        params: JsonObject = {"progressToken": token, "progress": progress, "message": message}
        return self._say("notifications/progress", params)

    def ask(self, method: str, params: JsonObject) -> tuple[int, Post] | None:
        """A request of the host: its id, and what to post; None unless the View is ready and has
        answered enough of the earlier ones.
        """
        if self.phase is not ViewPhase.READY or len(self._asked) >= MAX_OPEN_REQUESTS:
            return None
        id, self._next_id = self._next_id, self._next_id + 1
        self._asked.add(id)
        text = jsonrpc.encode_request(id, method, params).decode()
        return id, Post(text=text, method=method, asks=id)

    def give_up(self, id: int, reason: str) -> list[Post]:
        """The host waits for the answer to *id* no longer."""
        if id not in self._asked:
            return []
        self._asked.discard(id)
        params: JsonObject = {"requestId": id, "reason": reason}
        return self._say("notifications/cancelled", params)

    def begin_teardown(self, reason: str) -> list[Post]:
        """`ui/resource-teardown`; nothing when the View never got ready or is going already."""
        if self.phase is not ViewPhase.READY:
            return []
        self.phase = ViewPhase.CLOSING
        self._teardown_id = self._next_id
        self._next_id += 1
        method = "ui/resource-teardown"
        body = jsonrpc.encode_request(self._teardown_id, method, {"reason": reason})
        return [Post(text=body.decode(), method=method, asks=self._teardown_id)]

    def close(self) -> None:
        """The View is gone; everything that still comes is dropped."""
        self.phase = ViewPhase.CLOSED
        self._open.clear()
        self._asked.clear()
        self._waiting.clear()

    def _longest(self) -> int:
        """Bytes that are read at all: no answer is due when nothing was asked."""
        return MAX_VIEW_ANSWER if self._asked else MAX_VIEW_MESSAGE

    def _unreadable(self, untrusted_text: str, error: ProtocolViolation) -> list[Step]:
        """What an App from before the extension posts is said once, not for every post. Whoever
        waits for an answer that cannot be used, or to what cannot be used, is told at once.
        """
        id, asks = _named_by(untrusted_text)
        if asks and id not in self._open:
            self._open[id] = "(unreadable)"
            why = f"this request was not taken: {error}"
            return [Malformed(reason=why), *self.refuse(id, jsonrpc.INVALID_REQUEST, why)]
        if id in self._asked and not asks:
            self._asked.discard(id)
            why = f"its answer was not taken: {error}"
            return [Malformed(reason=why), Answered(id=id, result=None, error=why)]
        if not _before_the_extension(untrusted_text):
            return [Malformed(reason=str(error))]
        first, self._old_app = not self._old_app, True
        return [Malformed(reason=_OLD_APP)] if first else []

    def _request(self, request: jsonrpc.Request, weight: int) -> list[Step]:
        if isinstance(request.id, str) and len(request.id) > MAX_ID:
            why = f"a request id of more than {MAX_ID} characters"
            return [Malformed(reason=why), _long_id(request.id, why)]
        if request.id in self._open:
            return [Malformed(reason=f"request id {request.id!r} is already open")]
        self._open[request.id] = request.method[:120]
        if len(self._open) > MAX_OPEN_REQUESTS:
            return [
                Malformed(reason="too many open requests"),
                *self.refuse(request.id, -32000, "too many open requests; wait for an answer"),
            ]
        if request.method == "ping":
            return [*self.answer(request.id, {})]
        try:
            message = parse_view_request(request.id, request.method, request.params or {})
        except ViewProtocolError as error:
            return [
                Malformed(reason=f"{request.method}: {error}"),
                *self.refuse(request.id, error.code, str(error)),
            ]
        if message is None:
            text = f"Method not found: this host does not speak {request.method[:80]}"
            return [*self.refuse(request.id, jsonrpc.METHOD_NOT_FOUND, text)]
        if isinstance(message, Initialize):
            self.app_name, self.app_version = message.name, message.version
            self.app_modes = message.modes
            self.app_tools = message.tools
            if self.phase is ViewPhase.CREATED:
                self.phase = ViewPhase.INITIALIZING
        return [Handle(message=message, method=request.method, weight=weight)]

    def _notification(self, note: jsonrpc.Notification) -> list[Step]:
        if note.method == "ui/notifications/initialized":
            return self._initialized()
        try:
            message = parse_view_notification(note.method, note.params or {})
        except ViewProtocolError as error:
            return [Malformed(reason=f"{note.method}: {error}")]
        return [] if message is None else [Handle(message=message, method=note.method)]

    def _initialized(self) -> list[Step]:
        if self.phase is ViewPhase.CREATED:
            return [Malformed(reason="initialized before ui/initialize")]
        if self.phase is not ViewPhase.INITIALIZING:
            return []
        self.phase = ViewPhase.READY
        waiting, self._waiting = self._waiting, []
        return [Ready(), *waiting]

    def _answer(self, answer: jsonrpc.Response | jsonrpc.ErrorResponse) -> list[Step]:
        id = answer.id
        if not isinstance(id, int) or id not in {self._teardown_id, *self._asked}:
            return [Malformed(reason="an answer to nothing the host asked")]
        if id == self._teardown_id:
            self._teardown_id = None
            return [TeardownAnswered()]
        self._asked.discard(id)
        if isinstance(answer, jsonrpc.Response):
            return [Answered(id=id, result=answer.result)]
        said = answer.untrusted_message
        return [Answered(id=id, result=None, error=said, code=answer.code)]

    def _say_end(self, method: str, params: JsonObject) -> list[Post]:
        if self._end_said or not self._input_said:
            return []
        self._end_said = True
        return self._say(method, params)

    def _say(self, method: str, params: JsonObject) -> list[Post]:
        post = Post(text=jsonrpc.encode_notification(method, params).decode(), method=method)
        if self.phase in (ViewPhase.CREATED, ViewPhase.INITIALIZING):
            self._waiting.append(post)
            return []
        return [post] if self.phase is ViewPhase.READY else []


def _weight(untrusted_text: str) -> int:
    """How many small requests this one is as much work as."""
    length = len(untrusted_text) // LENGTH_AS_ONE
    if untrusted_text.count(",") < VALUES_AS_ONE:
        return 1 + length
    return 1 + length + jsonrpc.values_in(untrusted_text) // VALUES_AS_ONE


def _long_id(id: str, why: str) -> Post:
    """The answer under an id that is not kept."""
    text = jsonrpc.encode_error(id, jsonrpc.INVALID_REQUEST, f"this request was not taken: {why}")
    return Post(text=text.decode(), method="(unreadable) (error)")


def _bytes_over(text: str, limit: int) -> bool:
    return len(text) * 4 > limit and len(text.encode(errors="replace")) > limit


def _named_by(untrusted_text: str) -> tuple[int, bool]:
    """The id in an unreadable text, or 0, and whether it seems to ask rather than to answer. A View
    that lies here harms only its own answers.
    """
    edges = untrusted_text[:_EDGE] + untrusted_text[-_EDGE:]
    found = _NAMED.search(edges)
    asks = '"method":' in untrusted_text[:_EDGE]
    if found is None or not (asks or '"result":' in edges):
        return 0, False
    return int(found[1]), asks


def _before_the_extension(untrusted_text: str) -> bool:
    """Whether it is an object with a `type` and no `jsonrpc`, as MCP-UI posted."""
    if '"jsonrpc"' in untrusted_text:
        return False
    try:
        message = jsonrpc.parse_json(
            untrusted_text, max_bytes=MAX_VIEW_MESSAGE, max_values=MAX_VIEW_VALUES
        )
    except ProtocolViolation:
        return False
    return isinstance(message, Mapping) and isinstance(message.get("type"), str)
