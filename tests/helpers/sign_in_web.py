"""An authorization server and a resource that answer without a network, and a browser that agrees.

`Web` stands behind a real `Fetcher`: every request has passed the fetcher's own rules, and is noted
with its form. What it answers can be changed by a test.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from mcphost.domain.authorization import STRICT, AuthorizationSettings, Challenge
from mcphost.domain.ids import ServerKey
from mcphost.domain.server import HttpEndpoint, ServerConfig
from mcphost.servers.auth.desk import AuthorizationDesk
from mcphost.servers.auth.door import Answered, Asked
from mcphost.servers.auth.fetch import Fetcher
from tests.helpers.wiretap import MemoryAudit

SERVER = "https://mcp.example/mcp"
ISSUER = "https://as.example"
PRM = "https://mcp.example/.well-known/oauth-protected-resource/mcp"
AS = f"{ISSUER}/.well-known/oauth-authorization-server"
PUBLIC = "93.184.216.34"
REDIRECT = "http://127.0.0.1:7000/callback/x"
CHALLENGE = Challenge(status=401, scopes=("read",), untrusted_metadata_url=PRM, operation="op")


def metadata(issuer: str = ISSUER, **more: Any) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "registration_endpoint": f"{issuer}/register",
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
        **more,
    }


@dataclass
class MemoryBook:
    """A credential book that keeps nothing."""

    entries: dict[str, str] = field(default_factory=dict[str, str])

    async def load(self, name: str) -> str | None:
        return self.entries.get(name)

    async def save(self, name: str, secret: str) -> None:
        self.entries[name] = secret

    async def forget(self, name: str) -> None:
        self.entries.pop(name, None)


@dataclass
class Web:
    """The whole internet of a test."""

    pages: dict[str, Any] = field(default_factory=dict[str, Any])
    asked: list[Asked] = field(default_factory=list[Asked])
    at: list[str] = field(default_factory=list[str])
    addresses: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    tokens: int = 0
    more: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the next token answers hold besides."""
    refuses: str = ""
    """The error with which the token endpoint answers."""
    hold: asyncio.Event | None = None
    """Keeps the answer of the token endpoint back; *held* tells when it does."""
    held: asyncio.Event | None = None
    client_id: str = ""
    """What is registered, instead of one that tells its server."""

    def __post_init__(self) -> None:
        self.pages.setdefault(PRM, {"resource": SERVER, "authorization_servers": [ISSUER]})
        self.pages.setdefault(AS, metadata())

    async def resolve(self, host: str, port: int) -> tuple[str, ...]:
        return self.addresses.get(host, (PUBLIC,))

    async def ask(self, asked: Asked, address: str) -> Answered:
        self.asked.append(asked)
        self.at.append(address)
        path = urlsplit(asked.url).path
        if path == "/token":
            answer = self._token()
            if self.hold is not None and self.held is not None:
                self.held.set()
                await self.hold.wait()
            return answer
        if path == "/register":
            number = sum(1 for one in self.asked if one.url == asked.url)
            usual = f"client-{number}@{urlsplit(asked.url).hostname}"
            return _json(201, {"client_id": self.client_id or usual})
        page = self.pages.get(asked.url)
        return (
            Answered(status=404, media="", nonce=None, body=b"")
            if page is None
            else _json(200, page)
        )

    def _token(self) -> Answered:
        if self.refuses:
            return _json(400, {"error": self.refuses, "error_description": "call 555"})
        self.tokens += 1
        answer = {"access_token": f"token-{self.tokens}", "token_type": "Bearer", **self.more}
        return _json(200, answer)

    def forms(self, path: str = "/token") -> list[dict[str, str]]:
        """The forms posted to *path*."""
        return [
            dict(parse_qsl(one.body.decode()))
            for one in self.asked
            if urlsplit(one.url).path == path
        ]

    def urls(self) -> list[str]:
        return [one.url for one in self.asked]


def _json(status: int, document: Any) -> Answered:
    body = json.dumps(document).encode()
    return Answered(status=status, media="application/json", nonce=None, body=body)


@dataclass
class Browser:
    """A doorway behind which somebody agrees. *changes* tamper with the answer."""

    changes: dict[str, str | None] = field(default_factory=dict[str, str | None])
    visited: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    before: Callable[[], None] = lambda: None
    redirect_uri: str = REDIRECT

    async def visit(self, url: str) -> str:
        self.before()
        query = dict(parse_qsl(urlsplit(url).query))
        self.visited.append(query)
        fields: dict[str, str | None] = {"code": "code-1", "state": query["state"], **self.changes}
        kept = {name: value for name, value in fields.items() if value is not None}
        return f"{self.redirect_uri}?{urlencode(kept)}"


@dataclass
class House:
    """A desk on a `Web`."""

    web: Web = field(default_factory=Web)
    book: MemoryBook = field(default_factory=MemoryBook)
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    browser: Browser = field(default_factory=Browser)
    settings: AuthorizationSettings = STRICT
    url: str = SERVER
    now: float = 1_000_000.0

    def __post_init__(self) -> None:
        self.restart()

    @property
    def config(self) -> ServerConfig:
        return ServerConfig(
            key=ServerKey("shop"),
            title="Shop",
            endpoint=HttpEndpoint(url=self.url),
            authorization=self.settings,
        )

    def restart(self) -> None:
        """A new program on the same book."""
        fetcher = Fetcher(self.audit, user_agent="t", resolve=self.web.resolve, ask=self.web.ask)
        self.desk = AuthorizationDesk(
            self.book, self.audit, user_agent="t", clock=lambda: self.now, fetcher=fetcher
        )

    async def sign_in(self, challenge: Challenge | None = CHALLENGE) -> None:
        plan = await self.desk.plan(self.config, challenge, invocation="i-1")
        await self.desk.sign_in(plan, self.browser, invocation="i-1")

    async def shown(self, url: str = "") -> str | None:
        """What goes with a request as its `Authorization`."""
        found = await self.desk.credentials(self.config).headers("POST", url or self.url, "i-1")
        return dict(found).get("Authorization")

    async def renew(self, **changes: Any) -> bool:
        credentials = self.desk.credentials(self.config)
        refused = replace(CHALLENGE, **changes)
        await credentials.tokens()
        return await credentials.renew(refused, credentials.generation, "i-1")
