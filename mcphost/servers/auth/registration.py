"""How this program is known to an authorization server: in the order of the specification.

The ways: (1) registered in advance by a person, and only at the issuer it was used with first; (2)
a document that describes it, where the server takes documents; (3) what was registered before at
exactly this issuer, else anew; (4) a person has to enter an id. Nothing is registered before the
sign-in was agreed to. Loop thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from mcphost.domain.authorization import client_secret_name
from mcphost.domain.errors import UserFacingError
from mcphost.domain.json import JsonObject
from mcphost.domain.text import one_line
from mcphost.protocol.oauth_metadata import ServerMetadata
from mcphost.protocol.oauth_token import Registration, error_code, parse_registration
from mcphost.servers.auth.fetch import Errand, Fetcher
from mcphost.servers.auth.records import Records
from mcphost.servers.auth.token_endpoint import choose_auth_method

CLIENT_NAME: Final = "mcphost"
GRANT_TYPES: Final = ("authorization_code", "refresh_token")


class KnownAs(StrEnum):
    """In words, as `SignInPlan.known_as` says it."""

    IN_ADVANCE = "registered in advance"
    BY_DOCUMENT = "by a document on the web"
    ANEW = "registered anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    """Finds or makes a registration."""

    fetcher: Fetcher
    records: Records
    clock: Callable[[], float]

    async def way(self, errand: Errand, server: ServerMetadata) -> KnownAs:
        """How this program will be known. Raises `UserFacingError` when there is no way."""
        settings = errand.config.authorization
        if settings.client_id:
            await self._require_bound(errand, server)
            return KnownAs.IN_ADVANCE
        if settings.metadata_url and server.takes_documents:
            _require_document_url(settings.metadata_url)
            return KnownAs.BY_DOCUMENT
        if server.registration_endpoint is not None:
            return KnownAs.ANEW
        raise UserFacingError(
            f"the authorization server {one_line(server.issuer)} registers no programs by itself. "
            f"Register this one there, add {errand.config.title} anew and enter the client id."
        )

    async def client(
        self, way: KnownAs, errand: Errand, server: ServerMetadata, redirect_uri: str
    ) -> Registration:
        """The registration to sign in with. Raises as `Fetcher` does, and `UserFacingError`."""
        settings = errand.config.authorization
        match way:
            case KnownAs.IN_ADVANCE:
                await self.records.bind_issuer(errand.config, server.issuer)
                return await self._in_advance(errand, server)
            case KnownAs.BY_DOCUMENT:
                return Registration(client_id=settings.metadata_url)
            case KnownAs.ANEW:
                return await self._kept_or_new(errand, server, redirect_uri)

    async def _require_bound(self, errand: Errand, server: ServerMetadata) -> None:
        bound = errand.config.authorization.issuer or await self.records.bound_issuer(errand.config)
        if bound and bound != server.issuer:
            raise UserFacingError(
                f"this program was registered in advance at {one_line(bound)}, and "
                f"{errand.config.title} now wants a sign-in at {one_line(server.issuer)}. Nothing "
                "was sent there. If you know why, change client id and issuer in its settings."
            )

    async def _in_advance(self, errand: Errand, server: ServerMetadata) -> Registration:
        settings = errand.config.authorization
        secret = None
        if settings.client_secret:
            secret = await self.records.secret(client_secret_name(errand.config.key))
            if secret is None:
                raise UserFacingError(
                    f"the client secret of {errand.config.title} is not known any more: no keyring "
                    "kept it. Add the server anew with it."
                )
        method = choose_auth_method(
            server.auth_methods, has_secret=secret is not None, has_key=False
        )
        return Registration(client_id=settings.client_id, secret=secret, auth_method=method)

    async def _kept_or_new(
        self, errand: Errand, server: ServerMetadata, redirect_uri: str
    ) -> Registration:
        kept = await self.records.registration(server.issuer, redirect_uri)
        if kept is not None and (not kept.expires_at or kept.expires_at > self.clock() + 60):
            return kept
        made = await self._register(errand, server, redirect_uri)
        await self.records.keep_registration(server.issuer, redirect_uri, made)
        return made

    async def _register(
        self, errand: Errand, server: ServerMetadata, redirect_uri: str
    ) -> Registration:
        endpoint = server.registration_endpoint
        if endpoint is None:
            raise UserFacingError("the authorization server registers no programs by itself")
        methods = server.auth_methods
        method = (
            "none"
            if methods is not None and "none" in methods
            else choose_auth_method(methods, has_secret=True, has_key=False)
        )
        wanted: JsonObject = {
            "client_name": CLIENT_NAME,
            "redirect_uris": [redirect_uri],
            "grant_types": list(GRANT_TYPES),
            "response_types": ["code"],
            "token_endpoint_auth_method": method,
            "application_type": "native",
        }
        fetched = await self.fetcher.post_json(endpoint, wanted, step="registration", errand=errand)
        if fetched.status not in {200, 201}:
            code = error_code(fetched.document)
            raise UserFacingError(
                f"the authorization server {one_line(server.issuer)} did not register this program "
                f"({code or f'HTTP {fetched.status}'}).{_advice(code)}"
            )
        return parse_registration(fetched.document, asked_method=method)


def _require_document_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.path in {"", "/"} or parts.fragment:
        raise UserFacingError(
            f"“{one_line(url)}” cannot be the address of a document that describes this program: "
            "it starts with https:// and has a path. Add the server anew with the right one."
        )


def _advice(code: str) -> str:
    if code == "invalid_redirect_uri":
        return (
            " It does not take an address on this computer for the browser to come back to: "
            "register this program there yourself and add the server anew with the client id."
        )
    return " Register it there yourself and add the server anew with the client id."
