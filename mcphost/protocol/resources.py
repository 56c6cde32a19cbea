"""Resources and resource templates: their listing, and what reading one gave.

Law: (1) an entry that breaks the rules is refused whole, with the reason; (2) an address is kept
exactly as it came, and one that hides characters or has no scheme is refused; (3) text is sanitised
and bounded, binary content is measured and named, never drawn. Pure.
"""

from __future__ import annotations

import re
from typing import Final

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.offers import Resource, ResourceContents, ResourcePart, ResourceTemplate
from mcphost.domain.text import hides, one_line, visible
from mcphost.protocol import offer_fields as fields_of
from mcphost.protocol.uri_template import parse_template as parse_uri_template

MAX_PARTS: Final = 500
MAX_TEXT: Final = 100_000
"""Characters of one resource that are kept for showing, over all its contents; a cut is said."""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def parse_resource(server: ServerKey, untrusted: Json) -> Resource:
    """One entry of `resources/list`. Raises `ProtocolViolation` with the reason."""
    found = fields_of.entry(untrusted, "a resource")
    uri = _address(found, "uri", "a resource")
    return Resource(
        server=server,
        uri=uri,
        title=fields_of.display_name(found, uri),
        description=fields_of.description(found),
        mime_type=fields_of.mime_type(found),
        size=fields_of.count(found, "size"),
    )


def parse_resource_template(server: ServerKey, untrusted: Json) -> ResourceTemplate:
    """One entry of `resources/templates/list`. Raises `ProtocolViolation` with the reason."""
    found = fields_of.entry(untrusted, "a resource template")
    address = _address(found, "uriTemplate", "a resource template")
    return ResourceTemplate(
        server=server,
        uri_template=address,
        title=fields_of.display_name(found, address),
        description=fields_of.description(found),
        mime_type=fields_of.mime_type(found),
        variables=parse_uri_template(address).variables,
    )


def parse_contents(server: ServerKey, uri: str, result: JsonObject) -> ResourceContents:
    """A result of `resources/read`: perhaps several contents, or none. Raises
    `ProtocolViolation`.
    """
    listed = fields_of.items(result.get("contents"), "the contents of a resource")
    if len(listed) > MAX_PARTS:
        raise ProtocolViolation(f"a resource of more than {MAX_PARTS} contents")
    parts: list[ResourcePart] = []
    left = MAX_TEXT
    for each in listed:
        parts.append(parse_part(each, limit=left))
        left = max(left - len(parts[-1].text or ""), 0)
    return ResourceContents(server=server, uri=uri, parts=tuple(parts))


def parse_part(untrusted: Json, *, limit: int = MAX_TEXT) -> ResourcePart:
    """One content: text, of which *limit* characters are kept, or Base64 that is only measured.
    Raises `ProtocolViolation`.
    """
    found = fields_of.entry(untrusted, "a content of a resource")
    uri = one_line(fields_of.text(found, "uri"), limit=fields_of.MAX_ADDRESS)
    text, blob = found.get("text"), found.get("blob")
    if isinstance(text, str):
        size = len(text.encode("utf-8", "surrogatepass"))
        shown = visible(text, limit=limit)
    elif isinstance(blob, str):
        size, shown = len(blob.rstrip("=")) * 3 // 4, None
    else:
        raise ProtocolViolation("a content of a resource with neither text nor blob")
    return ResourcePart(uri=uri, mime_type=fields_of.mime_type(found), text=shown, size=size)


def _address(fields: JsonObject, key: str, what: str) -> str:
    address = fields.get(key)
    if not isinstance(address, str) or not 0 < len(address) <= fields_of.MAX_ADDRESS:
        raise ProtocolViolation(
            f"{what} without a {key} of 1 to {fields_of.MAX_ADDRESS} characters"
        )
    template = key == "uriTemplate" and address.startswith("{")  # the scheme itself may be a gap
    if any(hides(c) or c.isspace() for c in address) or not (template or _SCHEME.match(address)):
        raise ProtocolViolation(f"{what} whose {key} is no address: {one_line(address, limit=80)}")
    return address
