"""One configured server as the fleet knows it. Data only; loop thread.

Held by `mcphost.host.fleet`, kept true by `mcphost.host.upkeep`.
"""

from __future__ import annotations

import asyncio
import dataclasses

from mcphost.domain.server import ServerConfig
from mcphost.domain.summaries import Link
from mcphost.domain.tool import Tool
from mcphost.host.ears import Ears
from mcphost.host.restarts import Restarts


@dataclasses.dataclass(slots=True)
class Member:
    """One server as the fleet knows it."""

    config: ServerConfig
    kept: bool = True
    """Whether it stays after this run."""
    link: Link = Link.OFFLINE
    problem: str = ""
    tools: tuple[Tool, ...] = ()
    refreshes: int = 0
    refreshing: bool = False
    worn: bool = False
    """Its lists never settled: nothing is taken from this connection any more."""
    restarts: Restarts = dataclasses.field(default_factory=Restarts)
    ears: Ears | None = None
    held: str = ""
    """That its calls are held back by their budget, in words."""
    deaf: str = ""
    """What is not heard of its changes, in words."""
    relist: bool = False
    changed: set[str] = dataclasses.field(default_factory=set[str])
    """What is to be read again: the lists, and these templates."""
    busy: asyncio.Lock = dataclasses.field(default_factory=asyncio.Lock)
