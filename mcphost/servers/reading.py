"""Reading what a server sent: small messages here and now, large ones beside the loop.

Law: (1) the loop never parses more than `INLINE` bytes at once: a large message is parsed in a
worker thread, in short steps, while every other call goes on; (2) messages of one stream are read
one after the other, so that their order stays. Loop thread.
"""

from __future__ import annotations

import asyncio
from typing import Final

from mcphost.protocol.jsonrpc import Message, parse_message, parse_messages
from mcphost.servers.limits import ServerLimits

INLINE: Final = 64 * 1024


async def read_messages(body: bytes, limits: ServerLimits, *, batches: bool) -> tuple[Message, ...]:
    """The message in *body*, or all of a batch where those exist. Raises `ProtocolViolation`."""
    if len(body) <= INLINE:
        return _read(body, limits, batches)
    return await asyncio.to_thread(_read, body, limits, batches)


def _read(body: bytes, limits: ServerLimits, batches: bool) -> tuple[Message, ...]:
    if batches:
        return parse_messages(body, max_bytes=limits.message, max_depth=limits.depth)
    return (parse_message(body, max_bytes=limits.message, max_depth=limits.depth),)
