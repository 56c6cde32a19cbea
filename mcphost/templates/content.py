"""A `resources/read` result parsed into the bytes of one template. Pure; called by `store`.

Law: exactly one document, of exactly the MCP Apps MIME type, valid UTF-8, at most 16 MiB. What is
merely odd becomes a finding; what is wrong raises `ProtocolViolation`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line
from mcphost.templates.report import Report

MIME: Final = "text/html;profile=mcp-app"
MAX_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The template's exact bytes and the metadata that came beside them (still untrusted)."""

    html: bytes
    untrusted_item: JsonObject
    untrusted_result_meta: Json


def parse_document(uri: str, untrusted_result: JsonObject, report: Report) -> Document:
    """The template in *untrusted_result*. Raises `ProtocolViolation`."""
    if not uri.startswith("ui://"):
        raise ProtocolViolation(f"a UI template must have a ui:// URI, not {one_line(uri)}")
    item = _item(uri, untrusted_result, report)
    mime = item.get("mimeType")
    if mime != MIME:
        shown = one_line(mime) if isinstance(mime, str) else "nothing"
        raise ProtocolViolation(f"the template {one_line(uri)} must have type {MIME}, not {shown}")
    html = _bytes(uri, item)
    if len(html) > MAX_BYTES:
        raise ProtocolViolation(
            f"the template {one_line(uri)} is {len(html)} bytes; at most {MAX_BYTES} are taken"
        )
    return Document(html=html, untrusted_item=item, untrusted_result_meta=_meta(untrusted_result))


def as_object(value: Json) -> JsonObject | None:
    """*value* when it is a JSON object, else None."""
    return value if isinstance(value, Mapping) else None


def as_list(value: Json) -> Sequence[Json] | None:
    """*value* when it is a JSON array, else None."""
    return cast("Sequence[Json]", value) if isinstance(value, list | tuple) else None


def _meta(holder: JsonObject) -> Json:
    return holder.get("_meta")


def _item(uri: str, untrusted_result: JsonObject, report: Report) -> JsonObject:
    contents = as_list(untrusted_result.get("contents")) or ()
    items = [item for item in map(as_object, contents) if item is not None]
    exact = [item for item in items if item.get("uri") == uri]
    chosen = exact if exact else items
    if len(chosen) != 1:
        raise ProtocolViolation(
            f"reading {one_line(uri)} must give one document, not {len(chosen)}"
        )
    if not exact:
        other = chosen[0].get("uri")
        report.add(
            "uri-differs", f"The server was asked for {uri} and answered with {other or 'no URI'}."
        )
    if len(contents) > 1:
        report.add(
            "extra-contents",
            f"The server sent {len(contents) - 1} more contents with the template; ignored.",
        )
    return chosen[0]


def _bytes(uri: str, item: JsonObject) -> bytes:
    text, blob = item.get("text"), item.get("blob")
    if isinstance(text, str) and blob is None:
        try:
            return text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ProtocolViolation(f"the template {one_line(uri)} is not valid text") from error
    if isinstance(blob, str) and text is None:
        return _decoded(uri, blob)
    raise ProtocolViolation(f"the template {one_line(uri)} needs either text or a blob")


def _decoded(uri: str, blob: str) -> bytes:
    if len(blob) > MAX_BYTES * 4 // 3 + 4:
        raise ProtocolViolation(
            f"the template {one_line(uri)} is larger than the {MAX_BYTES} bytes that are taken"
        )
    try:
        html = base64.b64decode(blob, validate=True)
        html.decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise ProtocolViolation(
            f"the template {one_line(uri)} is not Base64 of UTF-8 text"
        ) from error
    return html
