"""Bytes for each host that Views have talked to, and how often they were refused. Loop thread."""

from __future__ import annotations

from dataclasses import dataclass

_MAX_HOSTS = 1_000
OTHERS = "(further hosts)"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTraffic:
    """One line of the ledger. Bytes are those inside the tunnel."""

    host: str
    port: int
    sent: int = 0
    received: int = 0
    connections: int = 0
    refused: int = 0


class Ledger:
    """Sums by host and port, bounded: a View cannot fill memory with invented names."""

    def __init__(self, max_hosts: int = _MAX_HOSTS) -> None:
        self._max_hosts = max_hosts
        self._lines: dict[tuple[str, int], HostTraffic] = {}

    def add(
        self,
        host: str,
        port: int,
        *,
        sent: int = 0,
        received: int = 0,
        connections: int = 0,
        refused: int = 0,
    ) -> None:
        """Add to the line of *host* and *port*."""
        key = (host, port)
        if key not in self._lines and len(self._lines) >= self._max_hosts:
            key = (OTHERS, 0)
        old = self._lines.get(key, HostTraffic(host=key[0], port=key[1]))
        self._lines[key] = HostTraffic(
            host=old.host,
            port=old.port,
            sent=old.sent + sent,
            received=old.received + received,
            connections=old.connections + connections,
            refused=old.refused + refused,
        )

    def lines(self) -> tuple[HostTraffic, ...]:
        """All lines, by host."""
        return tuple(sorted(self._lines.values(), key=lambda line: (line.host, line.port)))
