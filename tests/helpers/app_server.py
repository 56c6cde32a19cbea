"""Somebody else's MCP server, over HTTP on loopback, in a thread of its own: a few tools, each with
an App, and a memory of every byte that came. A test says where it misbehaves.

    with AppServer(Thing("look")) as server: ...
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mcphost.domain.ids import ServerKey
from mcphost.domain.server import HttpEndpoint, ServerConfig
from tests.helpers.servers.http_peer import Reply, Script, Seen, legacy, modern, peer
from tests.helpers.wire_schema import seen_faults

SECONDS = 45.0
HTML = "<!doctype html><title>App</title><p>hello"
MIME = "text/html;profile=mcp-app"
Answer = Callable[[Seen, Reply], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One tool. *answer* replaces the friendly result of a call; *wrong* replaces its schema."""

    name: str
    visibility: tuple[str, ...] = ("model", "app")
    says: str = "fine"
    answer: Answer | None = None
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "object"})
    output: dict[str, Any] | None = None
    app: bool = False
    meta: dict[str, Any] = field(default_factory=dict)
    """What stands in its `_meta` beside `ui`."""

    @property
    def uri(self) -> str:
        return f"ui://shop/{self.name}.html"

    def definition(self) -> dict[str, Any]:
        ui = {"visibility": list(self.visibility)} | ({"resourceUri": self.uri} if self.app else {})
        whole = {"name": self.name, "inputSchema": self.schema, "_meta": {"ui": ui, **self.meta}}
        return whole if self.output is None else {**whole, "outputSchema": self.output}


SPANS = "application/x-protobuf"
"""What a stand-in for a collector gets: no message, and no JSON."""


class AppServer:
    """See the module. *html* and *meta* are the template of every App; *before* sees each request
    first and may answer it instead (returns whether it did). *old*: it speaks 2025-11-25.
    """

    def __init__(self, *things: Thing, key: str = "shop", old: bool = False) -> None:
        self.things = {thing.name: thing for thing in things}
        self.key = ServerKey(key)
        older = partial(legacy, capabilities={"tools": {}, "resources": {}})
        self._speaking = older if old else modern
        self.html = HTML
        self.meta: dict[str, Any] = {}
        self.before: Callable[[Seen, Reply], Awaitable[bool]] | None = None
        self.seen: list[Seen] = []
        self._up: Future[str] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="app")
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event

    def __enter__(self) -> AppServer:
        self._thread.start()
        self.url = self._up.result(SECONDS)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(SECONDS)
        messages = [seen for seen in self.seen if seen.headers.get("content-type") != SPANS]
        assert [fault for seen in messages for fault in seen_faults(seen)] == []

    @property
    def config(self) -> ServerConfig:
        return ServerConfig(key=self.key, title=self.key, endpoint=HttpEndpoint(url=self.url))

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The parameters of every call that came, without `_meta`."""
        came = [seen.message["params"] for seen in self.seen if seen.method == "tools/call"]
        return [{k: v for k, v in params.items() if k != "_meta"} for params in came]

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with peer(self._first(self._speaking(self._answer))) as it:
            self._up.set_result(it.url)
            await self._stop.wait()

    def _first(self, then: Script) -> Script:
        async def script(seen: Seen, reply: Reply) -> None:
            self.seen.append(seen)
            if self.before is None or not await self.before(seen, reply):
                await then(seen, reply)

        return script

    async def _answer(self, seen: Seen, reply: Reply) -> None:
        params = seen.message.get("params", {})
        match seen.method:
            case "tools/list":
                await reply.result({"tools": [t.definition() for t in self.things.values()]})
            case "resources/list":
                await reply.result({"resources": []})
            case "resources/read":
                content = {"uri": params["uri"], "mimeType": MIME, "text": self.html}
                if self.meta:
                    content["_meta"] = {"ui": self.meta}
                await reply.result({"contents": [content]})
            case "tools/call":
                await self._call(self.things[params["name"]], seen, reply)
            case _:
                await reply.error(-32601, "no such method", 404)

    async def _call(self, thing: Thing, seen: Seen, reply: Reply) -> None:
        if thing.answer is not None:
            await thing.answer(seen, reply)
        else:
            await reply.result({"content": [{"type": "text", "text": thing.says}]})
