"""Where a name may lead: public addresses only, whatever the DNS says.

Law: (1) one private, loopback, link-local or otherwise special answer refuses the whole name, so
that a rebinding name cannot be tried until the right answer comes first; the connection goes to the
very address that was checked; (2) each name is looked up in a thread of its own, not in those that
the rest of the core works in: how long that takes is up to a stranger's name server. Loop thread.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeAlias

from mcphost.policy.addresses import is_public

Resolver: TypeAlias = Callable[[str, int], Awaitable[tuple[str, ...]]]
MOST_LOOKUPS = 128
_threads = threading.Semaphore(MOST_LOOKUPS)


async def resolve_by_system(host: str, port: int) -> tuple[str, ...]:
    """All addresses of *host* by the system's resolver. Raises `OSError`."""
    if not _threads.acquire(blocking=False):
        raise OSError("too many names are being looked up")
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[tuple[str, ...]] = loop.create_future()

    def tell(settle: Callable[[Any], None], value: object) -> None:
        if not answer.done():
            settle(value)

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:  # the latter for what cannot be a name
            said = (answer.set_exception, error)
        else:
            said = (answer.set_result, tuple(dict.fromkeys(str(each[4][0]) for each in found)))
        _threads.release()
        with suppress(RuntimeError):  # the loop is over, and nobody waits
            loop.call_soon_threadsafe(tell, *said)

    threading.Thread(target=look_up, daemon=True, name="egress-name").start()
    return await answer


def require_public(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """*addresses* unchanged. Raises `ValueError` naming the first that is not public."""
    if not addresses:
        raise ValueError("the name has no address")
    for text in addresses:
        if not is_public(text):
            raise ValueError(f"{text} is not a public address")
    return addresses
