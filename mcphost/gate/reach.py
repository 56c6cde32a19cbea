"""How the server of a walk is reached at the moment: its connection, its era, what becomes headers.

Law: asked anew at every step, because a person may have thought for minutes meanwhile. Loop thread.
"""

from __future__ import annotations

from mcphost.domain.errors import ServerUnreachable
from mcphost.domain.ids import ServerKey
from mcphost.domain.server import HttpEndpoint
from mcphost.domain.tool import Era
from mcphost.gate.ports import Connection, Rooms
from mcphost.gate.walk import Walk
from mcphost.protocol.headers import HeaderParameters


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
