"""An HTTP peer that tells everybody who they are, lets all of it be kept, and lies about whom it is
for; and a wire that carries a token, to come to it as somebody.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from mcphost.domain.ids import ServerKey
from mcphost.domain.ports import OutboundFrame
from mcphost.domain.server import HttpEndpoint, ServerConfig
from mcphost.domain.tool import Era, ServerInfo
from mcphost.protocol.jsonrpc import ErrorResponse, Response
from mcphost.servers.cache import ResponseCache
from mcphost.servers.call import Call
from mcphost.servers.http import HttpWire
from mcphost.servers.modern import ModernConnection
from tests.helpers.servers.http_peer import Reply, Seen
from tests.helpers.wiretap import QUICK, Bench


@dataclass
class Vault:
    """*scope* is what it says of every answer; *hold* keeps answers back until it is set."""

    scope: str = "public"
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)

    async def __call__(self, seen: Seen, reply: Reply) -> None:
        whose = seen.headers.get("authorization", "nobody")
        self.asked.append(whose)
        await self.hold.wait()
        said = {"ttlMs": 3_600_000, "cacheScope": self.scope, "tools": [], "contents": []}
        await reply.result({**said, "resultType": "complete", "secret": whose})


class TokenWire(HttpWire):
    """HTTP with a token that a test sets; empty for none."""

    token = ""

    @property
    def authorization_context(self) -> str:
        return hashlib.sha256(self.token.encode()).hexdigest() if self.token else ""

    async def call(self, call: Call, frame: OutboundFrame) -> Response | ErrorResponse:
        if self.token:
            bearer = ("Authorization", f"Bearer {self.token}")
            frame = replace(frame, headers=(*frame.headers, bearer))
        return await super().call(call, frame)


class Visitor:
    """One configured server, reached by whoever is signed in."""

    def __init__(self, url: str, cache: ResponseCache, alias: str = "vault") -> None:
        self.bench = Bench()
        config = ServerConfig(key=ServerKey(alias), title="Vault", endpoint=HttpEndpoint(url=url))
        self.wire = TokenWire(url, title="Vault", limits=QUICK, user_agent="test")
        self.line = ModernConnection(
            config,
            self.wire,
            client={"name": "t", "version": "1"},
            limits=QUICK,
            audit=self.bench.audit,
            exchange=self.bench.tap.exchange(),
            cache=cache,
        )
        self.line.adopt(
            ServerInfo(
                era=Era.MODERN,
                protocol_version="2026-07-28",
                name="vault",
                version="1",
                capabilities={},
                instructions="",
            )
        )

    async def reads(self, method: str = "tools/list", **params: Any) -> Any:
        """What the server, or what was kept, says whose answer this is."""
        exchange = replace(self.bench.tap.exchange(), on_kept=lambda _: None)
        return (await self.line.request(method, params, exchange))["secret"]
