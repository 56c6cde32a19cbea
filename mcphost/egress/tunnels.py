"""The connections that are open through the proxy: who is talked to, since when, how much.

Law: what is listed is open, what is open is listed; ending one throws away what is on its way, in
both directions. Loop thread; held by `egress.proxy`.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

_DROP: Final = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTunnel:
    """One open connection as others see it. *since* is Unix seconds."""

    view: str
    host: str
    port: int
    since: float
    sent: int
    received: int


@dataclass(slots=True, kw_only=True)
class Tunnel:
    """One open connection as the proxy knows it. *view* is whose it is."""

    view: str
    host: str
    port: int
    since: float
    task: asyncio.Task[None]
    ends: tuple[asyncio.StreamWriter, ...]
    sent: int = 0
    received: int = 0

    def cut(self) -> None:
        """End it now."""
        for writer in self.ends:
            break_off(writer)
        self.task.cancel()


@dataclass(slots=True)
class Tunnels:
    """All of them."""

    _open: list[Tunnel] = field(default_factory=list[Tunnel])

    def add(self, tunnel: Tunnel) -> None:
        """*tunnel* has opened."""
        self._open.append(tunnel)

    def drop(self, tunnel: Tunnel) -> None:
        """*tunnel* has ended."""
        self._open.remove(tunnel)

    def cut(self, unwanted: Callable[[Tunnel], bool]) -> int:
        """End every *unwanted* one; how many."""
        found = [tunnel for tunnel in self._open if unwanted(tunnel)]
        for tunnel in found:
            tunnel.cut()
        return len(found)

    def listed(self) -> tuple[OpenTunnel, ...]:
        """What is open now, oldest first."""
        return tuple(
            OpenTunnel(
                view=tunnel.view,
                host=tunnel.host,
                port=tunnel.port,
                since=tunnel.since,
                sent=tunnel.sent,
                received=tunnel.received,
            )
            for tunnel in self._open
        )


def break_off(writer: asyncio.StreamWriter) -> None:
    """Close *writer*'s connection and throw away what the system has not sent yet."""
    held = writer.transport.get_extra_info("socket")
    if held is not None:
        with suppress(OSError):
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROP)
    writer.transport.abort()
