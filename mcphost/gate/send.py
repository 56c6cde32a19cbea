"""Step 6: one request, on one connection, with a deadline.

Law: what is sent was decided on: the first round is the approved request, a retry is the approved
request plus answers; it goes to the server and the tool definition that were decided on, however
long a person thought; only a chain that a person started, with a person there to answer, declares
that it can be asked for input. A result without a recorded frame is a bug of ours.
"""

from __future__ import annotations

from mcphost.domain.errors import (
    HostBugError,
    ServerRefused,
    ServerUnreachable,
    UserFacingError,
)
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import JsonObject
from mcphost.domain.ports import Exchange
from mcphost.domain.server import HttpEndpoint
from mcphost.domain.text import one_line
from mcphost.domain.tool import Era
from mcphost.gate.input import legacy_input
from mcphost.gate.intent import Intent
from mcphost.gate.ports import Connection, Rooms
from mcphost.gate.walk import Walk, request_digest
from mcphost.protocol.headers import HeaderParameters
from mcphost.protocol.mcp import MAY_ASK_FOR_INPUT, is_error

RETRY_KEYS = frozenset({"inputResponses", "requestState"})


async def send(rooms: Rooms, walk: Walk, params: JsonObject) -> JsonObject:
    """Send *params* and return the result object."""
    method = walk.action.method
    approved = {key: value for key, value in params.items() if key not in RETRY_KEYS}
    if request_digest(method, approved) != walk.approved:
        raise HostBugError("the request is not the one that was approved")
    _require_unchanged(rooms, walk)
    intent = Intent(
        rooms, walk, methods=frozenset({method}), expected=request_digest(method, params)
    )
    try:
        result = await connection_of(rooms, walk).request(
            method, params, exchange_for(rooms, walk, intent)
        )
    except ServerRefused as error:
        if walk.refusal is not None:
            raise walk.refusal from error
        raise
    if walk.refusal is not None and is_error(result):
        raise walk.refusal
    if not intent.sent:
        raise HostBugError("a result came back for a request that was never recorded")
    return result


def _require_unchanged(rooms: Rooms, walk: Walk) -> None:
    """Raise `UserFacingError` when the alias or the tool stands for something else by now."""
    key = walk.action.server
    if key is not None and rooms.configs(key) != walk.config:
        raise UserFacingError(
            f"the server {key} was changed since this was decided; nothing was sent. Try again."
        )
    if walk.tool is not None and not rooms.listed(walk.tool):
        name = one_line(walk.tool.name, limit=120)
        raise UserFacingError(
            f"{name} was changed by its server since this call was decided; nothing was sent. "
            "Try again."
        )


def connection_of(rooms: Rooms, walk: Walk) -> Connection:
    """The live connection of the walk's server. Raises `ServerUnreachable`."""
    key = walk.action.server or ServerKey("")
    connection = rooms.connections(key)
    if connection is None:
        raise ServerUnreachable(f"the server {key} is not connected. Connect it and try again.")
    return connection


def spoken_to(rooms: Rooms, walk: Walk) -> Era | None:
    """The era of the walk's server, when it is connected."""
    connection = rooms.connections(walk.action.server or ServerKey(""))
    return None if connection is None else connection.info.era


def mirrors(rooms: Rooms, walk: Walk) -> HeaderParameters:
    """The parameters of the walk's tool that become headers: over HTTP, for a modern server, and
    for one whose era is not known at the moment.
    """
    over_http = walk.config is not None and isinstance(walk.config.endpoint, HttpEndpoint)
    if walk.tool is None or not over_http or spoken_to(rooms, walk) is Era.LEGACY:
        return ()
    return walk.tool.header_parameters


def exchange_for(rooms: Rooms, walk: Walk, intent: Intent) -> Exchange:
    """Everything the connection may know about this walk. A chain that may not ask offers nothing
    to ask by: connections of older revisions then refuse the question themselves, with a row.
    """
    may_ask = (
        walk.may_prompt and rooms.elicitation.present and walk.action.method in MAY_ASK_FOR_INPUT
    )
    return Exchange(
        invocation=walk.action.invocation,
        before_send=intent,
        elicitation=may_ask,
        on_input=legacy_input(rooms, walk) if may_ask else None,
        mirrored=walk.tool.header_parameters if walk.tool is not None else None,
        traceparent=walk.traceparent,
        deadline=walk.action.deadline,
    )
