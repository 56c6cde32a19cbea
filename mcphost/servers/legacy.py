"""A server of 2025-03-26 to 2025-11-25: a handshake, a session, and questions of its own.

Law: (1) `initialize`, then `notifications/initialized`, then everything else; (2) a question
reaches a person only through a call in flight that accepts input: the call by whose own stream it
came, else the only one there is; all others are refused and leave a row; (3) a session the server
has forgotten is opened again once, because a 404 says that nothing was done. Loop thread only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, cast

from mcphost.domain.errors import (
    McpHostError,
    ProtocolViolation,
    ServerError,
    ServerRefused,
    ServerUnreachable,
    UserFacingError,
)
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.ports import AuditSink, Exchange, InputRequest, OutboundFrame
from mcphost.domain.server import ServerConfig
from mcphost.domain.text import one_line
from mcphost.protocol import mcp
from mcphost.protocol.caching import related
from mcphost.protocol.headers import Headers
from mcphost.protocol.jsonrpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    Notification,
    Request,
    encode_error,
    encode_response,
)
from mcphost.protocol.subscriptions import UPDATED, Acknowledged, Filter
from mcphost.servers.call import Call
from mcphost.servers.http import COMMON_HEADERS
from mcphost.servers.limits import ServerLimits
from mcphost.servers.own_stream import OwnStream
from mcphost.servers.session import Session
from mcphost.servers.wire import HttpRefusal, Wire

_log = logging.getLogger(__name__)
_FORGOTTEN: Final = 404


class LegacyConnection(Session):
    """A `Connection` to a server that wants a handshake, over either transport."""

    _cancels_by_closing = False

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
        super().__init__(config, wire, client=client, limits=limits, audit=audit, exchange=exchange)
        self._open_questions = 0
        self._subscribed: frozenset[str] = frozenset()
        self._reopening = asyncio.Lock()
        self._own_stream = OwnStream(wire, limits, waiting=self._waiting)

    async def start(self, exchange: Exchange) -> None:
        """Shake hands. Raises `UserFacingError` for a revision the host does not speak."""
        try:
            result = await self._initialize(mcp.LEGACY_OFFERED, exchange)
        except ServerRefused as refusal:
            again = _version_in_common(refusal.data)
            if again is None:
                raise
            result = await self._initialize(again, exchange)
        await self._take_up(result, exchange)

    async def roundtrip(self, method: str, params: JsonObject, exchange: Exchange) -> JsonObject:
        """One request; a forgotten session is opened again and the request sent once more."""
        async with self._reopening:
            session = self._wire.session
        try:
            return await self._heard(method, params, exchange)
        except HttpRefusal as refusal:
            if refusal.status != _FORGOTTEN or session is None:
                raise
        await self._reopen(session, exchange)
        return await self._heard(method, params, exchange)

    async def _heard(self, method: str, params: JsonObject, exchange: Exchange) -> JsonObject:
        """One request, with open ears for what the server may ask before it answers."""
        if exchange.on_input is not None:
            await self._own_stream.ready(exchange, self._own)
        return await super().roundtrip(method, params, exchange)

    async def speaks_http_sse(self, exchange: Exchange) -> bool:
        """Whether a GET is answered as only a server of 2024-11-05 does."""
        try:
            async with asyncio.timeout(self._limits.connect):
                return await self._wire.offers_old_endpoint(exchange)
        except (TimeoutError, ServerError):
            return False

    async def attend(self, wanted: Filter, exchange: Exchange) -> None:
        """Hear of changes: subscribe to resources, and over HTTP hear the server's own stream as
        well. Raises `ServerUnreachable` when what it tells may have been missed.
        """
        for uri in sorted(self._subscribed - wanted.resources):
            with suppress(ServerRefused):
                await self.request(mcp.RESOURCES_UNSUBSCRIBE, {"uri": uri}, exchange)
        granted: set[str] = set()
        for uri in sorted(wanted.resources):
            with suppress(ServerRefused):
                await self.request(mcp.RESOURCES_SUBSCRIBE, {"uri": uri}, exchange)
                granted.add(uri)
        self._subscribed = frozenset(granted)
        await self._own_stream.ready(exchange, self._own)
        if self.on_acknowledged is not None:
            heard = Filter(lists=wanted.lists, resources=self._subscribed)
            self.on_acknowledged(Acknowledged(asked=wanted, granted=heard))
        await self._own_stream.lost()
        raise ServerUnreachable(f"{self.config.title} ended the stream of its own.")

    async def close(self) -> None:
        """Hang up first: nobody waits for a stream that has no end."""
        self._own_stream.stop()
        await super().close()

    def _waiting(self) -> Exchange | None:
        accepting = (c.exchange for c in self._calls.values() if c.exchange.on_input is not None)
        return next(accepting, None)

    async def _reopen(self, forgotten: str, exchange: Exchange) -> None:
        async with self._reopening:
            if self._wire.session != forgotten:
                return
            self._own_stream.stop()
            self._wire.forget_session()
            self._wire.version = ""
            await self.start(exchange)

    async def _initialize(self, version: str, exchange: Exchange) -> JsonObject:
        params: JsonObject = {
            "protocolVersion": version,
            "capabilities": mcp.client_capabilities(elicitation=True),
            "clientInfo": self._client,
        }
        return await super().roundtrip(mcp.INITIALIZE, params, exchange)

    async def _take_up(self, result: JsonObject, exchange: Exchange) -> None:
        try:
            info = mcp.parse_server_info_legacy(result)
        except ProtocolViolation as violation:
            raise self.violation(mcp.INITIALIZE, violation) from violation
        if info.protocol_version not in mcp.LEGACY_ACCEPTED:
            raise UserFacingError(
                f"{self.config.title} speaks revision {info.protocol_version} of the protocol, "
                "which this program does not. Update the server."
            )
        self._info = info
        self._wire.version = info.protocol_version
        await self._tell(
            self._notification(mcp.INITIALIZED), exchange, min(exchange.deadline, 30.0)
        )

    def _dress(self, method: str, params: JsonObject, call: Call) -> tuple[JsonObject, Headers]:
        exchange = call.exchange
        headers = self._notification_headers()
        if method == mcp.INITIALIZE:
            return params, headers
        meta = mcp.legacy_meta(
            progress_token=None if exchange.on_progress is None else call.id,
            traceparent=exchange.traceparent,
        )
        return ({**params, "_meta": meta} if meta else params), headers

    def _notification_headers(self) -> Headers:
        if not self._wire.over_http:
            return ()
        if not self._wire.version:
            return COMMON_HEADERS
        return (*COMMON_HEADERS, ("MCP-Protocol-Version", self._wire.version))

    def _check_result(self, method: str, result: JsonObject, exchange: Exchange) -> None:
        # Older revisions have no such key; what it means later must not be smuggled in.
        if mcp.parse_result_type(result) is not mcp.ResultType.COMPLETE:
            raise ProtocolViolation("a resultType, which its revision does not have")

    def _list_changed(self, kind: str) -> None:
        self._announce(kind)

    def _told(self, notification: Notification, call: Call | None) -> None:
        if notification.method == UPDATED:
            self._updated(notification.params.get("uri"))
        if notification.method != mcp.CANCELLED:
            return
        withdrawn = notification.params.get("requestId")
        if isinstance(withdrawn, int | str):
            for candidate in (call,) if call is not None else tuple(self._calls.values()):
                candidate.withdraw(withdrawn)

    def _updated(self, untrusted_uri: Json) -> None:
        if not isinstance(untrusted_uri, str):
            return
        for uri in sorted(self._subscribed):
            if related(untrusted_uri, uri):
                self._announce_update(uri)

    def _asked(self, request: Request, call: Call | None) -> None:
        if self._open_questions >= self._limits.server_requests:
            _log.info("%s asks too much at once: %s dropped", self.config.key, request.method)
            return
        owner = call
        if request.method == mcp.ELICITATION_CREATE:
            owner = self._asker(request, call)
        if owner is not None and owner.answering(request.id):
            return
        self._open_questions += 1
        work = self._answer(request, owner)
        if owner is not None and request.method == mcp.ELICITATION_CREATE:
            owner.start(request.id, work, self._answered)
            return
        task = asyncio.ensure_future(work)
        self._own(task)
        task.add_done_callback(self._settled)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._settled(task)
        self._look_at(task)

    def _settled(self, task: asyncio.Task[None]) -> None:
        del task
        self._open_questions -= 1

    def _asker(self, request: Request, call: Call | None) -> Call | None:
        """The call on whose behalf a person may be asked, or None and a row in the log.

        That is the call whose own stream the question came by. On stdio, and on the stream of an
        HTTP server's own, nothing says what a question belongs to: only a single candidate will do.
        """
        candidates = (call,) if call is not None else tuple(self._calls.values())
        accepting = [c for c in candidates if c.exchange.on_input is not None]
        if len(accepting) == 1:
            return accepting[0]
        why = "several requests" if accepting else "no request in flight"
        self._refuse_elicitation(request, call, f"{why} could have accepted input")
        return None

    async def _answer(self, request: Request, owner: Call | None) -> None:
        exchange = owner.exchange if owner is not None else self._last
        frame = OutboundFrame(
            method=f"response:{one_line(request.method, limit=80)}",
            request_id=request.id,
            body=await self._answer_body(request, owner),
            headers=self._notification_headers(),
        )
        await self._tell(frame, exchange, self._limits.connect)

    async def _answer_body(self, request: Request, owner: Call | None) -> bytes:
        if request.method == mcp.PING:
            return encode_response(request.id, {})
        if request.method != mcp.ELICITATION_CREATE:
            return encode_error(request.id, METHOD_NOT_FOUND, "This host does not offer that.")
        if owner is None or owner.exchange.on_input is None:
            return encode_error(request.id, INVALID_PARAMS, "No request accepts input now.")
        question = InputRequest(method=request.method, untrusted_params=request.params)
        try:
            with owner.deadline.held():
                result = await owner.exchange.on_input(question)
        except ServerRefused as refusal:
            return encode_error(request.id, refusal.code, refusal.server_message)
        except McpHostError as error:
            _log.info("%s: the question was not answered: %s", self.config.key, error)
            return encode_error(request.id, INTERNAL_ERROR, "The question was not answered.")
        return encode_response(request.id, result)


def _version_in_common(untrusted_data: object) -> str | None:
    """The newest revision that both speak, from an old server's refusal of `initialize`."""
    offered = mcp.object_or_empty(cast("Json", untrusted_data)).get("supported")
    if not isinstance(offered, Sequence) or isinstance(offered, str):
        return None
    common = mcp.LEGACY_ACCEPTED.intersection(v for v in offered if isinstance(v, str))
    return max(common - {mcp.LEGACY_OFFERED}, default=None)
