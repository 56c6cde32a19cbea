"""A server of revision 2026-07-28: no session, everything travels with each request.

Law: (1) capabilities are declared per request and follow its lineage; (2) a result is read
strictly; (3) a complete answer that its server lets us keep may be given again, to the same
credentials only; (4) a server may not ask anything of its own accord: over HTTP that fails the call
whose stream it used, over stdio it is dropped; either way no answer is sent; (5) it is heard
unasked only by a subscription, and what it says there voids what was kept. Loop thread only.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from mcphost.domain.errors import ProtocolViolation, ServerRefused
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.ports import AuditSink, Exchange, OutboundFrame
from mcphost.domain.server import ServerConfig
from mcphost.domain.tool import ServerInfo
from mcphost.protocol import mcp
from mcphost.protocol.headers import (
    HeaderParameters,
    Headers,
    parameter_headers,
    request_headers,
)
from mcphost.protocol.jsonrpc import Notification, Request
from mcphost.protocol.subscriptions import (
    ACKNOWLEDGED,
    LISTEN,
    UPDATED,
    Acknowledged,
    ListChanged,
    Listening,
    ResourceUpdated,
    parse_filter,
    subscription_of,
)
from mcphost.servers.cache import Asker, ResponseCache
from mcphost.servers.call import Call
from mcphost.servers.http import COMMON_HEADERS
from mcphost.servers.limits import ServerLimits
from mcphost.servers.session import Session
from mcphost.servers.wire import Wire

_TOOLS_MAY_DIFFER: Final = frozenset({-32601, -32602, mcp.HEADER_MISMATCH})
"""Refusals of a call after which the tools that were listed are not what the server goes by."""
_BY_SUBSCRIPTION_ONLY: Final = frozenset({ACKNOWLEDGED, UPDATED, *mcp.LIST_CHANGED})


class ModernConnection(Session):
    """A `Connection` to a server of 2026-07-28, over either transport."""

    def __init__(
        self,
        config: ServerConfig,
        wire: Wire,
        *,
        client: JsonObject,
        limits: ServerLimits,
        audit: AuditSink,
        exchange: Exchange,
        cache: ResponseCache,
    ) -> None:
        super().__init__(config, wire, client=client, limits=limits, audit=audit, exchange=exchange)
        self._cache = cache
        self._context = wire.authorization_context
        self._listening: dict[int, Listening] = {}
        self.unbelieved = 0
        """What came unasked and outside of what a subscription may tell."""

    @property
    def asker(self) -> Asker:
        """On whose behalf the server is asked now."""
        return Asker(
            server=self._config.key,
            identity=self._config.identity,
            version=mcp.MODERN,
            context=self._wire.authorization_context,
        )

    @property
    def bridgeable(self) -> bool:
        """Whether an older answer may stand in: a local server that fails has no network."""
        return self.alive and self._wire.over_http

    async def request(self, method: str, params: JsonObject, exchange: Exchange) -> JsonObject:
        """Send one request, unless a kept answer is good (see `Connection.request`)."""
        fetch = partial(super().request, method, params, exchange)
        if self._wire.authorization_context != self._context:
            self._context = self._wire.authorization_context
            self._cache.forget(self._config.key, self._config.identity)
        if not self.alive:
            return await fetch()
        try:
            return await self._cache.answer(self, method, params, exchange, fetch)
        except ServerRefused as refusal:
            if method == mcp.TOOLS_CALL and refusal.code in _TOOLS_MAY_DIFFER:
                self._cache.list_changed(self._config.identity, "tools")
            raise

    async def close(self) -> None:
        """Let go; what this connection brought is not good for the next one."""
        self._cache.forget(self._config.key, self._config.identity)
        await super().close()

    def adopt(self, info: ServerInfo) -> None:
        """Take over what `server/discover` said."""
        self._info = info

    def _dress(self, method: str, params: JsonObject, call: Call) -> tuple[JsonObject, Headers]:
        exchange = call.exchange
        if method == LISTEN:
            self._listening[call.id] = Listening(call.id, parse_filter(params))
        meta = mcp.request_meta(
            version=mcp.MODERN,
            client=self._client,
            elicitation=exchange.elicitation,
            progress_token=None if exchange.on_progress is None else call.id,
            traceparent=exchange.traceparent,
            tasks=exchange.tasks,
        )
        dressed: JsonObject = {**params, "_meta": meta}
        headers = self._headers(method, params, exchange.mirrored) if self._wire.over_http else ()
        return dressed, headers

    def _headers(
        self, method: str, params: JsonObject, decided: HeaderParameters | None
    ) -> Headers:
        headers = (*COMMON_HEADERS, *request_headers(mcp.MODERN, method, params))
        if method != mcp.TOOLS_CALL:
            return headers
        mirrored = decided if decided is not None else self._listed(params.get("name"))
        return (*headers, *parameter_headers(mirrored, params.get("arguments")))

    def _listed(self, name: Json) -> HeaderParameters:
        tool = self._tools.get(name) if isinstance(name, str) else None
        return () if tool is None else tool.header_parameters

    def _notification_headers(self) -> Headers:
        return ()

    async def _run(self, call: Call, frame: OutboundFrame) -> Any:
        try:
            return await super()._run(call, frame)
        finally:
            self._listening.pop(call.id, None)

    def _receive(self, message: Request | Notification, call: Call | None) -> None:
        if isinstance(message, Request) or (call is None and message.method == mcp.PROGRESS):
            super()._receive(message, call)
        elif call is None and message.method == mcp.CANCELLED:
            self._told(message, self._lasting(message.params.get("requestId")))
        elif call is None:
            self._hear(self._listening.get(subscription_of(message.params) or 0), message)
        elif call.lasting and message.method != mcp.CANCELLED:
            self._hear(self._listening.get(call.id), message)
        elif not call.lasting and message.method in _BY_SUBSCRIPTION_ONLY:
            self.unbelieved += 1
        else:
            super()._receive(message, call)

    def _hear(self, listening: Listening | None, message: Notification) -> None:
        news = None if listening is None else listening.hear(message)
        identity = self._config.identity
        match news:
            case None:
                self.unbelieved += 1
            case ListChanged(kind=kind):
                self._cache.list_changed(identity, kind)
                self._announce(kind)
            case ResourceUpdated(resource=resource, told=told):
                self._cache.resource_updated(identity, told)
                self._cache.resource_updated(identity, resource)
                self._announce_update(resource)
            case Acknowledged():
                # Until now nobody would have heard of a change.
                self._cache.forget(self._config.key, identity)
                if self.on_acknowledged is not None:
                    self.on_acknowledged(news)

    def _lasting(self, untrusted_id: Json) -> Call | None:
        number = untrusted_id if isinstance(untrusted_id, int) else 0
        return self._calls.get(number) if number in self._listening else None

    def _told(self, notification: Notification, call: Call | None) -> None:
        """Nothing that comes unasked means anything here, but that a subscription is over."""
        named = notification.params.get("requestId")
        if call is None or notification.method != mcp.CANCELLED or self._lasting(named) is not call:
            self.unbelieved += 1
        else:
            call.lose()

    def _list_changed(self, kind: str) -> None:
        """Only a subscription announces this; see `_hear`."""

    def _check_result(self, method: str, result: JsonObject, exchange: Exchange) -> None:
        # The text of the extension shows `tasks/get` answered with either kind: both are taken.
        tasks = exchange.tasks and method in mcp.MAY_BECOME_TASK | {mcp.TASKS_GET}
        kind = mcp.parse_result_type(result, tasks=tasks)
        if kind is mcp.ResultType.INPUT_REQUIRED and method not in mcp.MAY_ASK_FOR_INPUT:
            raise ProtocolViolation("a question where only an answer is allowed")

    def _asked(self, request: Request, call: Call | None) -> None:
        if request.method == mcp.ELICITATION_CREATE:
            self._refuse_elicitation(request, call, "not part of a result (2026-07-28)")
        if call is not None:
            raise ProtocolViolation("a request of its own")
