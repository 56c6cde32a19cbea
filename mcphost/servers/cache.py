"""Answers of servers that are still good: whose they are, how long, and what makes them void.

Law: (1) an answer is found only by the same configured server, for the same credentials, by the
same request; (2) what was asked with credentials is nobody else's, even if it says `public`; what
was asked without any and says so may answer anybody who asks the same server without any; (3) news
that comes while an answer is under way keeps that answer from being kept; (4) a stale answer stands
in only when the server cannot be reached: a refusal, a sign-in or a broken answer is never covered
up; (5) entries and bytes are bounded, the least used go first. In memory only. Loop thread.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, TypeAlias

from mcphost.domain.errors import ServerUnreachable
from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.ports import Exchange, Kept
from mcphost.protocol.caching import (
    LISTS,
    LONGEST,
    Scope,
    may_be_asked,
    may_be_kept,
    parse_hint,
    related,
    request_key,
)
from mcphost.protocol.mcp import RESOURCES_READ
from mcphost.servers.wire import HttpRefusal

MAX_ENTRIES: Final = 1024
MAX_BYTES: Final = 64 * 1024 * 1024
_NODE: Final = 64
"""What a value costs beside its text, roughly."""
_ANYBODY: Final = ServerKey("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """On whose behalf a server is asked. *context* is `Wire.authorization_context`."""

    server: ServerKey
    identity: Digest
    version: str
    context: str


class Line(Protocol):
    """The connection by which a server is asked."""

    @property
    def asker(self) -> Asker:
        """On whose behalf it would be asked now."""
        ...

    @property
    def bridgeable(self) -> bool:
        """Whether an older answer may stand in while the network is down."""
        ...


_Name: TypeAlias = "tuple[Asker, Digest]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    method: str
    uri: str
    result: JsonObject
    received: float
    fresh_until: float
    size: int


@dataclass(slots=True, kw_only=True, eq=False)
class _Flight:
    """A request under way. *spoiled*: news came meanwhile, so its answer may be of yesterday."""

    asker: Asker
    method: str
    uri: str
    done: asyncio.Event = field(default_factory=asyncio.Event)
    spoiled: bool = False


class ResponseCache:
    """All kept answers of one host. *clock* gives monotonic seconds."""

    def __init__(
        self, *, clock: Callable[[], float], entries: int = MAX_ENTRIES, size: int = MAX_BYTES
    ) -> None:
        self._clock = clock
        self._most = entries
        self._room = size
        self._used = 0
        self._entries: OrderedDict[_Name, _Entry] = OrderedDict()
        self._flights: dict[_Flight, _Name] = {}

    @property
    def used(self) -> int:
        """Bytes that are held, roughly."""
        return self._used

    def __len__(self) -> int:
        return len(self._entries)

    async def answer(
        self,
        line: Line,
        method: str,
        params: JsonObject,
        exchange: Exchange,
        fetch: Callable[[], Awaitable[JsonObject]],
    ) -> JsonObject:
        """The answer to a request: a kept one that is good, or what *fetch* brings. Raises what
        *fetch* raises.
        """
        asker = line.asker
        key = request_key(method, params, elicitation=exchange.elicitation)
        if key is None or not may_be_asked(method, params):
            return await fetch()
        name = (asker, key)
        told = exchange.on_kept
        if told is not None:
            await self._follow(name, exchange.deadline)
            found = self._fresh(name)
            if found is not None:
                told(Kept(age=self._clock() - found.received, stale=False))
                return found.result
        untrusted_uri = params.get("uri")
        uri = untrusted_uri if isinstance(untrusted_uri, str) else ""
        flight = _Flight(asker=asker, method=method, uri=uri)
        self._flights[flight] = name
        try:
            result = await fetch()
        except ServerUnreachable as error:
            found = self._stale(name)
            if found is None or told is None or not _is_outage(error):
                raise
            if not line.bridgeable or line.asker != asker:
                raise
            told(Kept(age=self._clock() - found.received, stale=True))
            return found.result
        finally:
            del self._flights[flight]
            flight.done.set()
        if not flight.spoiled and line.asker == asker and may_be_kept(result):
            self._keep(name, flight, result)
        return result

    def list_changed(self, identity: Digest, kind: str) -> None:
        """A server says that its *kind* of list changed."""
        methods = LISTS.get(kind, frozenset())
        self._void(lambda asker, method, _: asker.identity == identity and method in methods)

    def resource_updated(self, identity: Digest, uri: str) -> None:
        """A server says that the content of *uri* changed."""
        self._void(
            lambda asker, method, read: (
                asker.identity == identity and method == RESOURCES_READ and related(uri, read)
            )
        )

    def forget(self, server: ServerKey, identity: Digest) -> None:
        """Nothing of *server* is good any more: it was let go, changed, or signed in or out."""
        self._void(
            lambda asker, _method, _uri: (
                asker.identity == identity and asker.server in {server, _ANYBODY}
            )
        )

    async def _follow(self, name: _Name, seconds: float) -> None:
        """Wait for the same request under way: its answer may be good for this one as well."""
        for flight, flying in self._flights.items():
            if flying == name:
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await flight.done.wait()
                return

    def _fresh(self, name: _Name) -> _Entry | None:
        for candidate in _doors(name):
            entry = self._entries.get(candidate)
            if entry is not None and self._clock() < entry.fresh_until:
                self._entries.move_to_end(candidate)
                return entry
        return None

    def _stale(self, name: _Name) -> _Entry | None:
        """What there is, if it is of today."""
        found = (self._entries.get(candidate) for candidate in _doors(name))
        since = self._clock() - LONGEST
        return next((entry for entry in found if entry and entry.received > since), None)

    def _keep(self, name: _Name, flight: _Flight, result: JsonObject) -> None:
        asker, key = name
        hint, now = parse_hint(result), self._clock()
        self._drop(name)
        if hint.ttl <= 0:
            return
        entry = _Entry(
            method=flight.method,
            uri=flight.uri,
            result=result,
            received=now,
            fresh_until=now + hint.ttl,
            size=_weight(result, self._room),
        )
        if entry.size > self._room // 2:
            return
        if hint.scope is Scope.PUBLIC and not asker.context and not self._is_private(flight):
            name = (replace(asker, server=_ANYBODY), key)
            self._drop(name)
        else:
            self._make_private(flight)
        self._entries[name] = entry
        self._used += entry.size
        self._make_room(now)

    def _is_private(self, page: _Flight) -> bool:
        """Whether another page of the same list was private: then this one is as well."""
        return page.method != RESOURCES_READ and any(
            asker == page.asker and entry.method == page.method
            for (asker, _), entry in self._entries.items()
        )

    def _make_private(self, page: _Flight) -> None:
        """The other pages of a private list are private, whatever they said."""
        if page.method == RESOURCES_READ:
            return
        anybody = replace(page.asker, server=_ANYBODY)
        for name, entry in tuple(self._entries.items()):
            if name[0] == anybody and entry.method == page.method:
                self._drop(name)

    def _make_room(self, now: float) -> None:
        while len(self._entries) > self._most or self._used > self._room:
            self._drop(next(iter(self._entries)))
        for name, entry in tuple(self._entries.items()):
            if entry.received + LONGEST <= now:
                self._drop(name)

    def _drop(self, name: _Name) -> None:
        entry = self._entries.pop(name, None)
        if entry is not None:
            self._used -= entry.size

    def _void(self, concerns: Callable[[Asker, str, str], bool]) -> None:
        for name, entry in tuple(self._entries.items()):
            if concerns(name[0], entry.method, entry.uri):
                self._drop(name)
        for flight in self._flights:
            if concerns(flight.asker, flight.method, flight.uri):
                flight.spoiled = True


def _doors(name: _Name) -> tuple[_Name, ...]:
    """Where an answer to *name* may lie: among its own and, without credentials, anybody's."""
    asker, key = name
    if asker.context:
        return (name,)
    return (name, (replace(asker, server=_ANYBODY), key))


def _is_outage(error: ServerUnreachable) -> bool:
    """Whether the network failed. An HTTP status is an answer, and never covered up."""
    return not isinstance(error, HttpRefusal)


def _weight(value: Json, limit: int) -> int:
    """Roughly the bytes *value* takes; counting ends where it is too much anyway."""
    size, rest = 0, [value]
    while rest and size <= limit:
        item = rest.pop()
        size += _NODE
        match item:
            case str():
                size += len(item) if item.isascii() else 4 * len(item)
            case Mapping():
                size += sum(_NODE + len(name) for name in item)
                rest.extend(item.values())
            case Sequence():
                rest.extend(item)
            case _:
                pass
    return size
