"""Connecting for a person who waits at a terminal: it is said aloud when it takes long.

Law: it only speaks; how a server is connected is `Host.connect` and nothing else. Loop thread;
called by the commands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from mcphost.domain.ids import ServerKey
from mcphost.host.facade import Host

SLOW_SECONDS: Final = 5.0
"""Of silence before a person is told what is going on."""


async def connect_aloud(
    host: Host,
    key: ServerKey,
    say: Callable[[str], None],
    *,
    asking: Callable[[], bool] = lambda: False,
) -> None:
    """Connect to *key*. Once that takes long, *say* so; not while the person is being asked."""
    loop = asyncio.get_running_loop()

    def tell() -> None:
        nonlocal later
        if asking():
            later = loop.call_later(SLOW_SECONDS, tell)
        else:
            say(
                "The server has not answered yet. A program that is downloaded first (by npx or "
                "uvx) can take a minute. Ctrl+C gives up."
            )

    later = loop.call_later(SLOW_SECONDS, tell)
    try:
        await host.connect(key)
    finally:
        later.cancel()
