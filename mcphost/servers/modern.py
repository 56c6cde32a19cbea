"""A server of revision 2026-07-28: no session, everything travels with each request.

Law: (1) capabilities are declared per request and follow its lineage; (2) a result is read
strictly; (3) a server may not ask anything of its own accord: over HTTP that fails the call whose
stream it used, over stdio it is dropped; either way no answer is sent. Loop thread only.
"""

from __future__ import annotations

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.tool import ServerInfo
from mcphost.protocol import mcp
from mcphost.protocol.headers import (
    HeaderParameters,
    Headers,
    parameter_headers,
    request_headers,
)
from mcphost.protocol.jsonrpc import Notification, Request
from mcphost.servers.call import Call
from mcphost.servers.http import COMMON_HEADERS
from mcphost.servers.session import Session


class ModernConnection(Session):
    """A `Connection` to a server of 2026-07-28, over either transport."""

    def adopt(self, info: ServerInfo) -> None:
        """Take over what `server/discover` said."""
        self._info = info

    def _dress(self, method: str, params: JsonObject, call: Call) -> tuple[JsonObject, Headers]:
        exchange = call.exchange
        meta = mcp.request_meta(
            version=mcp.MODERN,
            client=self._client,
            elicitation=exchange.elicitation,
            progress_token=None if exchange.on_progress is None else call.id,
            traceparent=exchange.traceparent,
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

    def _told(self, notification: Notification, call: Call | None) -> None:
        """Nothing that comes unasked means anything here."""

    def _list_changed(self, kind: str) -> None:
        """Only a subscription could announce this, and none is open."""

    def _check_result(self, method: str, result: JsonObject) -> None:
        kind = mcp.parse_result_type(result)
        if kind is mcp.ResultType.INPUT_REQUIRED and method not in mcp.MAY_ASK_FOR_INPUT:
            raise ProtocolViolation("a question where only an answer is allowed")

    def _asked(self, request: Request, call: Call | None) -> None:
        if request.method == mcp.ELICITATION_CREATE:
            self._refuse_elicitation(request, call, "not part of a result (2026-07-28)")
        if call is not None:
            raise ProtocolViolation("a request of its own")
