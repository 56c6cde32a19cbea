"""The sockets behind an HTTP client, so that they can be broken at once.

Closing a client still sends what the system has already taken: to a peer that reads slowly, for as
long as it likes. Law: after `cut` the system sends nothing more on any of them, and one that is
opened later is broken as soon as it is known. Loop thread, but for `cut`; held by `servers.http`.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from typing import Any, Final, Protocol

_DROP: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing throws away what was not sent yet, and resets the connection."""
_OPENED: Final = "connection.connect_tcp.complete"


class Socket(Protocol):
    """What is used of `asyncio.trsock.TransportSocket`."""

    def fileno(self) -> int:
        """-1 when it is closed."""
        ...

    def setsockopt(self, level: int, option: int, value: bytes, /) -> object:
        """Set an option."""
        ...

    def shutdown(self, how: int, /) -> None:
        """End one or both directions."""
        ...


class Sockets:
    """Those that are open."""

    def __init__(self) -> None:
        self._open: list[Socket] = []
        self.over = False
        """Whether they were cut: nothing may be sent any more."""

    async def trace(self, name: str, info: dict[str, Any]) -> None:
        """The `trace` extension of one request: hears of every connection it opens."""
        if name != _OPENED:
            return
        opened = info["return_value"].get_extra_info("socket")
        self._open = [known for known in self._open if known.fileno() >= 0]
        self._open.append(opened)
        if self.over:
            self.cut()

    def cut(self) -> None:
        """Break all of them. Any thread: the loop may be too busy with what is to be stopped."""
        self.over = True
        for each in tuple(self._open):
            break_off(each)


def break_off(open_socket: Socket) -> None:
    """Send nothing more, also of what was handed to the system."""
    with suppress(OSError):
        open_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROP)
        open_socket.shutdown(socket.SHUT_RDWR)
