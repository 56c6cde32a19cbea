"""Connections that are cut send nothing more, and no busy loop can hold that up."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mcphost.servers.sockets import Sockets

OPENED = "connection.connect_tcp.complete"


class Stream:
    """What `httpcore` hands over of a connection."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def get_extra_info(self, name: str) -> object:
        return self._writer.get_extra_info(name)


@contextmanager
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        yield server


async def connect(server: socket.socket, sockets: Sockets) -> asyncio.StreamWriter:
    _, writer = await asyncio.open_connection(*server.getsockname())
    await sockets.trace(OPENED, {"return_value": Stream(writer)})
    return writer


def received(peer: socket.socket) -> int:
    """How many bytes still come, to the end or the reset of the connection."""
    peer.settimeout(30)
    count = 0
    try:
        while data := peer.recv(65536):
            count += len(data)
    except ConnectionResetError:
        pass
    return count


def test_another_thread_breaks_them_while_the_loop_stands_still() -> None:
    async def scene(server: socket.socket) -> int:
        sockets = Sockets()
        writer = await connect(server, sockets)
        peer, _ = server.accept()
        writer.write(b"x" * 50_000_000)  # more than the system takes at once
        cutter = threading.Thread(target=sockets.cut)
        cutter.start()
        cutter.join(30)
        with peer:
            count = received(peer)  # the loop has not turned since
        writer.transport.abort()
        return count

    with listening() as server:
        assert asyncio.run(scene(server)) < 50_000_000


def test_what_is_opened_afterwards_is_broken_as_well() -> None:
    async def scene(server: socket.socket) -> int:
        sockets = Sockets()
        sockets.cut()
        writer = await connect(server, sockets)
        peer, _ = server.accept()
        with peer:
            count = received(peer)
        writer.transport.abort()
        return count

    with listening() as server:
        assert asyncio.run(scene(server)) == 0
