"""What connections of both eras share: ids, calls in flight, cancellation, unasked messages.

Law: (1) a call ends exactly once: answer, error, deadline, cancellation or close; (2) a violation
names server and method; (3) whatever runs in the background is owned here and ends with `close`.
Subclasses say how a request is dressed and what a server may ask. Loop thread only.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final

from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.errors import (
    HostBugError,
    McpHostError,
    ProtocolViolation,
    ServerRefused,
    ServerUnreachable,
)
from mcphost.domain.json import JsonObject
from mcphost.domain.ports import AuditSink, Exchange, OutboundFrame
from mcphost.domain.server import ServerConfig
from mcphost.domain.text import one_line
from mcphost.domain.tool import ServerInfo, Tool
from mcphost.policy.bucket import Bucket
from mcphost.protocol import mcp
from mcphost.protocol.headers import Headers
from mcphost.protocol.jsonrpc import (
    ErrorResponse,
    Notification,
    Request,
    encode_notification,
    encode_request,
)
from mcphost.protocol.subscriptions import Acknowledged
from mcphost.servers.admission import Admission, Visit, operation_of
from mcphost.servers.call import Call
from mcphost.servers.limits import ServerLimits
from mcphost.servers.wire import HttpRefusal, Wire

_log = logging.getLogger(__name__)
_COALESCE: Final = 0.05
_ANNOUNCE_EVERY: Final = 1.0
_NOT_CANCELLABLE: Final = frozenset({mcp.INITIALIZE, mcp.DISCOVER, *mcp.TASK_METHODS})
"""Requests that nobody takes back. A task ends by `tasks/cancel`, never by a notification."""


class Session(ABC):
    """A `Connection` but for what the two eras do differently."""

    def __init__(
        self,
        config: ServerConfig,
        wire: Wire,
        *,
        client: JsonObject,
        limits: ServerLimits,
        audit: AuditSink,
        exchange: Exchange,
    ) -> None:
        self.on_list_changed: Callable[[str], None] | None = None
        self.on_resource_updated: Callable[[str], None] | None = None
        self.on_acknowledged: Callable[[Acknowledged], None] | None = None
        self._config = config
        self._wire = wire
        self._client = client
        self._limits = limits
        self._audit = audit
        self._last = exchange
        self._admission = Admission(config, wire)
        self._info: ServerInfo | None = None
        self._calls: dict[int, Call] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._announced: dict[str, float] = {}
        self._questions = Bucket(burst=20, per_second=5)
        self._flooding = False
        self._tools: dict[str, Tool] = {}
        self._closed = False
        self._gone = False
        self._parting = ""
        self._quiet = asyncio.Event()
        self._quiet.set()
        wire.incoming = self._receive

    @property
    def config(self) -> ServerConfig:
        """What the person configured."""
        return self._config

    @property
    def info(self) -> ServerInfo:
        """What the server said of itself when it was connected."""
        if self._info is None:
            raise HostBugError("a connection was used before it was opened")
        return self._info

    @property
    def alive(self) -> bool:
        """Whether a request may be tried."""
        return not self._closed and self._wire.alive

    async def request(self, method: str, params: JsonObject, exchange: Exchange) -> JsonObject:
        """Send one request and return its result object (see `Connection.request`)."""
        if "_meta" in params:
            raise HostBugError(f"params of {method} with a _meta of their own")
        try:
            result = await self.roundtrip(method, params, exchange)
            self._check_result(method, result, exchange)
        except HttpRefusal as refusal:
            if refusal.reply is None:
                raise
            raise _refused(refusal.reply, method) from refusal
        except ProtocolViolation as violation:
            raise self.violation(method, violation) from violation
        return result

    async def roundtrip(self, method: str, params: JsonObject, exchange: Exchange) -> JsonObject:
        """One request and its raw result; HTTP refusals come out as they are, but for those that a
        sign-in can change: then it is sent again, as a new request that is recorded anew.
        """
        visit = Visit(operation_of(method, params))
        while True:
            try:
                result = await self._once(method, params, exchange)
            except HttpRefusal as refusal:
                if refusal.challenge is None:
                    raise
                await self._admission.seek(refusal, visit, exchange)
                continue
            self._admission.settled(visit)
            return result

    async def _once(self, method: str, params: JsonObject, exchange: Exchange) -> JsonObject:
        if self._closed:
            raise ServerUnreachable(f"{self._config.title} is disconnected. Connect it again.")
        self._last = exchange
        call = Call(number=self._wire.next_id(), method=method, exchange=exchange)
        dressed, headers = self._dress(method, params, call)
        frame = OutboundFrame(
            method=method,
            request_id=call.id,
            body=encode_request(call.id, method, dressed),
            headers=headers,
        )
        reply = await self._run(call, frame)
        if isinstance(reply, ErrorResponse):
            raise _refused(reply, method)
        return reply.result

    def remember_tools(self, tools: Sequence[Tool]) -> None:
        """Note the latest listing."""
        self._tools = {tool.name: tool for tool in tools}

    def break_off(self) -> None:
        """Send not a byte more (see `Connection.break_off`)."""
        self._wire.break_off()

    def cut(self, why: str) -> None:
        """Fail what is in flight with *why* and let go without a word (see `Connection.cut`)."""
        self._parting = self._parting or f" {why}"
        self._closed = True
        self._wire.cut()
        for call in tuple(self._calls.values()):
            call.deadline.expire()
        for task in self._background:
            task.cancel()

    async def close(self) -> None:
        """Fail what is in flight, say goodbye, let go. Bounded in time."""
        if self._gone:
            return
        self._gone = True
        self._closed = True
        for call in tuple(self._calls.values()):
            call.deadline.expire()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.farewell):
                await self._quiet.wait()
        if self._background:
            await asyncio.wait(self._background, timeout=self._limits.farewell)
        for task in self._background:
            task.cancel()
        await self._wire.close(self._last)

    @property
    def authorization_context(self) -> str:
        """On whose behalf the server answers (see `Wire.authorization_context`)."""
        return self._wire.authorization_context

    @property
    def over_http(self) -> bool:
        """Whether the server is reached by HTTP."""
        return self._wire.over_http

    def violation(self, method: str, found: ProtocolViolation) -> ProtocolViolation:
        """*found* with the names of server and method, and what to do."""
        return ProtocolViolation(
            f"{self._config.title} broke the protocol in its answer to {method}: {found}. "
            "The answer was thrown away; report it to the server's author."
        )

    @abstractmethod
    def _dress(self, method: str, params: JsonObject, call: Call) -> tuple[JsonObject, Headers]:
        """*params* with `_meta`, and the headers that go with them."""

    @abstractmethod
    def _check_result(self, method: str, result: JsonObject, exchange: Exchange) -> None:
        """Raise `ProtocolViolation` when *result* is none."""

    @abstractmethod
    def _asked(self, request: Request, call: Call | None) -> None:
        """The server wants something; *call* owns the stream by which it asks."""

    @abstractmethod
    def _told(self, notification: Notification, call: Call | None) -> None:
        """The server says something that both eras do not share."""

    @abstractmethod
    def _list_changed(self, kind: str) -> None:
        """One of the server's lists changed: believe it or not."""

    @abstractmethod
    def _notification_headers(self) -> Headers:
        """The headers of a message that is no request."""

    async def _run(self, call: Call, frame: OutboundFrame) -> Any:
        self._calls[call.id] = call
        self._quiet.clear()
        try:
            async with call.deadline:
                return await self._wire.call(call, frame)
        except asyncio.CancelledError:
            self._abandon(call, "cancelled")
            raise
        except TimeoutError as error:
            if not call.deadline.expired:
                raise
            if self._closed:
                raise ServerUnreachable(
                    f"{self._config.title} was disconnected.{self._parting}"
                ) from error
            if call.let_go:
                raise ServerUnreachable(f"{self._config.title} let go of {call.method}.") from error
            self._abandon(call, "timed out")
            said = self._wire.last_words
            words = f" Its last words were: {said}." if said else ""
            raise ServerUnreachable(
                f"{self._config.title} did not answer {call.method} within "
                f"{call.exchange.deadline:g} seconds.{words} Try again, or look at the server."
            ) from error
        finally:
            del self._calls[call.id]
            call.finish()
            if not self._calls:
                self._quiet.set()

    def _abandon(self, call: Call, reason: str) -> None:
        """Tell the server that nobody waits any more, unless closing the stream says so."""
        said_by_closing = self._wire.over_http and self._cancels_by_closing
        if self._closed or not call.sent or said_by_closing or call.method in _NOT_CANCELLABLE:
            return
        frame = self._notification(mcp.CANCELLED, {"requestId": call.id, "reason": reason})
        self._spawn(self._tell(frame, call.exchange, self._limits.farewell))

    _cancels_by_closing = True

    def _notification(self, method: str, params: JsonObject | None = None) -> OutboundFrame:
        return OutboundFrame(
            method=method,
            request_id=None,
            body=encode_notification(method, params),
            headers=self._notification_headers(),
        )

    async def _tell(self, frame: OutboundFrame, exchange: Exchange, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._tell_admitted(frame, exchange)
        except TimeoutError as error:
            raise ServerUnreachable(
                f"{self._config.title} did not take {frame.method} in time. Connect it again."
            ) from error

    async def _tell_admitted(self, frame: OutboundFrame, exchange: Exchange) -> None:
        """A message without an answer asks nobody to sign in: what can be renewed in silence is,
        and it is sent once more; else it is dropped, and the next request is turned away itself.
        """
        try:
            await self._wire.tell(frame, exchange)
        except HttpRefusal as refusal:
            if refusal.challenge is None:
                raise
            try:
                if await self._admission.renew(refusal, exchange):
                    return await self._wire.tell(frame, exchange)
            except HttpRefusal as again:
                if again.challenge is None:
                    raise
            _log.info("%s wants a sign-in for %s: dropped", self._config.key, frame.method)

    def _receive(self, message: Request | Notification, call: Call | None) -> None:
        if isinstance(message, Request):
            self._limit(message, call)
        elif message.method == mcp.PROGRESS:
            self._progressed(message.params)
        else:
            kind = mcp.LIST_CHANGED.get(message.method)
            if kind is None:
                self._told(message, call)
            else:
                self._list_changed(kind)

    def _limit(self, request: Request, call: Call | None) -> None:
        """Let a question through, unless they come faster than anybody could mean them."""
        if self._questions.take(asyncio.get_running_loop().time()):
            self._flooding = False
            self._asked(request, call)
        elif not self._flooding:
            self._flooding = True
            self._refuse_elicitation(request, call, "too many in too short a time: dropped")

    def _progressed(self, params: JsonObject) -> None:
        token = params.get("progressToken")
        if isinstance(token, int) and not isinstance(token, bool) and token in self._calls:
            self._calls[token].progressed(params)

    def _announce(self, kind: str) -> None:
        """Report a changed list."""
        self._tell_host(f"list {kind}", lambda: self.on_list_changed, kind)

    def _announce_update(self, uri: str) -> None:
        """Report a changed resource, one of those that were asked for."""
        self._tell_host(f"resource {uri}", lambda: self.on_resource_updated, uri)

    def _tell_host(
        self, news: str, listener: Callable[[], Callable[[str], None] | None], what: str
    ) -> None:
        """Report *news* once for a burst and at most once a second."""
        loop = asyncio.get_running_loop()
        if self._announced.get(news, 0.0) > loop.time():
            return
        at = max(loop.time() + _COALESCE, self._announced.get(news, 0.0) + _ANNOUNCE_EVERY)
        self._announced[news] = at

        def report() -> None:
            hear = listener()
            if hear is not None and not self._closed:
                hear(what)

        loop.call_at(at, report)

    def _refuse_elicitation(self, request: Request, call: Call | None, why: str) -> None:
        """Leave a row: a server asked for input that nobody started."""
        exchange = call.exchange if call is not None else None
        self._audit.append_soon(
            AuditRecord(
                kind=AuditKind.ELICITATION_REFUSED,
                data={"method": one_line(request.method, limit=80), "reason": why},
                invocation=exchange.invocation if exchange is not None else None,
                server=self._config.key,
            )
        )

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._own(task)

    def _own(self, task: asyncio.Task[None]) -> None:
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        task.add_done_callback(self._look_at)

    def _look_at(self, task: asyncio.Task[None]) -> None:
        with suppress(asyncio.CancelledError):
            error = task.exception()
            if isinstance(error, McpHostError):
                _log.info("%s: %s", self._config.key, error)
            elif error is not None:
                _log.error("%s: a background task failed", self._config.key, exc_info=error)


def _refused(reply: ErrorResponse, method: str) -> ServerRefused:
    meaning = mcp.meaning_of(method, reply.code)
    return ServerRefused(reply.code, reply.untrusted_message, reply.data, meaning=meaning)
