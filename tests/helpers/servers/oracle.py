"""A recording server of either era: it answers one fixed scenario and writes down what came.

As a module, `oracle ERA FILE`, it speaks over standard input and output and leaves the frames in
FILE, one a line; `over_http` is the same server on the test's own loop.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.helpers.servers.http_peer import HttpPeer, Reply, Seen, peer

Send = Callable[[dict[str, Any]], Awaitable[None]]
MODERN, LEGACY = "2026-07-28", "2025-11-25"
SESSION = "session-1"
FORM = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
QUESTION = {"mode": "form", "message": "Who is it?", "requestedSchema": FORM}
STATE = "v1.\u00fc\u2028 opaque"
TEXTS = {"type": "object", "properties": {"text": {"type": "string"}}}
SHAPE = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
REGION = {
    "type": "object",
    "properties": {"region": {"type": "string", "x-mcp-header": "Region"}, **TEXTS["properties"]},
}
PAGES: dict[str | None, dict[str, Any]] = {
    None: {
        "tools": [
            {"name": "greet", "inputSchema": TEXTS},
            {"name": "fail", "inputSchema": TEXTS},
            {"name": "shape", "inputSchema": TEXTS, "outputSchema": SHAPE},
        ],
        "nextCursor": "",
    },
    "": {
        "tools": [
            {"name": name, "inputSchema": REGION if name == "ship" else TEXTS}
            for name in ("ship", "slow", "ask", "hang")
        ]
    },
}
HINTS = {"ttlMs": 0, "cacheScope": "private"}


class Oracle:
    """Answers messages of one era."""

    def __init__(self, era: str) -> None:
        self.modern = era == "modern"
        self.hanging = asyncio.Event()
        """Set once the call that is never answered is here."""
        self._replies: dict[Any, asyncio.Future[dict[str, Any]]] = {}

    async def handle(self, message: dict[str, Any], send: Send) -> None:
        """Answer one message through *send*."""
        if "method" not in message:
            self._replies[message["id"]].set_result(message)
            return
        if "id" not in message:
            return

        async def answer(result: dict[str, Any], **hints: Any) -> None:
            kind = {"resultType": "complete", **hints} if self.modern else {}
            await send({"jsonrpc": "2.0", "id": message["id"], "result": {**kind, **result}})

        async def refuse(code: int) -> None:
            error = {"code": code, "message": "no"}
            await send({"jsonrpc": "2.0", "id": message["id"], "error": error})

        await self._answer(message, send, answer, refuse)

    async def _answer(self, message: dict[str, Any], send: Send, answer: Any, refuse: Any) -> None:
        params = message.get("params", {})
        capabilities = {"tools": {}, "resources": {}, "prompts": {}, "completions": {}}
        info = {"name": "oracle", "version": "1"}
        match message["method"]:
            case "server/discover" if self.modern:
                about = {"_meta": {"io.modelcontextprotocol/serverInfo": info}}
                versions = {"supportedVersions": [MODERN], "capabilities": capabilities}
                await answer({**versions, **about}, **HINTS)
            case "initialize" if not self.modern:
                said = {"protocolVersion": LEGACY, "capabilities": capabilities}
                await answer({**said, "serverInfo": info})
            case "tools/list":
                await answer(PAGES[params.get("cursor")], **HINTS)
            case "resources/read":
                contents = [{"uri": params["uri"], "mimeType": "text/plain", "text": "here"}]
                await answer({"contents": contents}, **HINTS)
            case "prompts/get":
                content = {"type": "text", "text": "speak"}
                await answer({"messages": [{"role": "user", "content": content}]})
            case "tools/call":
                await self._call(params, message["id"], send, answer)
            case _:
                await refuse(-32601)

    async def _call(self, params: dict[str, Any], id: Any, send: Send, answer: Any) -> None:
        text = {"content": [{"type": "text", "text": "done"}]}
        match params["name"]:
            case "fail":
                await answer({**text, "isError": True})
            case "shape":
                await answer({**text, "structuredContent": {"n": 1}})
            case "slow":
                token = params.get("_meta", {}).get("progressToken")
                told = {"progressToken": token, "progress": 1, "total": 2, "message": "half"}
                note = {"method": "notifications/progress", "params": told}
                await send({"jsonrpc": "2.0", **note})
                await answer(text)
            case "hang":
                self.hanging.set()
                await asyncio.Event().wait()
            case "ask" if self.modern and "inputResponses" not in params:
                question = {"method": "elicitation/create", "params": QUESTION}
                asked = {"inputRequests": {"who": question}, "requestState": STATE}
                await answer(asked, resultType="input_required")
            case "ask" if not self.modern:
                self._replies["q-1"] = asyncio.get_running_loop().create_future()
                await send(
                    {
                        "jsonrpc": "2.0",
                        "id": "q-1",
                        "method": "elicitation/create",
                        "params": QUESTION,
                    }
                )
                await self._replies["q-1"]
                await answer(text)
            case _:
                await answer(text)


@asynccontextmanager
async def over_http(era: str) -> AsyncIterator[tuple[HttpPeer, Oracle]]:
    """The server on the loop of the test."""
    oracle = Oracle(era)

    async def script(seen: Seen, reply: Reply) -> None:
        message = seen.message
        if seen.verb == "GET":
            await reply.status(405)
        elif "method" not in message or "id" not in message:
            if message:
                await oracle.handle(message, reply.event)
            await reply.status(202 if message else 200)
        elif message["method"] in {"server/discover"} and era == "legacy":
            await reply.error(-32000, "Unsupported protocol version")
        elif message["method"] == "tools/call" and message["params"]["name"] in {
            "slow",
            "ask",
            "hang",
        }:
            await oracle.handle(message, reply.event)
        else:
            status = 404 if message["method"] == "completion/complete" and era == "modern" else 200
            extra = [f"Mcp-Session-Id: {SESSION}"] if message["method"] == "initialize" else []

            async def send(answer: dict[str, Any]) -> None:
                await reply.json(answer, status, *extra)

            await oracle.handle(message, send)

    async with peer(script) as it:
        yield it, oracle


async def over_stdio(era: str, record: Path) -> None:
    """The server on standard input and output."""
    oracle = Oracle(era)
    reader = asyncio.StreamReader(limit=2**24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    tasks: set[asyncio.Task[None]] = set()

    async def send(message: dict[str, Any]) -> None:
        print(json.dumps(message), flush=True)

    with record.open("ab", buffering=0) as file:
        while line := await reader.readline():
            file.write(line)
            tasks.add(asyncio.ensure_future(oracle.handle(json.loads(line), send)))


if __name__ == "__main__":
    asyncio.run(over_stdio(sys.argv[1], Path(sys.argv[2])))
