"""Where the references of a schema lead: into itself, or nowhere. Pure.

A schema may name parts of itself by `$id` and refer to them by address; that is how several
documents travel as one. Such an address is a name: it is looked up among the names the schema
itself gives, and never fetched. What the schema does not contain is refused here, before the
worker, which fetches nothing either.

Names and references are resolved as RFC 3986 says, against the nearest `$id` around them. In
draft-07 an `$id` beside a `$ref` counts for nothing: there, either reading may be meant.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import JsonObject
from mcphost.domain.text import one_line

MAX_ADDRESS = 2_048
MAX_ADDRESSES = 500
"""Each one costs the loop thread some microseconds."""

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_METASCHEMA = "https://json-schema.org/draft/2020-12/"
_KNOWN = frozenset(
    {
        "http://json-schema.org/draft-07/schema",
        f"{_METASCHEMA}schema",
        *(
            f"{_METASCHEMA}meta/{vocabulary}"
            for vocabulary in (
                *("core", "applicator", "unevaluated", "validation"),
                *("meta-data", "format-annotation", "content"),
            )
        ),
    }
)
"""The schemas of schemas: the validator brings them along."""


@dataclass(slots=True)
class References:
    """The names and references of one schema, noted while it is walked."""

    _names: set[str] = field(default_factory=lambda: {""})
    _wanted: list[tuple[str, tuple[str, ...]]] = field(
        default_factory=list[tuple[str, tuple[str, ...]]]
    )
    _addresses: int = 0

    def note(self, base: str, subschema: JsonObject) -> str:
        """Note what *subschema* names and refers to; the base of everything inside it."""
        inner = base
        named = subschema.get("$id")
        if isinstance(named, str) and not named.startswith("#"):
            inner = self._resolve(base, named)
            self._names.add(inner)
        for keyword in _REFERENCES:
            target = subschema.get(keyword)
            if isinstance(target, str) and not target.startswith("#"):
                bases = dict.fromkeys((inner, base))
                self._wanted.append((target, tuple(self._resolve(b, target) for b in bases)))
        return inner

    def require_inside(self) -> None:
        """Raise `ProtocolViolation` when a reference leads out of the schema."""
        for target, places in self._wanted:
            if not any(place in self._names or place in _KNOWN for place in places):
                raise ProtocolViolation(
                    f"it refers to {one_line(target, limit=100)}: references outside a schema are "
                    "never followed"
                )

    def _resolve(self, base: str, address: str) -> str:
        self._addresses += 1
        if self._addresses > MAX_ADDRESSES:
            raise ProtocolViolation(f"it has more than {MAX_ADDRESSES} addresses")
        if len(address) > MAX_ADDRESS:
            raise ProtocolViolation(f"it has an address of more than {MAX_ADDRESS} characters")
        try:
            return urldefrag(urljoin(base, address)).url
        except ValueError as error:
            shown = one_line(address, limit=100)
            raise ProtocolViolation(f"it has an address that is none: {shown}") from error
