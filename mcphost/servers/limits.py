"""The bounds of every connection. A bound that is hit fails one call, never the program."""

from __future__ import annotations

from dataclasses import dataclass

from mcphost.domain.sizes import DEFAULT_MESSAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """Sizes in bytes, times in seconds. Real Apps need single messages of 7 MB."""

    message: int = DEFAULT_MESSAGE
    """One JSON body, one event of an event stream, one line of a local server. A person may choose
    another for one server (`ServerConfig.max_message`)."""
    depth: int = 64
    error_body: int = 64 * 1024
    stderr: int = 64 * 1024
    """How much of a local server's last words is kept."""
    probe: float = 10.0
    """How long a local server may stay silent before it is taken for an old one."""
    connect: float = 10.0
    """How long a network connection may take to open."""
    stop: float = 2.0
    """How long each step of stopping a local server may take."""
    farewell: float = 2.0
    """How long a cancellation or a goodbye may take to be sent."""
    pages: int = 100
    tools: int = 2000
    server_requests: int = 16
    """Requests of a server that may be open at once on one connection."""
    resumptions: int = 10
    """How often one stream of an old server may be taken up again after it ended."""
    listen: float = 2.0
    """How long a call waits for an old server to open the stream for its questions."""
