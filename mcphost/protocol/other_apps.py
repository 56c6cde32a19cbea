"""Apps that a server means to have, and that are none here: what a person is told of it.

Law: (1) an App is opened only where its tool declares it before the call, so that its template can
be reviewed; (2) what is said are the host's own words, nothing of the server's. Pure; called by the
runs of the chat room.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mcphost.domain.json import Json, JsonObject
from mcphost.domain.tool import Tool
from mcphost.protocol.jsonrpc import object_or_empty

IN_THE_ANSWER: Final = (
    "The answer of this tool brings an App that the tool does not declare. An App is shown only "
    "where its tool declares it before the call, so that its page can be reviewed first. The "
    "server's author can mend that: _meta.ui.resourceUri belongs into the definition of the tool."
)
OF_ANOTHER_KIND: Final = (
    "This tool has an App for one other program only (openai/outputTemplate), which is not shown "
    "here. The server's author can offer it to all: with _meta.ui.resourceUri, as an MCP App."
)
_OTHER: Final = "openai/outputTemplate"


def other_app_words(tool: Tool, untrusted_result: JsonObject) -> str:
    """Why the App that *tool* or its result speaks of is not shown; nothing when there is none."""
    if tool.ui_resource is not None:
        return ""
    if _points(object_or_empty(untrusted_result.get("_meta"))):
        return IN_THE_ANSWER
    content = untrusted_result.get("content")
    if isinstance(content, Sequence) and any(_embeds(block) for block in content):
        return IN_THE_ANSWER
    return OF_ANOTHER_KIND if _OTHER in object_or_empty(tool.definition.get("_meta")) else ""


def _points(meta: JsonObject) -> bool:
    linked = (object_or_empty(meta.get("ui")).get("resourceUri"), meta.get("ui/resourceUri"))
    return any(_is_app(link) for link in linked)


def _embeds(untrusted: Json) -> bool:
    block = object_or_empty(untrusted)
    return _is_app(object_or_empty(block.get("resource")).get("uri"))


def _is_app(untrusted: Json) -> bool:
    return isinstance(untrusted, str) and untrusted.startswith("ui://")
