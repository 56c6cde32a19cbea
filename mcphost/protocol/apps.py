"""MCP Apps messages (SEP-1865, stable 2026-01-26 and what SDK 2.x speaks): parse and build, nothing
else.

Law: (1) what a View sends is parsed into a closed set of frozen values, or refused; (2) reserved
`_meta` keys, `inputResponses`, `requestState` and `task` of a View never survive parsing, so a View
can forge neither an answer to an elicitation nor the client's identity; (3) what goes to a View has
no nulls, no `resultType`, no unknown content blocks and an object as `structuredContent`.

Pure. Called by `apps_session` and `mcphost.views` on the loop thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import rfc8785

from mcphost.domain.errors import ViewProtocolError
from mcphost.domain.json import Json, JsonObject, canonical_bytes
from mcphost.domain.view import DisplayMode
from mcphost.protocol.apps_sampling import METHOD as CREATE_MESSAGE
from mcphost.protocol.apps_sampling import CreateMessage, parse_create_message

APPS_VERSION = "2026-01-26"
"""The Apps revision every View SDK of 1.x and 2.x expects in the `ui/initialize` result."""

APP_MIME_TYPE = "text/html;profile=mcp-app"
"""The only MIME type of a template."""

INVALID_PARAMS = -32602
METHOD_NOT_FOUND = -32601
REFUSED = -32000
"""JSON-RPC code for a request of a View that policy or a person refused (Apps spec, error form)."""

MAX_MESSAGE_TEXT = 8_000
"""Characters of `ui/message` or `ui/update-model-context` text the host takes."""

MAX_HEIGHT = 1_000_000
"""Pixels beyond which a height means nothing."""

CHANGED_ARGUMENTS = "mcphost/changedArguments"
"""The key in a result's `_meta` by which the host tells a View that a person changed its call."""
_KNOWN_BLOCKS = frozenset({"text", "image", "audio", "resource_link", "resource"})
_RESERVED_META = ("io.modelcontextprotocol/", "modelcontextprotocol/", "mcp/")

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
    | ReadResource
    | OpenLink
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
        case "resources/read":
            return ReadResource(id=id, uri=_text(params, "uri"))
        case "ui/open-link":
            return OpenLink(id=id, untrusted_url=_text(params, "url"))
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
            text = data if isinstance(data, str) else str(data)
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


def result_for_view(result: JsonObject, *, changed: JsonObject | None = None) -> JsonObject:
    """A `tools/call` result as any View SDK accepts it (law 3). *changed* are the arguments when
    the person put in others than the View had.
    """
    shaped: dict[str, Json] = {"content": _known_blocks(result.get("content"))}
    structured = result.get("structuredContent")
    if isinstance(structured, Mapping):
        shaped["structuredContent"] = structured
    elif structured is not None:
        shaped["structuredContent"] = {"result": structured}
    if result.get("isError") is True:
        shaped["isError"] = True
    meta = {k: v for k, v in open_meta(result.get("_meta")).items() if k != CHANGED_ARGUMENTS}
    if changed is not None:
        meta[CHANGED_ARGUMENTS] = changed
    if meta:
        shaped["_meta"] = meta
    return shaped


def resource_for_view(result: JsonObject) -> JsonObject:
    """A `resources/read` result for a View: its contents, without nulls and reserved metadata."""
    contents = result.get("contents")
    items: list[Json] = []
    for item in (
        contents if isinstance(contents, Sequence) and not isinstance(contents, str) else ()
    ):
        if isinstance(item, Mapping):
            items.append({key: value for key, value in item.items() if value is not None})
    return {"contents": items}


def open_meta(untrusted_meta: Json) -> JsonObject:
    """`_meta` without the keys reserved to the protocol."""
    if not isinstance(untrusted_meta, Mapping):
        return {}
    return {
        key: value
        for key, value in untrusted_meta.items()
        if not key.startswith(_RESERVED_META) and value is not None
    }


def _initialize(id: ViewRequestId, params: JsonObject) -> Initialize:
    info = params.get("appInfo", params.get("clientInfo"))
    claimed: JsonObject = info if isinstance(info, Mapping) else {}
    capabilities = params.get("appCapabilities")
    return Initialize(
        id=id,
        name=str(claimed.get("name", "")),
        version=str(claimed.get("version", "")),
        protocol_version=str(params.get("protocolVersion", "")),
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
    token = meta.get("progressToken") if isinstance(meta, Mapping) else None
    known = isinstance(token, int | str) and not isinstance(token, bool)
    return CallTool(
        id=id,
        name=_text(params, "name"),
        arguments=arguments or {},
        progress_token=token if known else None,  # pyright: ignore[reportArgumentType]
    )


def _message(id: ViewRequestId, params: JsonObject) -> SendMessage:
    """Accepts one block or a list of blocks: both are in the field (ext-apps issue 48)."""
    if params.get("role", "user") != "user":
        raise ViewProtocolError("ui/message: only role `user` is allowed", code=INVALID_PARAMS)
    return SendMessage(id=id, text=_bounded(_block_text(params.get("content"))))


def _context_text(params: JsonObject) -> str:
    text = _block_text(params.get("content"))
    structured = params.get("structuredContent")
    if structured is not None:
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
    blocks: Sequence[Json]
    if isinstance(content, Mapping):
        blocks = [content]
    elif isinstance(content, Sequence) and not isinstance(content, str):
        blocks = content
    else:
        blocks = []
    texts = [
        block["text"]
        for block in blocks
        if isinstance(block, Mapping) and isinstance(block.get("text"), str)
    ]
    return "\n".join(str(text) for text in texts)


def _bounded(text: str) -> str:
    if len(text) > MAX_MESSAGE_TEXT:
        raise ViewProtocolError(
            f"text of {len(text)} characters; at most {MAX_MESSAGE_TEXT} are taken",
            code=INVALID_PARAMS,
        )
    return text


def _known_blocks(untrusted_content: Json) -> Json:
    if not isinstance(untrusted_content, Sequence) or isinstance(untrusted_content, str):
        return []
    kept: list[Json] = []
    for block in untrusted_content:
        if isinstance(block, Mapping) and block.get("type") in _KNOWN_BLOCKS:
            kept.append({key: value for key, value in block.items() if value is not None})
    return kept


def _text(params: JsonObject, name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise ViewProtocolError(f"`{name}` must be a non-empty string", code=INVALID_PARAMS)
    return value
