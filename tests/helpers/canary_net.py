"""A listener on this computer that counts who comes: one TCP port for each vector, one UDP port.

It runs in a thread of its own, so that a test's main thread can run the engine meanwhile. Nothing
is resolved and nothing leaves loopback.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from concurrent.futures import Future

_ANSWER = (
    b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n"
    b"Content-Type: %s\r\nContent-Length: %d\r\n\r\n"
)


def own_address() -> str:
    """An address of this computer that is not loopback, where it has one: WebRTC wants that."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: this only asks for the route
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


class CanaryNet:
    """*names* become ports; `hits` counts connections (and datagrams under `udp`)."""

    def __init__(self, names: tuple[str, ...], page: bytes = b"") -> None:
        self._names = names
        self.page = page
        self.hits: Counter[str] = Counter()
        self.ports: dict[str, int] = {}
        self._stop: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=self._run, name="canary-net")

    def __enter__(self) -> CanaryNet:
        self._up: Future[None] = Future()
        self._thread.start()
        self._up.result(timeout=10)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=10)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        servers = [await self._listen(name) for name in self._names]
        transport, _ = await self._loop.create_datagram_endpoint(
            lambda: _Datagrams(self.hits), local_addr=("0.0.0.0", 0)
        )
        self.ports["udp"] = transport.get_extra_info("sockname")[1]
        self._up.set_result(None)
        await self._stop.wait()
        transport.close()
        for server in servers:
            server.close()

    async def _listen(self, name: str) -> asyncio.Server:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.hits[name] += 1
            try:
                async with asyncio.timeout(2):
                    await reader.readuntil(b"\r\n\r\n")
                body = self.page if name == "page" else b"0"
                kind = b"text/html" if name == "page" else b"text/javascript"
                writer.write(_ANSWER % (kind, len(body)) + body)
                await writer.drain()
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(answer, "0.0.0.0", 0)
        self.ports[name] = server.sockets[0].getsockname()[1]
        return server


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, hits: Counter[str]) -> None:
        self._hits = hits

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._hits["udp"] += 1
