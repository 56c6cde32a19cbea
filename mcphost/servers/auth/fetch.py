"""Fetching what signing in needs, so that no server can send this program where it pleases.

The steps of every fetch: (0) the kill switch is not on, unless a token is being given back; (1) the
address is https, or http on this computer for a server that is
there itself; (2) its name is resolved, and every answer must be fit: public, or as near as the
server that a person configured is; (3) a row with the address is durable; (4) the request goes to
the very address that was checked; (5) the answer is bounded and read strictly.

Law: no step is skipped; no body and no query of any address is ever part of a message or a row.
Loop thread.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias
from urllib.parse import urlencode

from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.errors import ProtocolViolation, ServerUnreachable, UserFacingError
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import JsonObject, canonical_bytes
from mcphost.domain.links import Link, parse_link
from mcphost.domain.ports import AuditSink
from mcphost.domain.server import HttpEndpoint, ServerConfig
from mcphost.domain.text import one_line
from mcphost.policy.addresses import Reach, reach_of
from mcphost.protocol.jsonrpc import object_or_empty, parse_json
from mcphost.protocol.oauth_metadata import origin_of, require_address
from mcphost.servers.auth import door

Resolver: TypeAlias = Callable[[str, int], Awaitable[tuple[str, ...]]]
Ask: TypeAlias = Callable[[door.Asked, str], Awaitable[door.Answered]]
Permit: TypeAlias = Callable[[ServerKey], None]
REVOCATION: Final = "revocation"
"""The step by which tokens are given back: also by somebody who has just stopped everything."""
MAX_DEPTH: Final = 16
RESOLVE_SECONDS: Final = 8.0
MAX_ADDRESSES: Final = 3
"""How many addresses of a name are tried: whoever owns the name may give it hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """For whom something is fetched: the configured server, and the walk whose row it is."""

    config: ServerConfig
    invocation: str

    @property
    def url(self) -> str:
        """The server's own address. Raises `UserFacingError` for a local command."""
        match self.config.endpoint:
            case HttpEndpoint(url=url):
                return url
            case _:
                raise UserFacingError(
                    f"{self.config.title} is a local command: there is nothing to sign in to."
                )

    @property
    def loopback(self) -> bool:
        """Whether the server itself is on this computer, so that its sign-in may be too."""
        try:
            return parse_link(self.url).loopback
        except ValueError:
            return False

    @property
    def readable(self) -> bool:
        """Whether others could read on the way what the server is shown."""
        return not self.loopback and not origin_of(self.url).startswith("https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A status and the JSON object in the answer; an empty object when there was none."""

    status: int
    document: JsonObject
    nonce: str | None


class Fetcher:
    """Made once by the desk."""

    def __init__(
        self,
        audit: AuditSink,
        *,
        user_agent: str,
        permit: Permit | None = None,
        resolve: Resolver | None = None,
        ask: Ask | None = None,
    ) -> None:
        """*permit* raises for a server that nothing may be fetched for. *resolve* and *ask* are the
        system's and the network's unless a test brings its own.
        """
        self._audit = audit
        self._permit = permit or _nobody_is_stopped
        self._resolve = resolve or _resolve_by_system
        self._ask: Ask = ask or partial(door.ask, user_agent=user_agent)

    async def get(self, url: str, *, step: str, errand: Errand) -> Fetched:
        """Fetch a document. Raises `UserFacingError` or `ServerUnreachable`."""
        return await self._send(door.Asked(verb="GET", url=url), step, errand)

    async def post_form(
        self,
        url: str,
        fields: Mapping[str, str],
        *,
        step: str,
        errand: Errand,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Fetched:
        """Post a form. Raises as `get` does."""
        kind = ("Content-Type", "application/x-www-form-urlencoded")
        body = urlencode(fields).encode()
        asked = door.Asked(verb="POST", url=url, headers=(kind, *headers), body=body)
        return await self._send(asked, step, errand)

    async def post_json(
        self, url: str, document: JsonObject, *, step: str, errand: Errand
    ) -> Fetched:
        """Post a document. Raises as `get` does."""
        kind = ("Content-Type", "application/json")
        asked = door.Asked(verb="POST", url=url, headers=(kind,), body=canonical_bytes(document))
        return await self._send(asked, step, errand)

    async def _send(self, asked: door.Asked, step: str, errand: Errand) -> Fetched:
        if step != REVOCATION:
            self._permit(errand.config.key)
        link = parse_link(require_address(asked.url, step, loopback=errand.loopback))
        addresses = await self._fit(link, asked.url, errand)
        for address in addresses[:MAX_ADDRESSES]:
            await self._record(asked, address, step, errand)
            if step != REVOCATION:
                self._permit(errand.config.key)
            try:
                answered = await self._ask(asked, address)
            except OSError:
                continue
            return Fetched(
                status=answered.status, document=_document(answered), nonce=answered.nonce
            )
        raise ServerUnreachable(
            f"{one_line(origin_of(asked.url))} cannot be reached. Is it running, and is this "
            "computer online?"
        )

    async def _record(self, asked: door.Asked, address: str, step: str, errand: Errand) -> None:
        await self._audit.append(
            AuditRecord(
                kind=AuditKind.AUTHORIZATION_REQUEST,
                data={
                    "verb": asked.verb,
                    "step": step,
                    "origin": one_line(origin_of(asked.url)),
                    "address": address,
                },
                invocation=errand.invocation or None,
                server=errand.config.key,
            )
        )

    async def _fit(self, link: Link, url: str, errand: Errand) -> tuple[str, ...]:
        """The addresses of *link*, all of them fit to be asked."""
        port = int(origin_of(url).rpartition(":")[2]) if _has_port(url) else _port_of(link)
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                addresses = await self._resolve(link.host, port)
        except (OSError, TimeoutError) as error:
            raise ServerUnreachable(f"the name {link.host_shown} cannot be resolved.") from error
        allowed = _allowed(link, errand)
        for address in addresses:
            if reach_of(address) not in allowed:
                raise UserFacingError(
                    f"{link.host_shown} leads to {one_line(address)}, a private or special "
                    f"address, where {errand.config.title} has no business to send this program. "
                    "Nothing was fetched. Report it to whoever runs the server."
                )
        if not addresses:
            raise ServerUnreachable(f"the name {link.host_shown} has no address.")
        return addresses


def _allowed(link: Link, errand: Errand) -> frozenset[Reach]:
    """How near *link* may be: nearer than the internet only where the server itself is."""
    if errand.loopback and link.loopback:
        return frozenset({Reach.LOOPBACK})
    try:
        own = parse_link(errand.url).host
    except ValueError:
        own = ""
    if link.host == own:
        return frozenset({Reach.PUBLIC, Reach.PRIVATE})
    return frozenset({Reach.PUBLIC})


def _document(answered: door.Answered) -> JsonObject:
    if answered.media != "application/json" and not answered.media.endswith("+json"):
        return {}
    try:
        return object_or_empty(
            parse_json(answered.body, max_bytes=door.MAX_BODY, max_depth=MAX_DEPTH)
        )
    except ProtocolViolation:
        return {}


def _has_port(url: str) -> bool:
    return origin_of(url).rpartition("://")[2].rpartition("]")[2].count(":") > 0


def _port_of(link: Link) -> int:
    return 443 if link.scheme == "https" else 80


def _nobody_is_stopped(server: ServerKey) -> None:
    del server


async def _resolve_by_system(host: str, port: int) -> tuple[str, ...]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
