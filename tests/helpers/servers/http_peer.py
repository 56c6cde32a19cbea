"""A hand-written HTTP peer on the test's own loop: answers as scripted, and records what came.

A script is `async def script(seen, reply)`; `reply` can be well-behaved (`json`, `event`) or not
(`raw`). Each connection serves requests until a script closes it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

HEAD_END = b"\r\n\r\n"


@dataclass
class Seen:
    verb: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        return json.loads(self.body) if self.body else {}

    @property
    def method(self) -> str:
        return self.message.get("method", "")


class Reply:
    """The sending side of one request."""

    def __init__(self, writer: asyncio.StreamWriter, seen: Seen) -> None:
        self.writer = writer
        self.seen = seen
        self.streaming = False

    async def raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: int, *headers: str) -> None:
        lines = [f"HTTP/1.1 {status} x", *headers, "", ""]
        await self.raw("\r\n".join(lines).encode())

    async def status(self, status: int, body: bytes = b"", *headers: str) -> None:
        await self.head(status, f"Content-Length: {len(body)}", *headers)
        await self.raw(body)

    async def json(self, message: Any, status: int = 200, *headers: str) -> None:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        await self.status(status, body, "Content-Type: application/json", *headers)

    async def result(self, result: dict[str, Any], *headers: str) -> None:
        message = {"jsonrpc": "2.0", "id": self.seen.message["id"], "result": result}
        if self.streaming:
            await self.event(message)
        else:
            await self.json(message, 200, *headers)

    async def error(self, code: int, text: str, status: int = 400, data: Any = None) -> None:
        error = {"code": code, "message": text} | ({} if data is None else {"data": data})
        identity = self.seen.message.get("id")
        await self.json({"jsonrpc": "2.0", "id": identity, "error": error}, status)

    async def event(self, message: Any, *lines: str) -> None:
        if not self.streaming:
            self.streaming = True
            await self.head(200, "Content-Type: text/event-stream", "Connection: close")
        data = message if isinstance(message, str) else json.dumps(message)
        await self.raw(("\n".join([*lines, f"data: {data}"]) + "\n\n").encode())


Script = Callable[[Seen, Reply], Awaitable[None]]


@dataclass
class HttpPeer:
    script: Script
    seen: list[Seen] = field(default_factory=list)
    url: str = ""
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client hangs up while its request is being served."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def methods(self) -> list[str]:
        return [s.method or s.verb for s in self.seen]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while (seen := await _read(reader)) is not None:
                    self.seen.append(seen)
                    reply = Reply(writer, seen)
                    await self._answer(reader, seen, reply)
                    if reply.streaming or writer.is_closing():
                        break
        except asyncio.CancelledError:
            pass
        finally:
            self.tasks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, seen: Seen, reply: Reply) -> None:
        work = asyncio.ensure_future(self.script(seen, reply))
        gone = asyncio.ensure_future(_hang_up(reader))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                self.closed.set()
            elif work.exception() is not None:
                with suppress(ConnectionError):
                    work.result()
        finally:
            work.cancel()
            gone.cancel()


async def _hang_up(reader: asyncio.StreamReader) -> None:
    while not reader.at_eof() and reader.exception() is None:
        await asyncio.sleep(0.005)


async def _read(reader: asyncio.StreamReader) -> Seen | None:
    head = await reader.readuntil(HEAD_END)
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    verb, path, _ = first.split(" ")
    headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(verb, path, headers, body)


@asynccontextmanager
async def peer(script: Script) -> AsyncIterator[HttpPeer]:
    it = HttpPeer(script)
    server = await asyncio.start_server(it.serve, "127.0.0.1", 0)
    it.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
    try:
        yield it
    finally:
        server.close()
        for task in tuple(it.tasks):
            task.cancel()
        await asyncio.gather(*it.tasks, return_exceptions=True)
        await server.wait_closed()


DISCOVERED = {
    "resultType": "complete",
    "supportedVersions": ["2026-07-28"],
    "capabilities": {"tools": {}},
    "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "peer", "version": "1"}},
}


def modern(script: Script) -> Script:
    """*script* for everything but `server/discover`."""

    async def answer(seen: Seen, reply: Reply) -> None:
        if seen.method == "server/discover":
            await reply.result(DISCOVERED)
        else:
            await script(seen, reply)

    return answer


def legacy(
    script: Script,
    *,
    version: str = "2025-11-25",
    session: str | None = "s-1",
    capabilities: dict[str, Any] | None = None,
) -> Script:
    """*script* behind a handshake of an older revision."""

    async def answer(seen: Seen, reply: Reply) -> None:
        match seen.method:
            case "server/discover":
                await reply.error(-32000, "Unsupported protocol version")
            case "initialize":
                info = {"name": "old", "version": "1"}
                extra = [] if session is None else [f"Mcp-Session-Id: {session}"]
                result = {
                    "protocolVersion": version,
                    "capabilities": capabilities or {},
                    "serverInfo": info,
                }
                await reply.result(result, *extra)
            case "" if seen.verb == "DELETE":
                await reply.status(200)
            case method if method.startswith("notifications/") or "id" not in seen.message:
                await reply.status(202)
            case "":
                await reply.status(202)
            case _:
                await script(seen, reply)

    return answer
