"""What a server offers: its tools and resources, page by page. Loop thread only.

Law: (1) cursors are opaque and only their absence ends a list; (2) pages and entries are bounded
and a cursor that comes back is an error; (3) a list is of one time: kept pages are used all or
none, and a cursor that is no longer good starts it over once; (4) a bad tool is left out with a
reason, a good one next to it stays; (5) what a server does not advertise is not asked
for. Prompts, resources for people and templates are read by `offers.py`, by the same pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mcphost.domain.errors import ProtocolViolation, ServerRefused
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.ports import Exchange, Kept
from mcphost.domain.text import one_line
from mcphost.domain.tool import Tool
from mcphost.protocol import mcp
from mcphost.servers.connection import Connection
from mcphost.servers.limits import ServerLimits

_DEFAULT = ServerLimits()


async def list_tools(
    connection: Connection,
    exchange: Exchange,
    *,
    warnings: list[str] | None = None,
    limits: ServerLimits = _DEFAULT,
) -> list[Tool]:
    """Every usable tool. *warnings* receives a sentence for each part that is not usable."""
    notes = warnings if warnings is not None else []
    if not advertises(connection, "tools"):
        notes.append(
            f"{connection.config.title} does not say that it has tools, so it was not asked for any"
        )
        connection.remember_tools([])
        return []
    tools: dict[str, Tool] = {}
    stale: list[Kept] = []
    for untrusted in await pages(connection, mcp.TOOLS_LIST, "tools", exchange, limits, stale):
        try:
            tool, said = mcp.parse_tool_with_warnings(connection.config.key, untrusted)
        except ProtocolViolation as violation:
            notes.append(f"{connection.config.title}: {_called(untrusted)}: {violation}")
            continue
        if tool.name in tools:
            notes.append(f"{connection.config.title}: {one_line(tool.name)} is listed twice")
            continue
        tools[tool.name] = tool
        notes.extend(f"{connection.config.title}: {sentence}" for sentence in said)
    notes.extend(f"{connection.config.title}: {stale_words(kept)}" for kept in stale[:1])
    listed = list(tools.values())
    connection.remember_tools(listed)
    return listed


def _called(untrusted: Json) -> str:
    """How the warning about a tool that is left out begins."""
    name = mcp.object_or_empty(untrusted).get("name")
    if isinstance(name, str) and name:
        return f"the tool {one_line(name)} was left out"
    return "a tool was left out"


async def list_resources(
    connection: Connection, exchange: Exchange, *, limits: ServerLimits = _DEFAULT
) -> list[JsonObject]:
    """The raw entries of `resources/list` that are objects with a `uri`, with their `_meta`."""
    if not advertises(connection, "resources"):
        return []
    entries = await pages(connection, mcp.RESOURCES_LIST, "resources", exchange, limits)
    found: list[JsonObject] = []
    for entry in entries:
        candidate = mcp.object_or_empty(entry)
        if isinstance(candidate.get("uri"), str):
            found.append(candidate)
    return found


async def read_resource(connection: Connection, uri: str, exchange: Exchange) -> JsonObject:
    """The raw result of `resources/read`."""
    return await connection.request(mcp.RESOURCES_READ, {"uri": uri}, exchange)


def advertises(connection: Connection, capability: str) -> bool:
    """Whether the server said that it has *capability*."""
    return isinstance(connection.info.capabilities.get(capability), Mapping)


def stale_words(kept: Kept) -> str:
    """What to tell a person who is shown *kept*, which could not be asked for again."""
    minutes = max(1, round(kept.age / 60))
    return f"it could not be reached; this is what it said {minutes} min ago"


async def pages(
    connection: Connection,
    method: str,
    key: str,
    exchange: Exchange,
    limits: ServerLimits,
    stale: list[Kept] | None = None,
) -> list[Json]:
    """All entries of one list, over all pages. *stale* receives what stands in because of an
    outage. Raises `ProtocolViolation` for pages without an end.
    """
    told, kept = exchange.on_kept, list[Kept]()
    followed: set[str] = set()

    def note(one: Kept) -> None:
        kept.append(one)
        if told is not None:
            told(one)

    noting = exchange if told is None else replace(exchange, on_kept=note)
    try:
        entries = await _read(connection, method, key, noting, limits, followed)
    except ServerRefused:
        if not followed:
            raise
    else:
        if len(kept) in {0, len(followed) + 1}:
            if stale is not None:
                stale.extend(one for one in kept if one.stale)
            return entries
    return await _read(connection, method, key, replace(exchange, on_kept=None), limits, set())


async def _read(
    connection: Connection,
    method: str,
    key: str,
    exchange: Exchange,
    limits: ServerLimits,
    followed: set[str],
) -> list[Json]:
    """Page after page. *followed* receives the cursors."""
    entries: list[Json] = []
    params: JsonObject = {}
    for _ in range(limits.pages):
        result = await connection.request(method, params, exchange)
        page = result.get(key)
        if not isinstance(page, Sequence) or isinstance(page, str):
            raise _broken(connection, method, f"{key} that are not a list")
        entries.extend(page)
        if len(entries) > limits.tools:
            raise _broken(connection, method, f"more than {limits.tools} {key}")
        cursor = result.get("nextCursor")
        if cursor is None:
            return entries
        if not isinstance(cursor, str) or cursor in followed:
            raise _broken(connection, method, "a cursor that leads nowhere")
        followed.add(cursor)
        params = {"cursor": cursor}
    raise _broken(connection, method, f"more than {limits.pages} pages")


def _broken(connection: Connection, method: str, what: str) -> ProtocolViolation:
    return ProtocolViolation(
        f"{connection.config.title} broke the protocol in its answer to {method}: {what}. "
        "Report it to the server's author."
    )
