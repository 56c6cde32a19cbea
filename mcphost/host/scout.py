"""Going to see what a server offers: starting it, connecting, listing tools, fetching templates.

Law: (1) every step walks the one path; a local server is started only as a decision of its own.
(2) What the host does by itself has background lineage, so a server that asks for input meanwhile
is refused, and that is on the log. (3) A template that cannot be fetched is a sentence, not an end.

Loop thread. Used by `mcphost.host.fleet`.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace

from mcphost.consent.grants import Grants, Which
from mcphost.consent.pins import ToolPins
from mcphost.domain.action import Action, ActionKind
from mcphost.domain.conversation import RunState
from mcphost.domain.errors import McpHostError, PolicyDenied, UserFacingError
from mcphost.domain.events import TemplateChanged
from mcphost.domain.ids import InvocationId
from mcphost.domain.json import JsonObject
from mcphost.domain.launch import Launch, LaunchCase, Standing
from mcphost.domain.lineage import Lineage, background
from mcphost.domain.ports import EventSink
from mcphost.domain.principal import HOST, USER, Principal
from mcphost.domain.server import HttpEndpoint, ServerConfig, StdioCommand
from mcphost.domain.template import ReviewState, TemplateReview
from mcphost.domain.text import one_line
from mcphost.domain.tool import Tool
from mcphost.gate.path import Gate
from mcphost.host.launches import LaunchBook
from mcphost.protocol.mcp import RESOURCES_SUBSCRIBE
from mcphost.protocol.subscriptions import LISTEN, Filter
from mcphost.servers.catalog import list_resources, list_tools, stale_words
from mcphost.servers.connection import Connection
from mcphost.servers.legacy import LegacyConnection
from mcphost.servers.pool import ServerPool
from mcphost.templates.store import TemplateStore

MAX_TEMPLATES = 100
MAX_TEMPLATE_BYTES = 64 * 1024 * 1024
"""What one look at a server may fetch and keep before anybody has looked at any of it."""


class Scout:
    """Looks at one server at a time; keeps nothing."""

    def __init__(
        self,
        *,
        gate: Gate,
        pool: ServerPool,
        templates: TemplateStore,
        events: EventSink,
        launches: LaunchBook,
        pins: ToolPins,
        grants: Grants,
    ) -> None:
        self._gate = gate
        self._pool = pool
        self._templates = templates
        self._events = events
        self._launches = launches
        self._pins = pins
        self._grants = grants

    async def open(
        self, config: ServerConfig, principal: Principal, lineage: Lineage
    ) -> Connection:
        """Connect; a local server is started first, which is a decision of its own."""
        opened: list[Connection] = []

        async def connect(launch: Launch | None = None) -> JsonObject:
            action = _action(
                ActionKind.CONNECT, config, "server/discover", lineage, principal=principal
            )
            connection = await self._gate.exchange(
                action, lambda exchange: self._pool.connect(config, exchange, launch)
            )
            opened.append(connection)
            return {"protocolVersion": connection.info.protocol_version}

        match config.endpoint:
            case HttpEndpoint():
                await connect()
            case StdioCommand():
                await self._start(config, principal, lineage, connect)
        return opened[0]

    async def _start(
        self,
        config: ServerConfig,
        principal: Principal,
        lineage: Lineage,
        connect: Callable[[Launch], Awaitable[JsonObject]],
    ) -> None:
        """Start the program of *config*, if it may be: typed now, approved before, or asked."""
        case = await self._launches.case(config)
        states: list[RunState] = []

        async def effect() -> JsonObject:
            if RunState.WAITING_FOR_CONSENT in states:
                self._launches.approve(config, case.launch)
            self._launches.started(config, case.launch)
            return await connect(case.launch)

        action = _action(
            ActionKind.START_SERVER,
            config,
            "server/start",
            lineage,
            params={**case.launch.to_json(), "identity": config.identity},
            # A command typed for this run is the act of whoever typed it, also without a terminal.
            principal=USER if case.standing is Standing.TYPED else principal,
        )
        try:
            await self._gate.perform(
                replace(action, launch=case), effect=effect, on_state=states.append
            )
        except PolicyDenied as denied:
            if "prompt-needs-gesture" not in denied.rules:
                raise
            raise UserFacingError(_unasked(config, case)) from denied

    async def tools(
        self,
        connection: Connection,
        principal: Principal,
        lineage: Lineage,
        warnings: list[str],
    ) -> tuple[Tool, ...]:
        """Every usable tool, held against its pin; what is not is a sentence in *warnings*."""
        action = _action(
            ActionKind.LIST, connection.config, "tools/list", lineage, principal=principal
        )
        listed = await self._gate.exchange(
            action, lambda exchange: list_tools(connection, exchange, warnings=warnings)
        )
        await self._pins.see(connection.config, listed)
        return tuple(listed)

    async def listen(self, connection: Connection, wanted: Filter) -> None:
        """Hear of changes until the server ends that in order. Raises when it is lost."""
        older = connection if isinstance(connection, LegacyConnection) else None
        method = LISTEN
        if older is not None:
            method = RESOURCES_SUBSCRIBE if wanted.resources else "GET"
        action = _action(
            ActionKind.LIST,
            connection.config,
            method,
            background(time.monotonic()),
            params=wanted.params(),
        )
        if older is None:
            await self._gate.perform(replace(action, deadline=math.inf))
        else:
            await self._gate.exchange(action, lambda exchange: older.attend(wanted, exchange))

    async def prefetch(
        self,
        connection: Connection,
        tools: tuple[Tool, ...],
        warnings: list[str],
        *,
        only: Collection[str] | None = None,
    ) -> None:
        """Fetch every declared template once, for review, as far as the bounds allow; *only* names
        those that changed.
        """
        uris = [uri for uri in dict.fromkeys(tool.ui_resource for tool in tools) if uri]
        uris = [uri for uri in uris if only is None or uri in only]
        if not uris:
            return
        config = connection.config
        listing = await self._listing(connection)
        kept = 0
        for number, uri in enumerate(uris):
            if number >= MAX_TEMPLATES or kept >= MAX_TEMPLATE_BYTES:
                left = len(uris) - number
                warnings.append(f"it declares more templates than are fetched: {left} more")
                return
            try:
                result = await self._read(config, uri, warnings)
                review = await self._templates.record(config, uri, result, listing.get(uri))
                kept += review.size
                await self._template_changed(config, review, tools)
                self._events(TemplateChanged(review=review))
            except McpHostError as error:
                warnings.append(f"template {one_line(uri)}: {error}")

    async def _template_changed(
        self, config: ServerConfig, review: TemplateReview, tools: tuple[Tool, ...]
    ) -> None:
        """What was granted for a tool and its App was granted to other bytes than these."""
        if review.state is not ReviewState.PENDING or review.supersedes is None:
            return
        names = frozenset(tool.name for tool in tools if tool.ui_resource == review.pin.uri)
        which = Which(identity=config.identity, tools=names)
        await self._grants.drop(which, "the App of the tool was changed")

    async def _listing(self, connection: Connection) -> Mapping[str, JsonObject]:
        """`_meta` of the listed resources by URI. A server without a listing is no error."""
        action = _action(
            ActionKind.LIST, connection.config, "resources/list", background(time.monotonic())
        )
        try:
            entries = await self._gate.exchange(
                action, lambda exchange: list_resources(connection, exchange)
            )
        except McpHostError:
            return {}
        metas = ((str(entry.get("uri")), entry.get("_meta")) for entry in entries)
        return {uri: meta for uri, meta in metas if isinstance(meta, Mapping)}

    async def _read(self, config: ServerConfig, uri: str, warnings: list[str]) -> JsonObject:
        action = _action(
            ActionKind.RESOURCE_READ,
            config,
            "resources/read",
            background(time.monotonic()),
            params={"uri": uri},
        )
        outcome = await self._gate.perform(action)
        if outcome.kept is not None and outcome.kept.stale:
            warnings.append(f"template {one_line(uri)}: {stale_words(outcome.kept)}")
        return outcome.result


def _unasked(config: ServerConfig, case: LaunchCase) -> str:
    """Nobody has just started anything, so nobody is asked: say what waits for them."""
    if case.standing is Standing.CHANGED:
        return (
            f"{config.title} was not started: {' '.join(case.changes)} "
            "Connect it yourself to see what would run now, and decide."
        )
    return (
        f"{config.title} was not started: nobody has approved its command on this computer yet. "
        "Connect it yourself to see exactly what would run, and decide."
    )


def _action(
    kind: ActionKind,
    config: ServerConfig,
    method: str,
    lineage: Lineage,
    *,
    params: JsonObject | None = None,
    principal: Principal = HOST,
) -> Action:
    return Action(
        kind=kind,
        principal=principal,
        lineage=lineage,
        invocation=InvocationId(secrets.token_hex(8)),
        method=method,
        params=params or {},
        server=config.key,
    )
