"""Finding the authorization server of a server: its own metadata first, then the issuer's.

The steps: (1) the resource's metadata where the challenge says, else by path, else at the root; (2)
it must be about this server; (3) one of its authorization servers is chosen: the one a person
named, else the one that is known already, else the first; (4) its metadata, in the order of the
specification; (5) which must name exactly that issuer. There is no guessing: what revision
2025-03-26 assumed of a server without metadata is assumed only where a person allowed it.
Loop thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mcphost.domain.authorization import Challenge
from mcphost.domain.errors import ServerUnreachable, UserFacingError
from mcphost.domain.text import one_line
from mcphost.protocol.oauth_metadata import (
    ResourceMetadata,
    ServerMetadata,
    assumed_server,
    canonical_resource,
    origin_of,
    parse_resource_metadata,
    parse_server_metadata,
    resource_metadata_urls,
    server_metadata_urls,
)
from mcphost.servers.auth.fetch import Errand, Fetched, Fetcher

_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A server's resource and the authorization server for it."""

    resource: str
    scopes: tuple[str, ...]
    server: ServerMetadata
    assumed: bool = False
    """No word of its own: its endpoints are what 2025-03-26 lets a client assume."""


async def discover(
    fetcher: Fetcher, errand: Errand, challenge: Challenge | None, *, known_issuer: str
) -> Found:
    """Where to sign in. Raises `UserFacingError` or `ServerUnreachable`."""
    if errand.readable:
        raise UserFacingError(
            f"{errand.config.title} wants a sign-in and is reached by http://, where others could "
            "read the token on its way. Nothing was sent. Add the server anew with its https:// "
            "address."
        )
    resource = await _resource(fetcher, errand, challenge)
    if resource is None:
        return await _assumed(fetcher, errand)
    issuer = _choose(resource.authorization_servers, errand, known_issuer)
    server = await _server(fetcher, errand, issuer)
    if server is None:
        raise UserFacingError(
            f"the authorization server {one_line(issuer)} publishes no metadata, so it cannot be "
            "trusted with a sign-in. Report it to whoever runs the server."
        )
    return Found(resource=resource.resource, scopes=resource.scopes, server=server)


async def _resource(
    fetcher: Fetcher, errand: Errand, challenge: Challenge | None
) -> ResourceMetadata | None:
    named = None if challenge is None else challenge.untrusted_metadata_url
    urls = resource_metadata_urls(errand.url) if named is None else (named,)
    for url in urls:
        fetched = await fetcher.get(url, step="resource metadata", errand=errand)
        if _usable(fetched):
            return parse_resource_metadata(
                fetched.document, server_url=errand.url, loopback=errand.loopback
            )
    if named is not None:
        raise UserFacingError(
            f"{errand.config.title} says where its metadata is, and there is none. Nobody can sign "
            "in to it. Report it to whoever runs it."
        )
    return None


def _choose(servers: tuple[str, ...], errand: Errand, known_issuer: str) -> str:
    wanted = errand.config.authorization.issuer
    if wanted and wanted not in servers:
        raise UserFacingError(
            f"{errand.config.title} no longer names {one_line(wanted)} as its authorization "
            "server, where this program was registered in advance. Nothing was sent to the other. "
            "If you know why, add the server anew with that issuer and a client id there."
        )
    if wanted:
        return wanted
    return known_issuer if known_issuer in servers else servers[0]


async def _server(fetcher: Fetcher, errand: Errand, issuer: str) -> ServerMetadata | None:
    for url in server_metadata_urls(issuer):
        try:
            fetched = await fetcher.get(url, step="authorization server metadata", errand=errand)
        except ServerUnreachable:
            continue
        if _usable(fetched):
            return parse_server_metadata(fetched.document, issuer=issuer, loopback=errand.loopback)
    return None


async def _assumed(fetcher: Fetcher, errand: Errand) -> Found:
    if not errand.config.authorization.legacy_endpoints:
        raise UserFacingError(
            f"{errand.config.title} wants a sign-in but does not say where (it has no metadata). "
            "If you know it for a server of 2025-03-26 that signs people in itself, allow that in "
            "its settings; else report it to whoever runs it."
        )
    origin = origin_of(errand.url)
    server = await _server(fetcher, errand, origin)
    return Found(
        resource=canonical_resource(errand.url),
        scopes=(),
        server=server or assumed_server(origin),
        assumed=server is None,
    )


def _usable(fetched: Fetched) -> bool:
    return fetched.status == _OK and bool(fetched.document)
