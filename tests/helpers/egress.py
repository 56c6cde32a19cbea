"""A proxy under test: its own DNS and its own wires, everything on loopback."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from mcphost.egress.proxy import EgressProxy, ProxyAddress, Streams
from mcphost.policy.proxy_pass import proxy_password

PUBLIC = "93.184.216.34"
VIEW = "view-1"


class Upstream:
    """Stands for every server of the internet: echoes what it gets, in a tunnel or as HTTP."""

    def __init__(self) -> None:
        self.dialled: list[tuple[str, int]] = []
        self.heads: list[bytes] = []
        self.port = 0

    async def echo(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                if data.startswith((b"GET", b"POST")):
                    self.heads.append(data)
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
                    break
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def dial(self, address: str, port: int) -> Streams:
        self.dialled.append((address, port))
        return await asyncio.open_connection("127.0.0.1", self.port)


class Rig:
    """One proxy with its upstream and a client."""

    def __init__(self, proxy: EgressProxy, address: ProxyAddress, upstream: Upstream) -> None:
        self.proxy, self.address, self.upstream = proxy, address, upstream

    async def request(
        self, line: str, *, auth: bool = True, body: bytes = b"", view: str = VIEW
    ) -> Streams:
        pair = f"{view}:{proxy_password(self.address.secret, view)}".encode()
        secret = f"Proxy-Authorization: Basic {base64.b64encode(pair).decode()}\r\n"
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.address.port)
        writer.write(f"{line}\r\n{secret if auth else ''}{length}\r\n".encode() + body)
        return reader, writer

    async def status(self, line: str, *, auth: bool = True, view: str = VIEW) -> str:
        """The status line that *line* is answered with, the connection closed."""
        reader, writer = await self.request(line, auth=auth, view=view)
        status = (await reader.readline()).decode().strip()
        writer.close()
        return status


@asynccontextmanager
async def _rig(**options: Any) -> AsyncIterator[Rig]:
    upstream = Upstream()
    server = await asyncio.start_server(upstream.echo, "127.0.0.1", 0)
    upstream.port = server.sockets[0].getsockname()[1]

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        return (PUBLIC,)

    defaults: dict[str, Any] = {
        "allow": lambda _view, host, port: (host, port) == ("api.example.com", 443),
        "resolve": resolve,
        "dial": upstream.dial,
    }
    proxy = EgressProxy(**(defaults | options))
    try:
        yield Rig(proxy, await proxy.start(), upstream)
    finally:
        await proxy.stop()
        server.close()


def run_rig(test: Callable[[Rig], Awaitable[None]], **options: Any) -> None:
    """Run *test* against a fresh rig, bounded."""

    async def whole() -> None:
        async with asyncio.timeout(20), _rig(**options) as rig:
            await test(rig)

    asyncio.run(whole())
