"""The one door by which a frame leaves for a server.

Law: (1) `before_send` has returned before the first byte leaves; when it raises, nothing is sent;
(2) the bytes it saw are the bytes that are sent. Requests, notifications, answers and goodbyes all
come through `depart`; there is no other caller of a pipe's or a client's sending side.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from mcphost.domain.ports import Exchange, OutboundFrame

T = TypeVar("T")


async def depart(
    frame: OutboundFrame, exchange: Exchange, send: Callable[[bytes], Awaitable[T]]
) -> T:
    """Let *frame* go: first *exchange* hears of it, then *send* gets its exact bytes."""
    await exchange.before_send(frame)
    return await send(frame.body)
