"""Tools that an App offers itself (draft of the Apps extension, "App-provided tools"): what a View
says of them, parsed.

Law: (1) a definition is a tool only by the rules that hold for a server's (`protocol.tools`), and
its digest is over the View as well; (2) an App's tool has no template and no headers; (3) two of
one name are none; (4) a result is shaped like any other that the host did not write, and its
`resultType` and reserved `_meta` are dropped; (5) an error of the View is a result that says so.
Pure; used by `mcphost.views.app_tools`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.ids import ServerKey, ViewId
from mcphost.domain.json import Json, JsonObject, canonical_digest
from mcphost.domain.text import one_line, visible
from mcphost.domain.tool import Tool, pinned_part
from mcphost.protocol.tools import parse_tool

MAX_TOOLS: Final = 50
MAX_ERROR: Final = 2_000
"""Characters of an App's own words about what went wrong."""
NO_TOOLS: Final = -32601
"""The code with which an App answers that declared tools and has none to list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppToolList:
    """The tools of one `tools/list` result; *refused* has a sentence for each that is none."""

    tools: tuple[Tool, ...]
    refused: tuple[str, ...]


def parse_app_tools(server: ServerKey, view: ViewId, untrusted: JsonObject) -> AppToolList:
    """The tools in a View's answer. Raises `ProtocolViolation` when it is no list of tools, or one
    of several pages: an App of at most `MAX_TOOLS` tools needs one.
    """
    listed = untrusted.get("tools")
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise ProtocolViolation("its answer is no list of tools")
    if len(listed) > MAX_TOOLS or untrusted.get("nextCursor") is not None:
        raise ProtocolViolation(f"it offers more than {MAX_TOOLS} tools")
    found: list[Tool] = []
    refused: list[str] = []
    for each in listed:
        try:
            found.append(_of_app(parse_tool(server, each), view))
        except (ProtocolViolation, ValueError, RecursionError) as error:
            refused.append(one_line(str(error), limit=200))
    times = Counter(tool.name for tool in found)
    refused += [f"{one_line(name)} is there {n} times" for name, n in times.items() if n > 1]
    once = tuple(tool for tool in found if times[tool.name] == 1)
    return AppToolList(tools=once, refused=tuple(refused))


def parse_app_result(untrusted: JsonObject) -> JsonObject:
    """A `tools/call` result of a View. Raises `ProtocolViolation` when it is none."""
    content = untrusted.get("content")
    if not isinstance(content, Sequence) or isinstance(content, str):
        raise ProtocolViolation("its result has no list of content")
    if not all(isinstance(block, Mapping) for block in content):
        raise ProtocolViolation("its result has content that is no object")
    shaped: dict[str, Json] = {"content": content}
    structured = untrusted.get("structuredContent")
    if structured is not None:
        if not isinstance(structured, Mapping):
            raise ProtocolViolation("its structuredContent is no object")
        shaped["structuredContent"] = structured
    if untrusted.get("isError") is True:
        shaped["isError"] = True
    return shaped


def failed(untrusted_message: str) -> JsonObject:
    """The result that stands for a JSON-RPC error of a View: SDKs throw one for a callback that
    failed and for a tool that is not there.
    """
    said = visible(untrusted_message, limit=MAX_ERROR) or "it did not say why"
    return {"content": [{"type": "text", "text": f"The App failed: {said}"}], "isError": True}


def _of_app(tool: Tool, view: ViewId) -> Tool:
    pinned: JsonObject = {"view": view, "tool": pinned_part(tool.definition)}
    return replace(
        tool,
        ui_resource=None,
        header_parameters=(),
        definition_digest=canonical_digest(pinned),
    )
