"""Which era a server speaks: asked once when it is connected, by one harmless request.

The steps: (1) `server/discover`; (2) a DiscoverResult naming 2026-07-28 is modern; one that names
only older revisions is legacy; (3) the three error codes that only modern servers know are modern;
(4) sign-in, redirects, broken messages, limits and failing servers decide nothing and are raised;
(5) every other refusal, and silence of a local server, is legacy. No single code decides.
A server once seen modern is never taken for legacy: that is raised, and a person must act.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias, cast

from mcphost.domain.errors import (
    ProtocolViolation,
    ServerRefused,
    ServerUnreachable,
    UserFacingError,
)
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.ports import Exchange
from mcphost.domain.tool import ServerInfo
from mcphost.protocol import mcp
from mcphost.servers.modern import ModernConnection
from mcphost.servers.wire import HttpRefusal

_NOT_ABOUT_ERA: Final = frozenset({401, 403, 407, 408, 413, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class Modern:
    """It answered as a server of 2026-07-28 does."""

    info: ServerInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Legacy:
    """It did not; *why* is for the error when that must not be."""

    why: str
    silent: bool = False
    """It only did not answer in time: a slow modern server looks the same."""


Verdict: TypeAlias = Modern | Legacy


async def probe(
    connection: ModernConnection, exchange: Exchange, *, patience: float | None = None
) -> Verdict:
    """Ask `server/discover`. Silence of *patience* seconds is legacy; without it, a failure."""
    asked = replace(exchange, deadline=patience or exchange.deadline, on_progress=None)
    try:
        result = await _discover(connection, asked)
    except ServerRefused as refusal:
        return _from_error(connection, refusal.code, cast("Json", refusal.data), refusal)
    except HttpRefusal as refusal:
        return _from_status(connection, refusal)
    except ServerUnreachable:
        if patience is None or not connection.alive:
            raise
        return Legacy(why="it did not answer server/discover", silent=True)
    except ProtocolViolation as violation:
        raise connection.violation(mcp.DISCOVER, violation) from violation
    return _from_result(connection, result)


async def _discover(connection: ModernConnection, asked: Exchange) -> JsonObject:
    """Ask; and once more when the refusal of our revision names that very revision."""
    try:
        return await connection.roundtrip(mcp.DISCOVER, {}, asked)
    except ServerRefused as refusal:
        if not _offers_ours(refusal.code, cast("Json", refusal.data)):
            raise
    except HttpRefusal as refusal:
        if refusal.reply is None or not _offers_ours(refusal.reply.code, refusal.reply.data):
            raise
    return await connection.roundtrip(mcp.DISCOVER, {}, asked)


def _offers_ours(code: int, data: Json) -> bool:
    return code == mcp.UNSUPPORTED_VERSION and mcp.MODERN in _offered(data)


def _from_result(connection: ModernConnection, result: JsonObject) -> Verdict:
    try:
        versions = mcp.parse_supported_versions(result)
    except ProtocolViolation:
        return Legacy(why="its answer to server/discover is none")
    if mcp.MODERN in versions:
        return Modern(info=mcp.parse_server_info_modern(result, mcp.MODERN))
    return _without_ours(connection, versions)


def _without_ours(connection: ModernConnection, versions: tuple[str, ...]) -> Verdict:
    if mcp.MODERN in versions:
        raise UserFacingError(
            f"{connection.config.title} offers {mcp.MODERN} and refuses it. "
            "Report it to the server's author."
        )
    if mcp.LEGACY_ACCEPTED.intersection(versions):
        return Legacy(why="it offers only older revisions")
    offered = ", ".join(versions[:5]) or "none"
    raise UserFacingError(
        f"{connection.config.title} speaks revisions this program does not ({offered}); this "
        f"program speaks {mcp.MODERN} and {mcp.LEGACY_OFFERED}. Update the older of the two."
    )


def _from_status(connection: ModernConnection, refusal: HttpRefusal) -> Verdict:
    if refusal.reply is not None and refusal.reply.code in mcp.MODERN_ERRORS:
        return _from_error(connection, refusal.reply.code, refusal.reply.data, refusal)
    if not 400 <= refusal.status < 500 or refusal.status in _NOT_ABOUT_ERA:
        raise refusal
    return Legacy(why=f"it refused server/discover with HTTP {refusal.status}")


def _from_error(connection: ModernConnection, code: int, data: Json, cause: Exception) -> Verdict:
    if code == mcp.UNSUPPORTED_VERSION:
        return _without_ours(connection, _offered(data))
    if code in mcp.MODERN_ERRORS:
        raise UserFacingError(
            f"{connection.config.title} speaks {mcp.MODERN} but refuses to be asked what it "
            f"offers (error {code}). Report it to the server's author."
        ) from cause
    return Legacy(why=f"it refused server/discover with error {code}")


def _offered(data: Json) -> tuple[str, ...]:
    try:
        return mcp.parse_versions_in_error(data)
    except ProtocolViolation:
        return ()
