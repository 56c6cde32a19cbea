"""What a resource and an authorization server say of themselves: RFC 9728, RFC 8414 and OIDC.

Law: pure; (1) an issuer is compared as the exact string it is, never normalised; (2) a document
that does not fit the place it came from is not used at all; (3) every address in it is https, or
http on this computer where that was allowed, and nothing that two parsers could read differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from mcphost.domain.errors import UserFacingError
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.links import parse_link
from mcphost.domain.text import one_line
from mcphost.protocol.oauth_scopes import checked_scopes

RESOURCE_WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
SERVER_WELL_KNOWN: Final = "/.well-known/oauth-authorization-server"
OIDC_WELL_KNOWN: Final = "/.well-known/openid-configuration"
MAX_LISTED: Final = 100
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class Pkce(StrEnum):
    """What an authorization server says of S256."""

    SUPPORTED = "supported"
    UNSTATED = "unstated"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceMetadata:
    """RFC 9728. *resource* is the exact string, already found to cover the server."""

    resource: str
    authorization_servers: tuple[str, ...]
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerMetadata:
    """RFC 8414 or OIDC, as far as it matters here. *issuer* is the exact string."""

    issuer: str
    token_endpoint: str
    authorization_endpoint: str | None = None
    registration_endpoint: str | None = None
    revocation_endpoint: str | None = None
    pkce: Pkce = Pkce.UNSTATED
    states_iss: bool = False
    takes_documents: bool = False
    """`client_id_metadata_document_supported`."""
    scopes: tuple[str, ...] = ()
    auth_methods: tuple[str, ...] | None = None
    grant_types: tuple[str, ...] | None = None
    dpop_algorithms: tuple[str, ...] = ()


def resource_metadata_urls(server_url: str) -> tuple[str, ...]:
    """Where a resource's metadata may be when the challenge does not say: by path, then root."""
    origin, path = _split(server_url)
    by_path = f"{origin}{RESOURCE_WELL_KNOWN}{path}"
    root = f"{origin}{RESOURCE_WELL_KNOWN}"
    return (root,) if path in {"", "/"} else (by_path, root)


def server_metadata_urls(issuer: str) -> tuple[str, ...]:
    """Where the metadata of *issuer* may be, in the order of the specification."""
    origin, path = _split(issuer)
    path = path.rstrip("/")
    if not path:
        return (f"{origin}{SERVER_WELL_KNOWN}", f"{origin}{OIDC_WELL_KNOWN}")
    return (
        f"{origin}{SERVER_WELL_KNOWN}{path}",
        f"{origin}{OIDC_WELL_KNOWN}{path}",
        f"{origin}{path}{OIDC_WELL_KNOWN}",
    )


def canonical_resource(server_url: str) -> str:
    """The URI of RFC 8707 of a server: lower-case scheme and host, nothing that means nothing."""
    parts = urlsplit(server_url)
    origin, path = _split(server_url)
    path = "" if path == "/" else path
    return f"{origin}{path}" + (f"?{parts.query}" if parts.query else "")


def covers(resource: str, server_url: str) -> bool:
    """Whether *resource* is *server_url*, or one of its parents on the same origin."""
    try:
        wide, narrow = urlsplit(resource), urlsplit(server_url)
        if _split(resource)[0] != _split(server_url)[0] or not _plain(resource):
            return False
    except ValueError:
        return False
    if wide.query and wide.query != narrow.query:
        return False
    above, below = wide.path.rstrip("/"), narrow.path.rstrip("/")
    return above == below or (not wide.query and below.startswith(f"{above}/"))


def parse_resource_metadata(
    untrusted: JsonObject, *, server_url: str, loopback: bool
) -> ResourceMetadata:
    """The metadata of the server at *server_url*. Raises `UserFacingError`."""
    resource = untrusted.get("resource")
    if not isinstance(resource, str) or not covers(resource, server_url):
        raise UserFacingError(
            f"the server's metadata is about another resource, “{one_line(str(resource))}”. "
            "Nothing was sent there. Report it to whoever runs the server."
        )
    servers = _strings(untrusted.get("authorization_servers"), "authorization_servers") or ()
    if not servers:
        raise UserFacingError(
            "the server's metadata names no authorization server. Report it to whoever runs it."
        )
    return ResourceMetadata(
        resource=resource,
        authorization_servers=tuple(_issuer(one, loopback=loopback) for one in servers),
        scopes=checked_scopes(_strings(untrusted.get("scopes_supported"), "scopes") or ()),
    )


def parse_server_metadata(untrusted: JsonObject, *, issuer: str, loopback: bool) -> ServerMetadata:
    """The metadata of exactly *issuer*. Raises `UserFacingError`."""
    said = untrusted.get("issuer")
    if said != issuer:
        raise UserFacingError(
            f"the authorization server {one_line(issuer)} calls itself “{one_line(str(said))}”. "
            "That may be an attempt to mix two of them up: it was not used. Report it to whoever "
            "runs the server."
        )
    token = _address(untrusted, "token_endpoint", loopback=loopback)
    if token is None:
        raise UserFacingError(f"the authorization server {one_line(issuer)} has no token endpoint")
    return ServerMetadata(
        issuer=issuer,
        token_endpoint=token,
        authorization_endpoint=_address(untrusted, "authorization_endpoint", loopback=loopback),
        registration_endpoint=_address(untrusted, "registration_endpoint", loopback=loopback),
        revocation_endpoint=_address(untrusted, "revocation_endpoint", loopback=loopback),
        pkce=_pkce(untrusted),
        states_iss=untrusted.get("authorization_response_iss_parameter_supported") is True,
        takes_documents=untrusted.get("client_id_metadata_document_supported") is True,
        scopes=checked_scopes(_strings(untrusted.get("scopes_supported"), "scopes") or ()),
        auth_methods=_strings(
            untrusted.get("token_endpoint_auth_methods_supported"), "auth methods"
        ),
        grant_types=_strings(untrusted.get("grant_types_supported"), "grant types"),
        dpop_algorithms=_strings(
            untrusted.get("dpop_signing_alg_values_supported"), "DPoP algorithms"
        )
        or (),
    )


def assumed_server(origin: str) -> ServerMetadata:
    """What revision 2025-03-26 lets a client assume of a server without any metadata."""
    return ServerMetadata(
        issuer=origin,
        token_endpoint=f"{origin}/token",
        authorization_endpoint=f"{origin}/authorize",
        registration_endpoint=f"{origin}/register",
    )


def origin_of(url: str) -> str:
    """Scheme, host and port of *url*, in canonical form."""
    return _split(url)[0]


def require_address(untrusted: str, what: str, *, loopback: bool) -> str:
    """*untrusted* unchanged, when it is https, or http on this computer where *loopback* allows it.

    Raises `UserFacingError`.
    """
    try:
        link = parse_link(untrusted)
        if not untrusted.isascii():
            raise ValueError("it holds letters that an address has to spell out")
        if "#" in untrusted:
            raise ValueError("it has a # part")
        if link.scheme != "https" and not (link.scheme == "http" and link.loopback and loopback):
            raise ValueError(f"{link.scheme}: is not https")
    except ValueError as error:
        raise UserFacingError(
            f"the {what} “{one_line(untrusted)}” was not used: {error}. Report it to whoever runs "
            "the server."
        ) from error
    return untrusted


def _issuer(untrusted: str, *, loopback: bool) -> str:
    issuer = require_address(untrusted, "authorization server", loopback=loopback)
    if "?" in issuer:
        raise UserFacingError(
            f"the authorization server “{one_line(issuer)}” was not used: an issuer has no query."
        )
    return issuer


def _address(untrusted: JsonObject, name: str, *, loopback: bool) -> str | None:
    value = untrusted.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise UserFacingError(f"the authorization server's {name} is no text; it was not used")
    return require_address(value, name.replace("_", " "), loopback=loopback)


def _pkce(untrusted: JsonObject) -> Pkce:
    name = "code_challenge_methods_supported"
    if name not in untrusted:
        return Pkce.UNSTATED
    methods = _strings(untrusted[name], name) or ()
    return Pkce.SUPPORTED if "S256" in methods else Pkce.UNSUPPORTED


def _strings(value: Json, what: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, str | Mapping) or not isinstance(value, list | tuple):
        raise UserFacingError(f"the {what} of the server's metadata are no list; it was not used")
    strings = tuple(one for one in value if isinstance(one, str))
    if len(strings) != len(value) or len(strings) > MAX_LISTED:
        raise UserFacingError(
            f"the {what} of the server's metadata are no list of texts, or too long a one"
        )
    return strings


def _plain(resource: str) -> bool:
    """Whether every reader of *resource* reads the same in it: no user name, no # part, no spaces
    and nothing outside of ASCII.
    """
    visible = resource.isascii() and resource.isprintable() and " " not in resource
    return visible and "#" not in resource and "@" not in urlsplit(resource).netloc


def _split(url: str) -> tuple[str, str]:
    """Canonical origin and path. Raises `ValueError`."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    shown = "" if port is None or port == _DEFAULT_PORTS.get(scheme) else f":{port}"
    return f"{scheme}://{host}{shown}", parts.path
