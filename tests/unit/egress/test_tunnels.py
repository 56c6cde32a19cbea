"""Open connections: listed while they are open, and cut whole."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any, cast

from mcphost.egress.tunnels import Tunnel, Tunnels, break_off


class Transport:
    """One end of a connection that notes what becomes of it."""

    def __init__(self) -> None:
        self.held = socket.socket()
        self.aborted = False
        self.transport = self

    def get_extra_info(self, _name: str) -> socket.socket:
        return self.held

    def abort(self) -> None:
        self.aborted = True
        linger = self.held.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        self.thrown_away = struct.unpack("ii", linger) == (1, 0)
        self.held.close()


def _tunnel(host: str, ends: tuple[Transport, ...]) -> Tunnel:
    task = asyncio.create_task(asyncio.Event().wait())
    held: dict[str, Any] = {"task": task, "ends": ends}
    return Tunnel(view="v", host=host, port=443, since=1.0, **held)


def test_what_is_cut_is_thrown_away_on_its_way() -> None:
    end = Transport()
    break_off(cast("Any", end))
    assert (end.aborted, end.thrown_away) == (True, True)


def test_what_is_unwanted_is_cut_in_both_directions_and_nothing_else_is() -> None:
    async def scene() -> None:
        bad, good = (Transport(), Transport()), (Transport(), Transport())
        tunnels = Tunnels()
        for host, ends in (("bad.example", bad), ("good.example", good)):
            tunnels.add(_tunnel(host, ends))
        assert tunnels.cut(lambda tunnel: tunnel.host == "bad.example") == 1
        assert [end.aborted for end in (*bad, *good)] == [True, True, False, False]
        for end in good:
            end.held.close()

    asyncio.run(scene())
