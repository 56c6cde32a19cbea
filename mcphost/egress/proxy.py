"""The loopback filtering proxy: the floor under the network of every View.

Law: (1) it listens on 127.0.0.1 only and answers only a View that shows its own password of this
run; (2) a connection leaves only for a (host, port) that this View may reach at that moment; (3) it
does the DNS itself and connects to the address it has checked; (4) `refuse_all` cuts what is open
and lets nothing new out, and `cut_unwanted` cuts what is not allowed any more; (5) heads, times and
the number of connections are bounded. Made by `host`; loop thread.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

from mcphost.domain.errors import HostBugError
from mcphost.egress.addresses import Resolver, require_public, resolve_by_system
from mcphost.egress.ledger import Ledger
from mcphost.egress.pump import Activity, pump
from mcphost.egress.request import BadRequest, ProxyRequest, parse_head
from mcphost.egress.tunnels import OpenTunnel, Tunnel, Tunnels
from mcphost.policy.proxy_pass import proxy_password

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Dialler: TypeAlias = Callable[[str, int], Awaitable[Streams]]
Allow: TypeAlias = Callable[[str, str, int], bool]
"""Whether this View may reach that host and port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyLimits:
    """Bounds; seconds where it is a time."""

    head_bytes: int = 16 * 1024
    head_seconds: float = 10.0
    connect_seconds: float = 15.0
    idle_seconds: float = 600.0
    connections: int = 256
    view_connections: int = 96
    """Of one View: the engine opens 32 at most, and 32 WebSockets."""
    view_lookups: int = 8
    """Names of one View that are looked up at once; the others wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyAddress:
    """How the engine reaches the proxy. A View's password is made from *secret*."""

    port: int
    secret: str = field(repr=False)


class EgressProxy:
    """One filtering proxy. *on_refused* hears host, port and reason; it must not block. *stopped*
    is asked before each chunk leaves: the kill switch may have been turned by another thread.
    """

    def __init__(
        self,
        *,
        allow: Allow,
        resolve: Resolver = resolve_by_system,
        dial: Dialler = asyncio.open_connection,
        on_refused: Callable[[str, int, str], None] | None = None,
        stopped: Callable[[], bool] = lambda: False,
        limits: ProxyLimits | None = None,
    ) -> None:
        self._allow = allow
        self._resolve = resolve
        self._dial = dial
        self._on_refused = on_refused
        self._stopped = stopped
        self._limits = limits or ProxyLimits()
        self._secret = secrets.token_urlsafe(24)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._held: Counter[str] = Counter()
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._refusing = False
        self._blocked: frozenset[str] = frozenset()
        self._tunnels = Tunnels()
        self.ledger = Ledger()

    async def start(self) -> ProxyAddress:
        """Listen on a free port of 127.0.0.1."""
        self._server = await asyncio.start_server(
            self._on_connection, "127.0.0.1", 0, limit=self._limits.head_bytes
        )
        port: int = self._server.sockets[0].getsockname()[1]
        return ProxyAddress(port=port, secret=self._secret)

    async def stop(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is not None:
            self._server.close()
        open_now = tuple(self._open)
        self.refuse_all()
        await asyncio.gather(*open_now, return_exceptions=True)

    def refuse_all(self) -> int:
        """The kill switch: nothing new leaves and nothing open goes on. How many were open."""
        self._refusing = True
        count = self._tunnels.cut(lambda _tunnel: True)
        for task in self._open:
            task.cancel()
        return count

    def resume(self) -> None:
        """Take the kill switch back."""
        self._refusing = False

    def block(self, host: str) -> int:
        """A person wants nothing to go to *host* in this run; how many connections that cut."""
        self._blocked |= {host}
        return self._tunnels.cut(lambda tunnel: tunnel.host == host)

    def unblock(self, host: str) -> None:
        """*host* may be reached again, by whoever was granted it."""
        self._blocked -= {host}

    @property
    def blocked(self) -> frozenset[str]:
        """The hosts a person stopped."""
        return self._blocked

    def cut_unwanted(self) -> int:
        """Cut what is open and not allowed any more: a grant was revoked, or its View has ended.
        How many that were.
        """
        return self._tunnels.cut(lambda each: not self._allow(each.view, each.host, each.port))

    def cut_views(self, views: frozenset[str]) -> int:
        """Cut what *views* have open; how many."""
        return self._tunnels.cut(lambda tunnel: tunnel.view in views)

    @property
    def tunnels(self) -> tuple[OpenTunnel, ...]:
        """What is open now."""
        return self._tunnels.listed()

    async def _on_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        if task is None or len(self._open) >= self._limits.connections:
            writer.transport.abort()
            return
        self._open.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._open.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Head → credentials → allow-list → address → connection → bytes."""
        try:
            request = await self._read_request(reader)
            view = self._require_known(request)
            with self._holding(view):
                await self._serve_view(view, request, (reader, writer))
        except BadRequest as refusal:
            await _answer(writer, refusal.status)

    @contextmanager
    def _holding(self, view: str) -> Generator[None]:
        """One more connection of *view*. Raises `BadRequest` when it has too many."""
        if self._held[view] >= self._limits.view_connections:
            raise BadRequest("503 Service Unavailable")
        self._held[view] += 1
        try:
            yield
        finally:
            self._held[view] -= 1
            if not self._held[view]:
                del self._held[view]
                self._turns.pop(view, None)

    async def _serve_view(self, view: str, request: ProxyRequest, client: Streams) -> None:
        self._require_allowed(view, request)
        upstream = await self._connect(view, request)
        tunnel = self._opened(view, request, (upstream[1], client[1]))
        try:
            await self._relay(request, client, upstream, tunnel)
        finally:
            self._tunnels.drop(tunnel)
            upstream[1].transport.abort()

    def _opened(
        self, view: str, request: ProxyRequest, ends: tuple[asyncio.StreamWriter, ...]
    ) -> Tunnel:
        task = asyncio.current_task()
        if task is None:
            raise HostBugError("a connection outside of any task")
        tunnel = Tunnel(
            view=view,
            host=request.host,
            port=request.port,
            since=time.time(),
            task=task,
            ends=ends,
        )
        self._tunnels.add(tunnel)
        return tunnel

    async def _read_request(self, reader: asyncio.StreamReader) -> ProxyRequest:
        try:
            async with asyncio.timeout(self._limits.head_seconds):
                head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError as error:
            raise BadRequest("431 Request Header Fields Too Large") from error
        except asyncio.IncompleteReadError as error:
            raise BadRequest("400 Bad Request") from error
        return parse_head(head)

    def _require_known(self, request: ProxyRequest) -> str:
        """The View that asks."""
        scheme, _, given = request.authorization.partition(" ")
        view, password = _user_and_password(given)
        wanted = proxy_password(self._secret, view)
        if scheme.lower() != "basic" or not hmac.compare_digest(password, wanted.encode()):
            raise BadRequest("407 Proxy Authentication Required")
        return view

    def _require_allowed(self, view: str, request: ProxyRequest) -> None:
        if self._refusing or self._stopped():
            self._refuse(request, "the kill switch is on")
        if request.host in self._blocked:
            self._refuse(request, "a person stopped it")
        if not self._allow(view, request.host, request.port):
            self._refuse(request, "nobody granted it")

    async def _connect(self, view: str, request: ProxyRequest) -> Streams:
        try:
            async with asyncio.timeout(self._limits.connect_seconds):
                turns = asyncio.Semaphore(self._limits.view_lookups)
                async with self._turns.setdefault(view, turns):
                    addresses = await self._resolve(request.host, request.port)
                address = require_public(addresses)[0]
                self._require_allowed(view, request)
                upstream = await self._dial(address, request.port)
        except ValueError as error:
            self._refuse(request, str(error))
        except (OSError, TimeoutError) as error:
            raise BadRequest("502 Bad Gateway") from error
        try:
            self._require_allowed(view, request)  # it may have ended while the host was reached
        except BadRequest:
            upstream[1].transport.abort()
            raise
        self.ledger.add(request.host, request.port, connections=1)
        return upstream

    def _refuse(self, request: ProxyRequest, reason: str) -> NoReturn:
        self.ledger.add(request.host, request.port, refused=1)
        if self._on_refused is not None:
            self._on_refused(request.host, request.port, reason)
        raise BadRequest("403 Forbidden")

    async def _relay(
        self, request: ProxyRequest, client: Streams, upstream: Streams, tunnel: Tunnel
    ) -> None:
        activity = Activity(self._limits.idle_seconds)
        add, host, port = self.ledger.add, request.host, request.port

        def sent(count: int) -> None:
            if self._stopped():  # the loop may be too busy to have cut it yet
                raise ConnectionAbortedError
            tunnel.sent += count
            add(host, port, sent=count)

        def received(count: int) -> None:
            tunnel.received += count
            add(host, port, received=count)

        if request.is_tunnel:
            client[1].write(b"HTTP/1.1 200 Connection Established\r\n\r\n")
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(pump(client[0], upstream[1], activity, sent))
                    both.create_task(pump(upstream[0], client[1], activity, received))
            except* (OSError, TimeoutError):
                pass
            return
        upstream[1].write(request.forward)
        await pump(client[0], upstream[1], activity, sent, at_most=request.body_length)
        await pump(upstream[0], client[1], activity, received)


def _user_and_password(untrusted_pair: str) -> tuple[str, bytes]:
    """What a client says who it is; nobody when it cannot be read."""
    try:
        user, _, password = base64.b64decode(untrusted_pair, validate=True).partition(b":")
        return user.decode("ascii"), password
    except ValueError:
        return "", b""


async def _answer(writer: asyncio.StreamWriter, status: str) -> None:
    challenge = 'Proxy-Authenticate: Basic realm="mcphost"\r\n' if status[:3] == "407" else ""
    head = f"HTTP/1.1 {status}\r\n{challenge}Content-Length: 0\r\nConnection: close\r\n\r\n"
    writer.write(head.encode("ascii"))
    await writer.drain()
