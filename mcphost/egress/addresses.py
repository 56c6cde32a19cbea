"""Where a name may lead: public addresses only, whatever the DNS says.

Law: one private, loopback, link-local or otherwise special answer refuses the whole name, so that
a rebinding name cannot be tried until the right answer comes first; the connection goes to the
very address that was checked. Loop thread.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from mcphost.policy.addresses import is_public

Resolver: TypeAlias = Callable[[str, int], Awaitable[tuple[str, ...]]]


async def resolve_by_system(host: str, port: int) -> tuple[str, ...]:
    """All addresses of *host* by the system's resolver. Raises `OSError`."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def require_public(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """*addresses* unchanged. Raises `ValueError` naming the first that is not public."""
    if not addresses:
        raise ValueError("the name has no address")
    for text in addresses:
        if not is_public(text):
            raise ValueError(f"{text} is not a public address")
    return addresses
