"""Content blocks of a result, and the plain text that stands for a whole result.

Law: (1) an unknown or malformed block is kept as unknown, never an error: the tool has already run;
(2) the text for people and models is sanitised and bounded; (3) binary data is named, not shown.
Pure; called on the loop thread by the gate, chat and views rooms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line, visible

_TEXT_LIMIT: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TextContent:
    """Plain text of the server's."""

    untrusted_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageContent:
    """A picture, still in Base64."""

    mime_type: str
    untrusted_data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioContent:
    """A sound, still in Base64."""

    mime_type: str
    untrusted_data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceLink:
    """The address of a resource that was not sent along."""

    uri: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedResource:
    """A resource that was sent along; *untrusted_text* is None for a binary one."""

    uri: str
    mime_type: str
    untrusted_text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownContent:
    """A block of a kind the host does not know, or that is malformed."""

    kind: str


Content: TypeAlias = (
    TextContent | ImageContent | AudioContent | ResourceLink | EmbeddedResource | UnknownContent
)


def parse_content(untrusted: Json) -> tuple[Content, ...]:
    """The blocks of a result's `content`; nothing when it is not a list."""
    if not isinstance(untrusted, Sequence) or isinstance(untrusted, str):
        return ()
    return tuple(_block(item) for item in untrusted)


def is_error(result: JsonObject) -> bool:
    """Whether the tool itself says that it failed."""
    return result.get("isError") is True


def result_text(result: JsonObject) -> str:
    """What a person or a model reads when no App shows *result*; sanitised, bounded plain text."""
    parts = [_words(block) for block in parse_content(result.get("content"))]
    text = "\n".join(part for part in parts if part)
    if not text and "structuredContent" in result:
        text = json.dumps(result["structuredContent"], ensure_ascii=False, indent=2, default=str)
    return visible(text, limit=_TEXT_LIMIT)


def block_text(untrusted: Json) -> str:
    """What stands for one block; neither sanitised nor bounded yet."""
    return _words(_block(untrusted))


def _block(untrusted: Json) -> Content:
    if not isinstance(untrusted, Mapping):
        return UnknownContent(kind="?")
    kind = _text(untrusted, "type") or "?"
    match kind:
        case "text" if isinstance(untrusted.get("text"), str):
            return TextContent(untrusted_text=_text(untrusted, "text"))
        case "image":
            return ImageContent(mime_type=_mime(untrusted), untrusted_data=_text(untrusted, "data"))
        case "audio":
            return AudioContent(mime_type=_mime(untrusted), untrusted_data=_text(untrusted, "data"))
        case "resource_link":
            title = _text(untrusted, "title") or _text(untrusted, "name")
            return ResourceLink(
                uri=one_line(_text(untrusted, "uri"), limit=500), title=one_line(title)
            )
        case "resource":
            return _embedded(untrusted.get("resource"))
        case _:
            return UnknownContent(kind=one_line(kind, limit=40))


def _embedded(untrusted: Json) -> Content:
    if not isinstance(untrusted, Mapping):
        return UnknownContent(kind="resource")
    text = untrusted.get("text")
    return EmbeddedResource(
        uri=one_line(_text(untrusted, "uri"), limit=500),
        mime_type=_mime(untrusted),
        untrusted_text=text if isinstance(text, str) else None,
    )


def _words(block: Content) -> str:
    match block:
        case TextContent(untrusted_text=text):
            return text
        case ImageContent(mime_type=mime):
            return f"[a picture, {mime}]"
        case AudioContent(mime_type=mime):
            return f"[a sound, {mime}]"
        case ResourceLink(uri=uri, title=title):
            return f"[{title}: {uri}]" if title else f"[{uri}]"
        case EmbeddedResource(uri=uri, untrusted_text=None, mime_type=mime):
            return f"[{uri}, {mime}]"
        case EmbeddedResource(uri=uri, mime_type=mime, untrusted_text=text):
            return f"[{uri}, {mime}]" if "html" in mime else str(text)
        case UnknownContent(kind=kind):
            return f"[content of an unknown kind: {kind}]"


def _text(fields: JsonObject, key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) else ""


def _mime(fields: JsonObject) -> str:
    return one_line(_text(fields, "mimeType"), limit=80) or "unknown type"
