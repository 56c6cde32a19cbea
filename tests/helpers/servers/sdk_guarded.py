"""A server on the official SDK that is its own authorization server: `sdk_guarded PORT LIFE`.

It registers programs by itself (DCR), shows a consent page, gives tokens of LIFE seconds, renews
them, and wants the scope `write` for one tool. `/issued` tells what secrets there were, `/expire`
makes every access token too old at once.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections import defaultdict
from urllib.parse import parse_qs

import uvicorn
from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizationParams,
    OAuthAuthorizationServerProvider,
    RefreshToken,
    construct_redirect_uri,
)
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken
from pydantic import AnyHttpUrl
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PORT, LIFE = int(sys.argv[1]), int(sys.argv[2])
BASE = f"http://127.0.0.1:{PORT}"
RESOURCE = f"{BASE}/mcp"
WRITING = "plant"


class Provider(OAuthAuthorizationServerProvider[AuthorizationCode, RefreshToken, AccessToken]):
    """Everything in memory."""

    def __init__(self) -> None:
        self.clients: dict[str, OAuthClientInformationFull] = {}
        self.waiting: dict[str, tuple[str, AuthorizationParams]] = {}
        self.codes: dict[str, AuthorizationCode] = {}
        self.access: dict[str, AccessToken] = {}
        self.renewals: dict[str, RefreshToken] = {}
        self.issued: defaultdict[str, list[str]] = defaultdict(list)

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        return self.clients.get(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        self.clients[client_info.client_id or ""] = client_info
        self.issued["client_secret"].append(client_info.client_secret or "")

    async def authorize(
        self, client: OAuthClientInformationFull, params: AuthorizationParams
    ) -> str:
        number = secrets.token_hex(8)
        self.waiting[number] = (client.client_id or "", params)
        return f"{BASE}/consent?number={number}"

    def agreed(self, number: str) -> str:
        client, params = self.waiting.pop(number)
        code = AuthorizationCode(
            code=f"code-{secrets.token_hex(20)}",
            scopes=params.scopes or ["read"],
            expires_at=time.time() + 60,
            client_id=client,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
        )
        self.codes[code.code] = code
        self.issued["code"].append(code.code)
        return construct_redirect_uri(str(params.redirect_uri), code=code.code, state=params.state)

    async def load_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: str
    ) -> AuthorizationCode | None:
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: AuthorizationCode
    ) -> OAuthToken:
        del self.codes[authorization_code.code]
        return self._tokens(client, authorization_code.scopes, authorization_code.resource)

    async def load_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: str
    ) -> RefreshToken | None:
        return self.renewals.get(refresh_token)

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: RefreshToken, scopes: list[str]
    ) -> OAuthToken:
        del self.renewals[refresh_token.token]
        self.issued["renewed"].append(refresh_token.token)
        return self._tokens(client, scopes, refresh_token.resource)

    async def load_access_token(self, token: str) -> AccessToken | None:
        found = self.access.get(token)
        return None if found is None or (found.expires_at or 0) < time.time() else found

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        self.access.pop(token.token, None)

    def _tokens(
        self, client: OAuthClientInformationFull, scopes: list[str], resource: str | None
    ) -> OAuthToken:
        who = client.client_id or ""
        access, refresh = f"access-{secrets.token_hex(20)}", f"refresh-{secrets.token_hex(20)}"
        self.access[access] = AccessToken(
            token=access,
            client_id=who,
            scopes=scopes,
            expires_at=int(time.time()) + LIFE,
            resource=resource,
        )
        self.renewals[refresh] = RefreshToken(
            token=refresh, client_id=who, scopes=scopes, resource=resource
        )
        self.issued["access"].append(access)
        self.issued["refresh"].append(refresh)
        return OAuthToken(
            access_token=access, refresh_token=refresh, expires_in=LIFE, scope=" ".join(scopes)
        )


provider = Provider()
server = MCPServer(
    "guarded",
    version="1",
    auth_server_provider=provider,
    auth=AuthSettings(
        issuer_url=AnyHttpUrl(BASE),
        resource_server_url=AnyHttpUrl(RESOURCE),
        required_scopes=["read"],
        validate_token_resource=True,
        client_registration_options=ClientRegistrationOptions(
            enabled=True, valid_scopes=["read", "write"], default_scopes=["read", "write"]
        ),
    ),
)


@server.tool()
def look() -> str:
    """What grows."""
    return "kale grows"


@server.tool(name=WRITING)
def plant(crop: str) -> str:
    """Put something into the ground."""
    return f"planted {crop}"


@server.custom_route("/consent", methods=["GET"])
async def consent(request: Request) -> Response:
    number = request.query_params["number"]
    if request.query_params.get("agreed"):
        return RedirectResponse(provider.agreed(number), status_code=302)
    return HTMLResponse(f'<a class="approve" href="{BASE}/consent?number={number}&amp;agreed=1">')


@server.custom_route("/issued", methods=["GET"])
async def issued(_request: Request) -> Response:
    return JSONResponse(provider.issued)


@server.custom_route("/expire", methods=["GET"])
async def expire(_request: Request) -> Response:
    provider.access.clear()
    return JSONResponse({})


class Watch:
    """Notes verifiers, and wants one scope more for one tool, as the SDK itself cannot."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if scope["path"] == "/token":
            form = parse_qs(body.decode())
            provider.issued["verifier"] += form.get("code_verifier", [])
        if scope["path"] == "/mcp" and _writes(body) and not _may_write(scope):
            await _refusal(scope, receive, send)
            return
        sent = False

        async def again() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)


def _writes(body: bytes) -> bool:
    message = json.loads(body)
    return message.get("method") == "tools/call" and message["params"]["name"] == WRITING


def _may_write(scope: Scope) -> bool:
    shown = dict(scope["headers"]).get(b"authorization", b"").decode().partition(" ")[2]
    found = provider.access.get(shown)
    return found is None or "write" in found.scopes  # the SDK refuses what it does not know


_refusal = Response(
    status_code=403,
    headers={"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="write"'},
)

if __name__ == "__main__":
    app = Watch(server.streamable_http_app(host="127.0.0.1"))
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="error")
