"""Which language a schema is written in. Pure.

Law: (1) a dialect is JSON Schema 2020-12, also when none is named, draft-07, or one the schema
brings along itself; any other is an explicit error, nothing is fetched; (2) a schema brings its
dialect along when exactly one member of its `$defs` bears the dialect's name as `$id`, is itself
written in 2020-12 and requires vocabularies of 2020-12 only; (3) such a dialect is that of the
whole: no part of a schema may bring one of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line


class Dialect(StrEnum):
    """The dialects that are checked. Values are what goes to the worker."""

    DRAFT_2020_12 = "2020-12"
    DRAFT_07 = "draft-07"
    EMBEDDED = "embedded"


_2020_12 = "https://json-schema.org/draft/2020-12/"
_KNOWN = {
    f"{_2020_12}schema": Dialect.DRAFT_2020_12,
    "http://json-schema.org/draft-07/schema": Dialect.DRAFT_07,
    "https://json-schema.org/draft-07/schema": Dialect.DRAFT_07,
}
_CORE = f"{_2020_12}vocab/core"
_VOCABULARIES = frozenset(
    {
        _CORE,
        *(
            f"{_2020_12}vocab/{vocabulary}"
            for vocabulary in (
                *("applicator", "unevaluated", "validation"),
                *("meta-data", "format-annotation", "content"),
            )
        ),
    }
)
"""What may be required. Formats are annotations here: `format-assertion` is not among them."""


class Dialects:
    """The dialect of one schema, and the rules for what its parts say of theirs."""

    def __init__(self, root: JsonObject) -> None:
        self._name = _name(root.get("$schema"))
        self._times = 0
        self.of_whole = (
            Dialect.DRAFT_2020_12
            if self._name is None
            else _KNOWN.get(self._name, Dialect.EMBEDDED)
        )
        if self.of_whole is Dialect.EMBEDDED:
            _require_embedded(root, self._name or "")

    def note(self, base: str, subschema: JsonObject) -> None:
        """Note a part whose address is *base*. Raises `ProtocolViolation` for another dialect."""
        named = subschema.get("$schema")
        if isinstance(named, str) and named.removesuffix("#") not in (self._name, *_KNOWN):
            raise _unsupported(named)
        if base == self._name and isinstance(subschema.get("$id"), str):
            self._times += 1
            if self._times > 1 and self.of_whole is Dialect.EMBEDDED:
                raise _unsupported(base, ", which it describes more than once")


def _require_embedded(root: JsonObject, name: str) -> None:
    parts = root.get("$defs")
    inside = parts.values() if isinstance(parts, Mapping) else ()
    found = [part for part in inside if isinstance(part, Mapping) and part.get("$id") == name]
    if not name or len(found) != 1 or root.get("$id") == name:
        raise _unsupported(name)
    written_in = _name(found[0].get("$schema"))
    if written_in is None or _KNOWN.get(written_in) is not Dialect.DRAFT_2020_12:
        raise _unsupported(name, ", which is not described in JSON Schema 2020-12")
    needs = found[0].get("$vocabulary")
    if not isinstance(needs, Mapping) or needs.get(_CORE) is not True:
        raise _unsupported(name, ", which does not say that it needs the core vocabulary")
    for vocabulary, required in needs.items():
        if required is not False and vocabulary not in _VOCABULARIES:
            shown = one_line(vocabulary, limit=100)
            raise _unsupported(name, f", which needs an unknown vocabulary, {shown}")


def _name(named: Json) -> str | None:
    if named is None or isinstance(named, str):
        return None if named is None else named.removesuffix("#")
    raise _unsupported("something else than text")


def _unsupported(name: str, why: str = "") -> ProtocolViolation:
    shown = one_line(name, limit=100)
    return ProtocolViolation(f"its dialect is not supported: {shown}{why}")
