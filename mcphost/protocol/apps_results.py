"""What a View is told of its server, as every View SDK accepts it.

Law: (1) only fields of the specification that have the right type go to a View: no nulls, no
`resultType`, no reserved metadata, an object as `structuredContent`, because an SDK throws away a
whole message for one of these; (2) what is left out of a result leaves a block of text behind that
says so; (3) a result that is none (`input_required`, a task) never becomes an empty success.

Sources: SEP-1865, `types` of SDK 1.x and 2.x, 2026-07-28 `schema#contentblock`. Pure; called by
`mcphost.views` on the loop thread.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.tool import Tool
from mcphost.protocol.apps import Listing
from mcphost.protocol.content import block_text

CHANGED_ARGUMENTS: Final = "mcphost/changedArguments"
"""The key in a result's `_meta` by which the host tells a View that a person changed its call."""
_RESERVED_META: Final = ("io.modelcontextprotocol/", "modelcontextprotocol/", "mcp/")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_KEY_OF: Final = {
    Listing.RESOURCES: "resources",
    Listing.TEMPLATES: "resourceTemplates",
    Listing.PROMPTS: "prompts",
}


def result_for_view(result: JsonObject, *, changed: JsonObject | None = None) -> JsonObject:
    """A `tools/call` result. *changed* are the arguments when the person put in others than the
    View had. Raises `ProtocolViolation` for what is no result.
    """
    _require_complete(result)
    shaped: dict[str, Json] = {"content": [_block(each) for each in _list(result.get("content"))]}
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
    """A `resources/read` result. Raises `ProtocolViolation` for what is no result."""
    _require_complete(result)
    items = (_contents(each) for each in _list(result.get("contents")))
    return {"contents": [item for item in items if item is not None]}


def list_for_view(listing: Listing, result: JsonObject) -> JsonObject:
    """One page of a list of the View's server. Raises `ProtocolViolation` for what is none."""
    _require_complete(result)
    key = _KEY_OF[listing]
    entries = (_ENTRIES[listing](each) for each in _list(result.get(key)))
    shaped: dict[str, Json] = {key: [entry for entry in entries if entry is not None]}
    cursor = result.get("nextCursor")
    if isinstance(cursor, str):
        shaped["nextCursor"] = cursor
    return shaped


def tool_for_view(tool: Tool) -> JsonObject:
    """A tool's definition. An output schema that is no object's is unknown to Views of 1.x."""
    shown = _only(
        tool.definition,
        texts=("title", "description"),
        objects=("annotations",),
    )
    shown["name"], shown["inputSchema"] = tool.name, tool.input_schema
    if tool.output_schema is not None and tool.output_schema.get("type") == "object":
        shown["outputSchema"] = tool.output_schema
    return shown


def open_meta(untrusted_meta: Json) -> JsonObject:
    """`_meta` without the keys reserved to the protocol."""
    if not isinstance(untrusted_meta, Mapping):
        return {}
    return {
        key: value
        for key, value in untrusted_meta.items()
        if not key.startswith(_RESERVED_META) and value is not None
    }


def _require_complete(result: JsonObject) -> None:
    kind = result.get("resultType", "complete")
    if kind != "complete" or "inputRequests" in result:
        raise ProtocolViolation("the server's answer is not a result yet; nothing was passed on")


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _block(untrusted: Json) -> JsonObject:
    """The block, or a text that stands for one that a View cannot take."""
    shown = _known(untrusted) if isinstance(untrusted, Mapping) else None
    return {"type": "text", "text": block_text(untrusted)} if shown is None else shown


def _known(block: JsonObject) -> JsonObject | None:
    kind = block.get("type")
    match block:
        case {"type": "text", "text": str()}:
            shown = _only(block, texts=("text",))
        case {"type": "image" | "audio", "data": str(data), "mimeType": str()} if _base64(data):
            shown = _only(block, texts=("data", "mimeType"))
        case {"type": "resource_link", "uri": str(), "name": str()}:
            shown = _resource(block) or {}
        case {"type": "resource", "resource": inner}:
            contents = _contents(inner)
            if contents is None:
                return None
            shown = {**_only(block), "resource": contents}
        case _:
            return None
    return {"type": kind, **shown}


def _contents(untrusted: Json) -> JsonObject | None:
    match untrusted:
        case {"uri": str(), "text": str()} if untrusted.get("blob") is None:
            return _only(untrusted, texts=("uri", "mimeType", "text"))
        case {"uri": str(), "blob": str(b)} if untrusted.get("text") is None and _base64(b):
            return _only(untrusted, texts=("uri", "mimeType", "blob"))
        case _:
            return None


def _resource(untrusted: Json) -> JsonObject | None:
    if not isinstance(untrusted, Mapping) or not _has_texts(untrusted, "uri", "name"):
        return None
    shown = _only(untrusted, texts=("uri", "name", "title", "description", "mimeType"))
    size = untrusted.get("size")
    if isinstance(size, int) and not isinstance(size, bool):
        shown["size"] = size
    return shown


def _template(untrusted: Json) -> JsonObject | None:
    if not isinstance(untrusted, Mapping) or not _has_texts(untrusted, "uriTemplate", "name"):
        return None
    return _only(untrusted, texts=("uriTemplate", "name", "title", "description", "mimeType"))


def _prompt(untrusted: Json) -> JsonObject | None:
    if not isinstance(untrusted, Mapping) or not _has_texts(untrusted, "name"):
        return None
    shown = _only(untrusted, texts=("name", "title", "description"))
    arguments = (_argument(each) for each in _list(untrusted.get("arguments")))
    known = [each for each in arguments if each is not None]
    return {**shown, "arguments": known} if known else shown


def _argument(untrusted: Json) -> JsonObject | None:
    if not isinstance(untrusted, Mapping) or not _has_texts(untrusted, "name"):
        return None
    shown = _only(untrusted, texts=("name", "title", "description"))
    return {**shown, "required": True} if untrusted.get("required") is True else shown


_ENTRIES: Final[Mapping[Listing, Callable[[Json], JsonObject | None]]] = {
    Listing.RESOURCES: _resource,
    Listing.TEMPLATES: _template,
    Listing.PROMPTS: _prompt,
}


def _base64(untrusted: str) -> bool:
    try:
        binascii.a2b_base64(untrusted, strict_mode=True)
    except ValueError:  # also what is not ASCII
        return False
    return True


def _has_texts(untrusted: JsonObject, *names: str) -> bool:
    return all(isinstance(untrusted.get(name), str) for name in names)


def _only(
    untrusted: JsonObject, *, texts: Sequence[str] = (), objects: Sequence[str] = ()
) -> dict[str, Json]:
    """Those members that have their type, with `annotations` and `_meta` where they have theirs."""
    shown: dict[str, Json] = {
        name: value for name in texts if isinstance(value := untrusted.get(name), str)
    }
    for name in objects:
        if isinstance(value := untrusted.get(name), Mapping):
            shown[name] = {k: each for k, each in value.items() if isinstance(each, bool | str)}
    if "annotations" not in objects and (notes := _annotations(untrusted.get("annotations"))):
        shown["annotations"] = notes
    if meta := open_meta(untrusted.get("_meta")):
        shown["_meta"] = meta
    return shown


def _annotations(untrusted: Json) -> JsonObject:
    """For whom a block is, how much it matters, and of when it is."""
    if not isinstance(untrusted, Mapping):
        return {}
    shown: dict[str, Json] = {}
    audience = _list(untrusted.get("audience"))
    if audience and all(each in ("user", "assistant") for each in audience):
        shown["audience"] = audience
    priority = untrusted.get("priority")
    if isinstance(priority, int | float) and not isinstance(priority, bool) and 0 <= priority <= 1:
        shown["priority"] = priority
    modified = untrusted.get("lastModified")
    if isinstance(modified, str) and _TIME.fullmatch(modified):
        shown["lastModified"] = modified
    return shown
