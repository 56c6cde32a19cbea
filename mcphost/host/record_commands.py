"""The part of the façade about what Views did, and about playing it again; `Host` is made of it.

Law: (1) a saved exchange is a stranger's file: bounded, strict JSON, checked by its schema before
it is read; (2) the changed template is reviewed like any other, under a server of its own that
nobody can be reached at, so that approving it approves nothing else; (3) playing starts no server
and sends nothing. Loop thread.
"""

from __future__ import annotations

import secrets
from abc import ABC

from mcphost.assets import asset_text
from mcphost.chat.ports import Target
from mcphost.chat.transcript import new_item_id
from mcphost.domain.conversation import RunState, ToolRun
from mcphost.domain.errors import ProtocolViolation, UserFacingError
from mcphost.domain.events import TemplateChanged
from mcphost.domain.ids import ConversationId, InvocationId, ServerKey, ViewId
from mcphost.domain.json import Json, JsonObject, canonical_digest
from mcphost.domain.labels import server_data
from mcphost.domain.recording import BY_REPLAY, Recording, recording_of
from mcphost.domain.server import HttpEndpoint, ServerConfig
from mcphost.domain.template import TemplateReview
from mcphost.domain.text import one_line
from mcphost.domain.tool import Tool
from mcphost.domain.view import ViewReport, ViewSummary
from mcphost.host.compose import Rooms
from mcphost.host.settings import NOWHERE, HostSettings
from mcphost.protocol.apps import APP_MIME_TYPE
from mcphost.protocol.jsonrpc import MAX_DEPTH, parse_json
from mcphost.protocol.mcp import is_error, result_text
from mcphost.protocol.tools import parse_tool

MAX_EXCHANGE = 16 * 1024 * 1024
"""Bytes of a file that is read: indenting makes several of each that were recorded. What the schema
is held against is bounded by the checker.
"""
_INSIDE = 4
"""How much deeper a message lies in the file than on its channel."""


class RecordCommands(ABC):
    """What the inspector and the replay ask for."""

    _rooms: Rooms
    _settings: HostSettings

    async def views(self) -> tuple[ViewSummary, ...]:
        """Every View that is live or was lately closed, the oldest first."""
        return self._rooms.deck.summaries()

    async def view_report(self, view: ViewId) -> ViewReport:
        """What happened to a View. Raises `NotConfigured` when it is forgotten."""
        return self._rooms.deck.report(view)

    async def read_exchange(self, untrusted: bytes) -> Recording:
        """A saved exchange. Raises `UserFacingError`."""
        schema = parse_json(asset_text("schemas/exchange.schema.json"))
        try:
            data = parse_json(untrusted, max_bytes=MAX_EXCHANGE, max_depth=MAX_DEPTH + _INSIDE)
            await self._rooms.schemas.check(_object(schema), data, what="the exchange")
        except ProtocolViolation as error:
            raise UserFacingError(f"This is no exchange that can be played: {error}") from error
        return recording_of(_object(data))

    async def put_template(self, recording: Recording, untrusted_html: bytes) -> TemplateReview:
        """Let *untrusted_html* stand for the template of *recording*, for review. Raises
        `UserFacingError`.
        """
        config = _nowhere(recording)
        if not self._rooms.fleet.knows(config.key):
            await self._rooms.fleet.add(config, keep=False)
        try:
            item: dict[str, Json] = {
                "uri": recording.uri,
                "mimeType": APP_MIME_TYPE,
                "text": untrusted_html.decode("utf-8"),
                "_meta": {"ui": recording.meta},
            }
            review = await self._rooms.templates.record(config, recording.uri, {"contents": [item]})
        except (UnicodeDecodeError, ProtocolViolation) as error:
            raise UserFacingError(f"The template cannot be used: {error}") from error
        self._settings.events(TemplateChanged(review=review))
        return review

    async def replay(self, conversation: ConversationId, recording: Recording) -> ToolRun:
        """Open the template that was put, in *conversation*, and play *recording* to it. Raises
        `UserFacingError` when it was not approved.
        """
        config = _nowhere(recording)
        tool = _tool(config.key, recording)
        target = Target(server=config, tool=tool, review=None)
        card = _card(config, tool, recording)
        return await self._rooms.runner.playing.play(conversation, card, target, recording)


def _nowhere(recording: Recording) -> ServerConfig:
    """The server that a recording is played under: its address resolves nowhere (RFC 2606)."""
    name = canonical_digest([recording.server, recording.uri])
    return ServerConfig(
        key=ServerKey(f"replay-{name[:8]}"),
        title=f"Replay of {one_line(recording.server, limit=60)}",
        endpoint=HttpEndpoint(url=f"{NOWHERE}{name}"),
    )


def _tool(key: ServerKey, recording: Recording) -> Tool:
    """The tool as the View was told of it. Raises `UserFacingError`."""
    plain: JsonObject = {"name": recording.tool, "inputSchema": {"type": "object"}}
    shape: dict[str, Json] = {
        **(recording.tool_info or plain),
        "_meta": {"ui": {"resourceUri": recording.uri}},
    }
    try:
        return parse_tool(key, shape)
    except ProtocolViolation as error:
        raise UserFacingError(f"The tool of the exchange cannot be used: {error}") from error


def _card(config: ServerConfig, tool: Tool, recording: Recording) -> ToolRun:
    result = recording.result
    failed = result is not None and is_error(result)
    return ToolRun(
        id=new_item_id(),
        invocation=InvocationId(secrets.token_hex(8)),
        server=config.key,
        server_title=config.title,
        server_identity=config.identity,
        label=server_data(config.key, config.identity),
        tool=tool.name,
        title=one_line(tool.title or tool.name, limit=80),
        by=BY_REPLAY,
        arguments=recording.arguments,
        state=RunState.TOOL_ERROR if failed else RunState.DONE,
        text="" if result is None else result_text(result),
        result=result,
    )


def _object(value: Json) -> JsonObject:
    if not isinstance(value, dict):
        raise UserFacingError("This is no exchange that can be played: it is not an object.")
    return value
