"""Taps at the ways out of a busy core, and tunnels that pour into its proxy: each its own process.

Law: what is measured must not wait for the interpreter of the program that is measured. A tap
notes the monotonic second (of the whole machine) at which the last byte came in.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from time import monotonic

TUNNELS = 5
PATIENCE = 30.0
_SPAWN = multiprocessing.get_context("spawn")


class Tap:
    """A relay to *to* on loopback, or a sink without one."""

    def __init__(self, to: int | None) -> None:
        self.to = to
        self._last: Synchronized[float] = _SPAWN.Value("d", 0.0)
        self._up, there = _SPAWN.Pipe(duplex=False)
        self._process = _SPAWN.Process(target=_tap, args=(to, self._last, there), daemon=True)

    @property
    def last(self) -> float:
        """When a byte last came in."""
        return self._last.value

    def __enter__(self) -> Tap:
        self._process.start()
        assert self._up.poll(PATIENCE)
        self.port: int = self._up.recv()
        return self

    def __exit__(self, *_exception: object) -> None:
        _end(self._process.kill, self._process.join)
        self._up.close()


@contextmanager
def pouring(port: int, credentials: str) -> Iterator[None]:
    """Tunnels through the proxy at *port*; a tunnel that is cut is opened again."""
    head = f"CONNECT api.example.com:443 HTTP/1.1\r\n{credentials}\r\n\r\n"
    process = _SPAWN.Process(target=_pour_all, args=(port, head.encode()), daemon=True)
    process.start()
    try:
        yield
    finally:
        _end(process.kill, process.join)


def _end(kill: Callable[[], None], join: Callable[[float], None]) -> None:
    kill()
    join(PATIENCE)


def _tap(to: int | None, last: Synchronized[float], up: Connection) -> None:
    asyncio.run(_serve(to, last, up))


async def _serve(to: int | None, last: Synchronized[float], up: Connection) -> None:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if to is None:
                await _copy(reader, None, last)
                return
            far, away = await asyncio.open_connection("127.0.0.1", to)
            back = asyncio.ensure_future(_copy(far, writer, None))
            await _copy(reader, away, last)
            back.cancel()
            away.close()
        except OSError:
            pass  # the core has cut it: that is what is waited for
        finally:
            writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    up.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def _copy(
    reader: asyncio.StreamReader,
    to: asyncio.StreamWriter | None,
    last: Synchronized[float] | None,
) -> None:
    while data := await reader.read(65536):
        if last is not None:
            last.value = monotonic()
        if to is not None:
            to.write(data)


def _pour_all(port: int, head: bytes) -> None:
    async def all_of_them() -> None:
        await asyncio.gather(*(_tunnel(port, head) for _ in range(TUNNELS)))

    asyncio.run(all_of_them())


async def _tunnel(port: int, head: bytes) -> None:
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head)
            said = await reader.readuntil(b"\r\n\r\n")
            while b" 200 " in said:
                writer.write(b"x" * 4096)
                await writer.drain()
                await asyncio.sleep(0.01)
            writer.close()
        except (OSError, asyncio.IncompleteReadError):
            pass  # cut: the next try follows
        await asyncio.sleep(0.02)
