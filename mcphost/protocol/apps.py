"""What a View says by MCP Apps (SEP-1865, stable 2026-01-26 and what SDK 2.x speaks), parsed and
nothing else. What it is told is built by `apps_results`.

Law: (1) what a View sends is parsed into a closed set of frozen values, or refused; (2) reserved
`_meta` keys, `inputResponses`, `requestState` and `task` of a View never survive parsing, so a View
can forge neither an answer to an elicitation nor the client's identity; (3) what is not text stands
in a message in words, so that nothing is left out unsaid.

Pure. Called by `apps_session` and `mcphost.views` on the loop thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import rfc8785

from mcphost.domain.errors import ViewProtocolError
from mcphost.domain.json import Json, JsonObject, canonical_bytes
from mcphost.domain.view import DisplayMode
from mcphost.protocol.apps_sampling import METHOD as CREATE_MESSAGE
from mcphost.protocol.apps_sampling import (
    CreateMessage,
    parse_create_message,
    progress_token,
)
from mcphost.protocol.content import block_text
from mcphost.protocol.downloads import Offered, parse_files
from mcphost.protocol.jsonrpc import INVALID_PARAMS

APPS_VERSION = "2026-01-26"
"""The Apps revision every View SDK of 1.x and 2.x expects in the `ui/initialize` result."""

APP_MIME_TYPE = "text/html;profile=mcp-app"
"""The only MIME type of a template."""

REFUSED = -32000
"""JSON-RPC code for a request of a View that policy or a person refused (Apps spec, error form)."""

MAX_MESSAGE_TEXT = 8_000
"""Characters of `ui/message` or `ui/update-model-context` text the host takes."""

MAX_HEIGHT = 1_000_000
"""Pixels beyond which a height means nothing."""

MAX_CURSOR = 4_096
MAX_NAME = 500
"""Characters that are kept of what an App calls itself."""

ViewRequestId: TypeAlias = int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialize:
    """`ui/initialize`. *name* and *version* are the App's own claim; display only."""

    id: ViewRequestId
    name: str
    version: str
    protocol_version: str
    tools: bool
    """Whether the App says that it offers tools itself."""
    modes: tuple[DisplayMode, ...] | None = None
    """The display modes it says it can be shown in, those that the host knows; None when it says
    nothing about them.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTool:
    """`tools/call` by a View. *progress_token* is the View's own and never leaves the host."""

    id: ViewRequestId
    name: str
    arguments: JsonObject
    progress_token: ViewRequestId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTools:
    """`tools/list` by a View."""

    id: ViewRequestId


class Listing(StrEnum):
    """The lists of its server that a View may read, besides its tools."""

    RESOURCES = "resources/list"
    TEMPLATES = "resources/templates/list"
    PROMPTS = "prompts/list"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOffers:
    """A list of the View's own server. *cursor* is the server's own, and opaque."""

    id: ViewRequestId
    listing: Listing
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResource:
    """`resources/read` by a View."""

    id: ViewRequestId
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLink:
    """`ui/open-link`. *untrusted_url* has not been checked yet."""

    id: ViewRequestId
    untrusted_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadFile:
    """`ui/download-file`: nothing is saved by asking."""

    id: ViewRequestId
    files: tuple[Offered, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """`ui/message`: offered as a draft, never sent."""

    id: ViewRequestId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateContext:
    """`ui/update-model-context`: replaces what this View put on the shelf; empty text clears it."""

    id: ViewRequestId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDisplayMode:
    """`ui/request-display-mode`."""

    id: ViewRequestId
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeChanged:
    """`ui/notifications/size-changed`; only the height is used, the host owns the width."""

    height: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMessage:
    """`notifications/message` of a View: its own log."""

    level: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """`notifications/cancelled` for one of the View's own requests (the id may be 0)."""

    request: ViewRequestId


@dataclass(frozen=True, slots=True, kw_only=True)
class TeardownWanted:
    """`ui/notifications/request-teardown`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsChanged:
    """`notifications/tools/list_changed`: the App offers other tools than before."""


ViewMessage: TypeAlias = (
    Initialize
    | CallTool
    | ListTools
    | ListOffers
    | ReadResource
    | OpenLink
    | DownloadFile
    | SendMessage
    | UpdateContext
    | RequestDisplayMode
    | SizeChanged
    | LogMessage
    | Cancelled
    | TeardownWanted
    | ToolsChanged
    | CreateMessage
)


def parse_view_request(
    id: ViewRequestId, method: str, untrusted_params: JsonObject
) -> ViewMessage | None:
    """The View request *method*, or None when the host does not speak it. Raises
    `ViewProtocolError`.
    """
    params = untrusted_params
    match method:
        case "ui/initialize" | "initialize":
            return _initialize(id, params)
        case "tools/call":
            return _call_tool(id, params)
        case "tools/list":
            return ListTools(id=id)
        case Listing.RESOURCES | Listing.TEMPLATES | Listing.PROMPTS:
            return ListOffers(id=id, listing=Listing(method), cursor=_cursor(params))
        case "resources/read":
            return ReadResource(id=id, uri=_text(params, "uri"))
        case "ui/open-link":
            return OpenLink(id=id, untrusted_url=_text(params, "url"))
        case "ui/download-file":
            return DownloadFile(id=id, files=parse_files(params))
        case "ui/message":
            return _message(id, params)
        case "ui/update-model-context":
            return UpdateContext(id=id, text=_context_text(params))
        case name if name == CREATE_MESSAGE:
            return parse_create_message(id, params)
        case "ui/request-display-mode":
            return RequestDisplayMode(id=id, mode=_text(params, "mode"))
        case _:
            return None


def parse_view_notification(method: str, untrusted_params: JsonObject) -> ViewMessage | None:
    """The View notification *method*, or None when it means nothing to the host."""
    params = untrusted_params
    match method:
        case "ui/notifications/size-changed":
            height = params.get("height")
            known = isinstance(height, int | float) and not isinstance(height, bool)
            return SizeChanged(height=_whole_pixels(height) if known else None)  # pyright: ignore
        case "notifications/message":
            data = params.get("data")
            text = data if isinstance(data, str) else json.dumps(data, default=dict)
            return LogMessage(level=str(params.get("level", "info")), text=text)
        case "notifications/cancelled":
            request = params.get("requestId")
            if isinstance(request, int | str) and not isinstance(request, bool):
                return Cancelled(request=request)
            raise ViewProtocolError("notifications/cancelled without a requestId")
        case "ui/notifications/request-teardown":
            return TeardownWanted()
        case "notifications/tools/list_changed":
            return ToolsChanged()
        case _:
            return None


def _initialize(id: ViewRequestId, params: JsonObject) -> Initialize:
    info = params.get("appInfo", params.get("clientInfo"))
    claimed: JsonObject = info if isinstance(info, Mapping) else {}
    capabilities = params.get("appCapabilities")
    return Initialize(
        id=id,
        name=str(claimed.get("name", ""))[:MAX_NAME],
        version=str(claimed.get("version", ""))[:MAX_NAME],
        protocol_version=str(params.get("protocolVersion", ""))[:MAX_NAME],
        modes=_modes(params.get("appCapabilities")),
        tools=isinstance(capabilities, Mapping) and isinstance(capabilities.get("tools"), Mapping),
    )


def _modes(capabilities: Json) -> tuple[DisplayMode, ...] | None:
    named = capabilities.get("availableDisplayModes") if isinstance(capabilities, Mapping) else None
    if not isinstance(named, Sequence) or isinstance(named, str):
        return None
    return tuple(mode for mode in DisplayMode if mode.value in named)


def _call_tool(id: ViewRequestId, params: JsonObject) -> CallTool:
    """Keep the name, the arguments and the progress token; nothing else a View adds is kept."""
    arguments = params.get("arguments")
    if not isinstance(arguments, Mapping | None):
        raise ViewProtocolError("tools/call: `arguments` must be an object", code=INVALID_PARAMS)
    meta = params.get("_meta")
    return CallTool(
        id=id,
        name=_text(params, "name"),
        arguments=arguments or {},
        progress_token=progress_token(meta),
    )


def _message(id: ViewRequestId, params: JsonObject) -> SendMessage:
    """Accepts one block or a list of blocks: both are in the field (ext-apps issue 48)."""
    if params.get("role", "user") != "user":
        raise ViewProtocolError("ui/message: only role `user` is allowed", code=INVALID_PARAMS)
    text = _block_text(params.get("content"))
    if not text.strip():
        raise ViewProtocolError("ui/message: there is no text in it", code=INVALID_PARAMS)
    return SendMessage(id=id, text=_bounded(text))


def _context_text(params: JsonObject) -> str:
    """Empty only when nothing was given, which clears; never because of what was left out."""
    text = _block_text(params.get("content"))
    structured = params.get("structuredContent")
    if structured is not None:
        if len(json.dumps(structured, default=dict)) > 8 * MAX_MESSAGE_TEXT:
            raise ViewProtocolError("structuredContent is too long", code=INVALID_PARAMS)
        try:
            text = f"{text}\n{canonical_bytes(structured).decode()}".strip()
        except rfc8785.CanonicalizationError as error:
            raise ViewProtocolError(
                "structuredContent holds a number that JSON cannot carry exactly",
                code=INVALID_PARAMS,
            ) from error
    return _bounded(text)


def _whole_pixels(height: float) -> int:
    """Rounded up; bounded first, because a number of a View may be too large to add to."""
    return int(min(max(height, 0), MAX_HEIGHT) + 0.999)


def _block_text(content: Json) -> str:
    """One block or a list of blocks, as text."""
    if content is None:
        return ""
    if isinstance(content, Mapping):
        return block_text(content)
    if not isinstance(content, Sequence) or isinstance(content, str):
        raise ViewProtocolError("`content` must be blocks", code=INVALID_PARAMS)
    return "\n".join(block_text(block) for block in content)


def _bounded(text: str) -> str:
    if len(text) > MAX_MESSAGE_TEXT:
        raise ViewProtocolError(
            f"text of {len(text)} characters; at most {MAX_MESSAGE_TEXT} are taken",
            code=INVALID_PARAMS,
        )
    return text


def _cursor(params: JsonObject) -> str | None:
    cursor = params.get("cursor")
    if cursor is not None and (not isinstance(cursor, str) or len(cursor) > MAX_CURSOR):
        raise ViewProtocolError(
            f"`cursor` must be text of at most {MAX_CURSOR} characters", code=INVALID_PARAMS
        )
    return cursor


def _text(params: JsonObject, name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise ViewProtocolError(f"`{name}` must be a non-empty string", code=INVALID_PARAMS)
    return value
