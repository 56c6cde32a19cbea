"""The fields that prompts, resources and templates share, read from a server's listing.

Law: (1) an entry that breaks the rules is refused whole, with the reason; (2) texts for people are
sanitised and bounded; (3) the name to show is the title where there is one, else the name; (4)
icons are not read: this host draws none, so nothing of them is fetched or decoded. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line, visible

MAX_NAME: Final = 256
MAX_ADDRESS: Final = 2048
_TITLE: Final = 120
_DESCRIPTION: Final = 2_000


def entry(untrusted: Json, what: str) -> JsonObject:
    """*untrusted* as an object. Raises `ProtocolViolation`."""
    if not isinstance(untrusted, Mapping):
        raise ProtocolViolation(f"{what} is not an object")
    return untrusted


def items(untrusted: Json, what: str) -> Sequence[Json]:
    """*untrusted* as a list. Raises `ProtocolViolation`."""
    if not isinstance(untrusted, Sequence) or isinstance(untrusted, str):
        raise ProtocolViolation(f"{what} is not a list")
    return untrusted


def exact_name(fields: JsonObject, what: str) -> str:
    """`name`, unchanged: it goes back on the wire. Raises `ProtocolViolation`."""
    name = fields.get("name")
    if not isinstance(name, str) or not name or len(name) > MAX_NAME:
        raise ProtocolViolation(f"{what} without a name of 1 to {MAX_NAME} characters")
    return name


def text(fields: JsonObject, key: str) -> str:
    """The text in *key*, or nothing."""
    value = fields.get(key)
    return value if isinstance(value, str) else ""


def display_name(fields: JsonObject, fallback: str) -> str:
    """What the entry is called before people: its title, else its name, else *fallback*."""
    for key in ("title", "name"):
        if text(fields, key).strip():
            return one_line(text(fields, key), limit=_TITLE)
    return one_line(fallback, limit=_TITLE)


def description(fields: JsonObject) -> str:
    """The description, sanitised."""
    return visible(text(fields, "description"), limit=_DESCRIPTION)


def count(fields: JsonObject, key: str) -> int | None:
    """The whole number of at least 0 in *key*, if that is what there is."""
    value = fields.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return value


def mime_type(fields: JsonObject) -> str:
    """The declared type, or that there is none."""
    return one_line(text(fields, "mimeType"), limit=80) or "unknown type"
