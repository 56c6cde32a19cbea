"""The network of Apps for the window: the proxy's ledger, its tunnels, and who may use them.

Law: what is stopped here is stopped for this run and leaves a row; it takes no grant away, and
resuming gives none. Loop thread; held by the façade.
"""

from __future__ import annotations

from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.json import JsonObject
from mcphost.domain.network import HostTalk, Talker
from mcphost.domain.ports import AuditSink
from mcphost.domain.text import one_line
from mcphost.egress.proxy import EgressProxy
from mcphost.views.deck import ViewDeck


class NetworkList:
    """See the module."""

    def __init__(self, proxy: EgressProxy, deck: ViewDeck, audit: AuditSink) -> None:
        self._proxy = proxy
        self._deck = deck
        self._audit = audit

    def hosts(self) -> tuple[HostTalk, ...]:
        """Every host of this run, those with an open connection first."""
        tunnels = self._proxy.tunnels
        found: list[HostTalk] = []
        for line in self._proxy.ledger.lines():
            mine = [t for t in tunnels if (t.host, t.port) == (line.host, line.port)]
            reaching = self._deck.reaching(line.host, line.port)
            found.append(
                HostTalk(
                    host=line.host,
                    port=line.port,
                    open=len(mine),
                    since=min((tunnel.since for tunnel in mine), default=0.0),
                    sent=line.sent,
                    received=line.received,
                    refused=line.refused,
                    stopped=line.host in self._proxy.blocked,
                    apps=tuple(Talker(view=v, server=o.server.key) for v, o in reaching),
                )
            )
        return tuple(sorted(found, key=lambda talk: -talk.open))

    async def stop(self, host: str, *, who: str) -> None:
        """Cut what is open to *host* and let nothing more there. Bytes stop before the row."""
        self._proxy.block(host)
        await self._record(host, "stopped", who)

    async def let(self, host: str, *, who: str) -> None:
        """Let *host* be reached again by the Apps that may."""
        await self._record(host, "allowed again", who)
        self._proxy.unblock(host)

    async def _record(self, host: str, what: str, who: str) -> None:
        data: JsonObject = {"name": f"network host {one_line(host, limit=200)}", "value": what}
        await self._audit.append(
            AuditRecord(kind=AuditKind.SETTING_CHANGED, data=data, principal=who)
        )
