"""The scenarios of the official suite that are about signing in.

Law: (1) the whole path is walked: policy, consent, row, then a doorway; only the browser is stood
in for, by one that follows a single redirect and never asks anybody; (2) a scenario in which
signing in has to fail is done when it failed for that reason and no token was sent.

Used by `conformance`; loop thread.
"""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.client import HTTPMessage
from typing import IO, Final
from urllib.error import HTTPError

from mcphost.cli.conformance_acts import Act, Stage, call_everything
from mcphost.domain.authorization import AuthorizationSettings, Doorway
from mcphost.domain.errors import McpHostError, UserFacingError
from mcphost.domain.json import JsonObject
from mcphost.domain.links import require_web_link
from mcphost.domain.secret import Secret
from mcphost.domain.server import ServerConfig
from mcphost.servers.auth.records import MachineGrant

REDIRECT_URI: Final = "http://localhost:3000/callback"
DOCUMENT: Final = "https://conformance-test.local/client-metadata.json"
_SECONDS: Final = 20.0


class StandInDoorway:
    """A browser in which somebody agrees at once: it asks the page and reads where it leads."""

    redirect_uri = REDIRECT_URI

    async def visit(self, url: str) -> str:
        """The address to which the authorization server sends the browser."""
        return await asyncio.to_thread(_location, url)


@asynccontextmanager
async def stand_in_door(config: ServerConfig) -> AsyncGenerator[Doorway]:
    """A doorway for one attempt."""
    del config
    yield StandInDoorway()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        return None


def _location(url: str) -> str:
    link = require_web_link(url)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay())
    try:
        opener.open(link.url, timeout=_SECONDS).close()
    except HTTPError as answer:
        with answer:
            location = answer.headers.get("Location")
        if answer.code in {301, 302, 303} and location:
            return location
    raise UserFacingError("the authorization server did not send the browser back")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthScene:
    """How a scenario is set up, and what is done in it."""

    act: Act = call_everything
    settings: Callable[[JsonObject], AuthorizationSettings] = field(
        default=lambda _context: AuthorizationSettings()
    )
    secret: bool = False
    """The suite gives a client secret that was registered in advance."""
    grant: Callable[[JsonObject], MachineGrant] | None = None
    fails: str = ""
    """A part of the words by which the sign-in has to fail; empty: it has to succeed."""


def text(context: JsonObject, name: str) -> str:
    """A text that the suite gives. Raises `UserFacingError`."""
    value = context.get(name)
    if not isinstance(value, str):
        raise UserFacingError(f"the suite gives no {name}")
    return value


def _registered(context: JsonObject) -> AuthorizationSettings:
    return AuthorizationSettings(client_id=text(context, "client_id"), client_secret=True)


def _document(context: JsonObject) -> AuthorizationSettings:
    del context
    return AuthorizationSettings(metadata_url=DOCUMENT)


def _legacy(context: JsonObject) -> AuthorizationSettings:
    del context
    return AuthorizationSettings(legacy_endpoints=True)


def _by_key(context: JsonObject) -> MachineGrant:
    return MachineGrant(
        kind="client_credentials",
        client_id=text(context, "client_id"),
        private_key=Secret(text(context, "private_key_pem")),
        algorithm=text(context, "signing_algorithm"),
    )


def _by_secret(context: JsonObject) -> MachineGrant:
    return MachineGrant(
        kind="client_credentials",
        client_id=text(context, "client_id"),
        client_secret=Secret(text(context, "client_secret")),
    )


def _by_enterprise(context: JsonObject) -> MachineGrant:
    return MachineGrant(
        kind="enterprise",
        client_id=text(context, "client_id"),
        client_secret=Secret(text(context, "client_secret")),
        id_token=Secret(text(context, "idp_id_token")),
        idp_issuer=text(context, "idp_issuer"),
        idp_client_id=text(context, "idp_client_id"),
        idp_token_endpoint=text(context, "idp_token_endpoint"),
    )


def _by_workload(context: JsonObject) -> MachineGrant:
    return MachineGrant(
        kind="workload",
        client_id=text(context, "client_id"),
        assertion=Secret(text(context, "valid_jwt")),
    )


async def call_twice(stage: Stage) -> None:
    """Call everything, and again: between the two the authorization server is another."""
    await call_everything(stage)
    await call_everything(stage)


_PLAIN: Final = AuthScene()
_MIX_UP: Final = AuthScene(fails="does not come from the authorization server")

AUTH_SCENARIOS: Final[Mapping[str, AuthScene]] = {
    "auth/metadata-default": _PLAIN,
    "auth/metadata-var1": _PLAIN,
    "auth/metadata-var2": _PLAIN,
    "auth/metadata-var3": _PLAIN,
    "auth/basic-cimd": AuthScene(settings=_document),
    "auth/scope-from-www-authenticate": _PLAIN,
    "auth/scope-from-scopes-supported": _PLAIN,
    "auth/scope-omitted-when-undefined": _PLAIN,
    "auth/scope-step-up": _PLAIN,
    "auth/scope-retry-limit": AuthScene(fails="not content after"),
    "auth/token-endpoint-auth-basic": _PLAIN,
    "auth/token-endpoint-auth-post": _PLAIN,
    "auth/token-endpoint-auth-none": _PLAIN,
    "auth/pre-registration": AuthScene(settings=_registered, secret=True),
    "auth/2025-03-26-oauth-metadata-backcompat": AuthScene(settings=_legacy),
    "auth/2025-03-26-oauth-endpoint-fallback": AuthScene(settings=_legacy),
    "auth/resource-mismatch": AuthScene(fails="about another resource"),
    "auth/offline-access-scope": _PLAIN,
    "auth/offline-access-not-supported": _PLAIN,
    "auth/authorization-server-migration": AuthScene(act=call_twice),
    "auth/iss-supported": _PLAIN,
    "auth/iss-not-advertised": _PLAIN,
    "auth/iss-supported-missing": _MIX_UP,
    "auth/iss-wrong-issuer": _MIX_UP,
    "auth/iss-unexpected": _MIX_UP,
    "auth/iss-normalized": _MIX_UP,
    "auth/metadata-issuer-mismatch": AuthScene(fails="calls itself"),
    "auth/client-credentials-jwt": AuthScene(grant=_by_key),
    "auth/client-credentials-basic": AuthScene(grant=_by_secret),
    "auth/enterprise-managed-authorization": AuthScene(grant=_by_enterprise),
    "auth/wif-jwt-bearer": AuthScene(grant=_by_workload),
    "auth/dpop": _PLAIN,
    "auth/dpop-nonce": _PLAIN,
}


async def set_up(stage: Stage, scene: AuthScene, config: ServerConfig) -> None:
    """Configure the server as the scenario wants it; it is not connected yet."""
    await stage.host.add_server(config, keep=False)
    if scene.secret:
        await stage.host.keep_client_secret(config.key, text(stage.context, "client_secret"))
    if scene.grant is not None:
        await stage.host.sign_in_by_machine(config.key, scene.grant(stage.context))


async def fail_as_told(stage: Stage, scene: AuthScene) -> None:
    """Connect and call; that has to fail for the scenario's reason."""
    try:
        await stage.host.connect(stage.server)
        await scene.act(stage)
    except McpHostError as refusal:
        if scene.fails in str(refusal):
            return
        raise UserFacingError(f"it failed for another reason: {refusal}") from refusal
    raise UserFacingError("the sign-in succeeded, and should not have")
