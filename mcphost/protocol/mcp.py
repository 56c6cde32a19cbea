"""MCP messages: names, versions, `_meta`, and the parsers of what servers answer.

Law: (1) what a server says is parsed once, here, into values that cannot be malformed; (2) the
revision 2026-07-28 is read strictly, older ones through the same values; (3) nothing a server says
of itself decides anything. Pure; called on the loop thread by the servers, templates and gate
rooms. `parse_tool` and `parse_content` live in siblings and are offered here as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mcphost.domain.errors import HostBugError, ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.ports import InputRequest
from mcphost.domain.text import one_line, visible
from mcphost.domain.tool import Era, ServerInfo
from mcphost.protocol.content import (
    AudioContent,
    Content,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    UnknownContent,
    is_error,
    parse_content,
    result_text,
)
from mcphost.protocol.jsonrpc import object_or_empty
from mcphost.protocol.tools import parse_tool, parse_tool_with_warnings

__all__ = [
    "AudioContent",
    "Content",
    "EmbeddedResource",
    "ImageContent",
    "InputRequired",
    "ResourceLink",
    "ResultType",
    "TextContent",
    "UnknownContent",
    "client_capabilities",
    "is_error",
    "legacy_meta",
    "object_or_empty",
    "parse_content",
    "parse_input_requests",
    "parse_input_required",
    "parse_result_type",
    "parse_server_info_legacy",
    "parse_server_info_modern",
    "parse_supported_versions",
    "parse_tool",
    "parse_tool_with_warnings",
    "request_meta",
    "result_text",
]

MODERN: Final = "2026-07-28"
LEGACY_OFFERED: Final = "2025-11-25"
LEGACY_ACCEPTED: Final = frozenset({"2025-11-25", "2025-06-18", "2025-03-26"})
BATCHING: Final = "2025-03-26"
HTTP_SSE: Final = "2024-11-05"

DISCOVER: Final = "server/discover"
INITIALIZE: Final = "initialize"
INITIALIZED: Final = "notifications/initialized"
PING: Final = "ping"
TOOLS_LIST: Final = "tools/list"
TOOLS_CALL: Final = "tools/call"
RESOURCES_LIST: Final = "resources/list"
RESOURCES_READ: Final = "resources/read"
RESOURCE_TEMPLATES_LIST: Final = "resources/templates/list"
PROMPTS_LIST: Final = "prompts/list"
RESOURCES_SUBSCRIBE: Final = "resources/subscribe"
RESOURCES_UNSUBSCRIBE: Final = "resources/unsubscribe"
PROMPTS_GET: Final = "prompts/get"
COMPLETE: Final = "completion/complete"
TASKS_GET: Final = "tasks/get"
TASKS_UPDATE: Final = "tasks/update"
TASKS_CANCEL: Final = "tasks/cancel"
ELICITATION_CREATE: Final = "elicitation/create"
SAMPLING_CREATE: Final = "sampling/createMessage"
ROOTS_LIST: Final = "roots/list"
CANCELLED: Final = "notifications/cancelled"
PROGRESS: Final = "notifications/progress"
LIST_CHANGED: Final = {
    "notifications/tools/list_changed": "tools",
    "notifications/resources/list_changed": "resources",
    "notifications/prompts/list_changed": "prompts",
}

META_VERSION: Final = "io.modelcontextprotocol/protocolVersion"
META_CAPABILITIES: Final = "io.modelcontextprotocol/clientCapabilities"
META_CLIENT: Final = "io.modelcontextprotocol/clientInfo"
META_SERVER: Final = "io.modelcontextprotocol/serverInfo"

UI_EXTENSION: Final = "io.modelcontextprotocol/ui"
TASKS_EXTENSION: Final = "io.modelcontextprotocol/tasks"
APP_MIME: Final = "text/html;profile=mcp-app"

HEADER_MISMATCH: Final = -32020
MISSING_CAPABILITY: Final = -32021
UNSUPPORTED_VERSION: Final = -32022
_NOT_FOUND_ONCE: Final = -32002
"""What revisions before 2026-07-28 answer when a resource is not there."""
URL_ELICITATION: Final = -32042
"""Of 2025-11-25 alone: the person has to visit addresses first."""
MODERN_ERRORS: Final = frozenset({HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION})

MAY_ASK_FOR_INPUT: Final = frozenset({TOOLS_CALL, RESOURCES_READ, PROMPTS_GET})
MAY_BECOME_TASK: Final = frozenset({TOOLS_CALL})
TASK_METHODS: Final = frozenset({TASKS_GET, TASKS_UPDATE, TASKS_CANCEL})
_INPUT_METHODS: Final = frozenset({ELICITATION_CREATE, SAMPLING_CREATE, ROOTS_LIST})
_MAX_INPUT_REQUESTS: Final = 16
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class ResultType(StrEnum):
    """What a result of 2026-07-28 is; absent means complete."""

    COMPLETE = "complete"
    INPUT_REQUIRED = "input_required"
    TASK = "task"
    """Added by the tasks extension."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRequired:
    """A server wants input before it goes on. *request_state* must be echoed, never read."""

    input_requests: tuple[tuple[str, InputRequest], ...]
    request_state: str | None


def client_capabilities(*, elicitation: bool, tasks: bool = False) -> JsonObject:
    """What the host declares: always the Apps extension, elicitation only where it may prompt,
    tasks only where somebody sees them through.
    """
    extensions: dict[str, Json] = {UI_EXTENSION: {"mimeTypes": [APP_MIME]}}
    if tasks:
        extensions[TASKS_EXTENSION] = {}
    capabilities: dict[str, Json] = {"extensions": extensions}
    if elicitation:
        capabilities["elicitation"] = {"form": {}, "url": {}}
    return capabilities


def request_meta(
    *,
    version: str,
    client: JsonObject,
    elicitation: bool,
    progress_token: int | None,
    traceparent: str | None,
    tasks: bool = False,
) -> JsonObject:
    """The `_meta` every request of 2026-07-28 carries. Baggage and tracestate never travel."""
    meta: dict[str, Json] = {
        META_VERSION: version,
        META_CLIENT: client,
        META_CAPABILITIES: client_capabilities(elicitation=elicitation, tasks=tasks),
    }
    return {**meta, **legacy_meta(progress_token=progress_token, traceparent=traceparent)}


def legacy_meta(*, progress_token: int | None, traceparent: str | None) -> JsonObject:
    """The two keys that older revisions know as well; `{}` when there is neither."""
    meta: dict[str, Json] = {}
    if progress_token is not None:
        meta["progressToken"] = progress_token
    if traceparent is not None:
        if not _TRACEPARENT.fullmatch(traceparent):
            raise HostBugError("a traceparent that is not W3C")
        meta["traceparent"] = traceparent
    return meta


def parse_result_type(result: JsonObject, *, tasks: bool = False) -> ResultType:
    """The kind of *result*. *tasks* says whether the tasks extension was declared on the very
    request it answers. Raises `ProtocolViolation` for a kind the host did not ask for.
    """
    untrusted = result.get("resultType", ResultType.COMPLETE.value)
    known = {kind.value for kind in ResultType if tasks or kind is not ResultType.TASK}
    if not isinstance(untrusted, str) or untrusted not in known:
        said = one_line(str(untrusted), limit=40)
        raise ProtocolViolation(f"a resultType it may not use: {said}")
    return ResultType(untrusted)


def parse_input_required(result: JsonObject) -> InputRequired:
    """The questions and the state of an `input_required` result, checked."""
    state = result.get("requestState")
    if state is not None and not isinstance(state, str):
        raise ProtocolViolation("a requestState that is not text")
    asked = result.get("inputRequests", {})
    if not isinstance(asked, Mapping):
        raise ProtocolViolation("inputRequests that are not an object")
    if not asked and state is None:
        raise ProtocolViolation("an input_required result that asks for nothing")
    return InputRequired(input_requests=parse_input_requests(asked), request_state=state)


def parse_input_requests(asked: JsonObject) -> tuple[tuple[str, InputRequest], ...]:
    """The questions of a result or of a task, by key. Raises `ProtocolViolation`."""
    if len(asked) > _MAX_INPUT_REQUESTS:
        raise ProtocolViolation(f"more than {_MAX_INPUT_REQUESTS} input requests at once")
    return tuple((key, _input_request(value)) for key, value in asked.items())


def parse_supported_versions(discovered: JsonObject) -> tuple[str, ...]:
    """`supportedVersions` of a DiscoverResult. Raises `ProtocolViolation` when it is not one."""
    return _versions(discovered.get("supportedVersions"), "supportedVersions")


def meaning_of(method: str, code: int) -> str:
    """What an error *code* in answer to *method* means, where it may be taken to mean anything."""
    if method == RESOURCES_READ and code == _NOT_FOUND_ONCE:
        return "there is no such resource"
    return ""


def parse_versions_in_error(untrusted_data: Json) -> tuple[str, ...]:
    """`data.supported` of an UnsupportedProtocolVersion error."""
    return _versions(object_or_empty(untrusted_data).get("supported"), "data.supported")


def parse_server_info_modern(discovered: JsonObject, version: str) -> ServerInfo:
    """What a DiscoverResult says of the server."""
    untrusted = object_or_empty(discovered.get("_meta")).get(META_SERVER)
    return _server_info(Era.MODERN, version, untrusted, discovered)


def parse_server_info_legacy(initialized: JsonObject) -> ServerInfo:
    """What an InitializeResult says. Raises `ProtocolViolation` without a protocol version."""
    version = initialized.get("protocolVersion")
    if not isinstance(version, str):
        raise ProtocolViolation("an initialize result without protocolVersion")
    return _server_info(Era.LEGACY, version, initialized.get("serverInfo"), initialized)


def _server_info(era: Era, version: str, untrusted: Json, result: JsonObject) -> ServerInfo:
    capabilities = result.get("capabilities", {})
    if not isinstance(capabilities, Mapping):
        raise ProtocolViolation("capabilities that are not an object")
    said = object_or_empty(untrusted)
    instructions = result.get("instructions")
    return ServerInfo(
        era=era,
        protocol_version=one_line(version, limit=40),
        name=_word(said.get("name")),
        version=_word(said.get("version")),
        capabilities=capabilities,
        instructions=visible(instructions) if isinstance(instructions, str) else "",
    )


def _word(untrusted: Json) -> str:
    return one_line(untrusted, limit=120) if isinstance(untrusted, str) else ""


def _versions(untrusted: Json, what: str) -> tuple[str, ...]:
    if not isinstance(untrusted, Sequence) or isinstance(untrusted, str):
        raise ProtocolViolation(f"{what} that is not a list")
    return tuple(version for version in untrusted if isinstance(version, str))


def _input_request(untrusted: Json) -> InputRequest:
    if not isinstance(untrusted, Mapping):
        raise ProtocolViolation("an input request that is not an object")
    method = untrusted.get("method")
    if not isinstance(method, str) or method not in _INPUT_METHODS:
        raise ProtocolViolation("an input request of a kind that does not exist")
    params = untrusted.get("params", {})
    if not isinstance(params, Mapping):
        raise ProtocolViolation("an input request whose params are not an object")
    return InputRequest(method=method, untrusted_params=params)
