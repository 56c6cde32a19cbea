"""What changed between two definitions of a tool, in kinds that a person can judge.

Law: total and complete: two definitions with different digests differ in at least one change, and
whatever has no kind of its own is OTHER. Nothing here is sanitised; whoever shows it does that.
Pure; used by `consent.pins`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

from mcphost.domain.json import Json, JsonObject
from mcphost.domain.pin import ChangeKind, ToolChange

MAX_DEPTH = 6
_WORDS = ("description", "title", "$comment", "examples", "default")
_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LIMITS = ("pattern", "format", "const", "enum", "uniqueItems", "multipleOf")
_ANY = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_SIMPLE = {
    "description": ChangeKind.DESCRIPTION,
    "title": ChangeKind.TITLE,
    "outputSchema": ChangeKind.RESULT,
}
_UI = {"visibility": ChangeKind.VISIBILITY, "resourceUri": ChangeKind.TEMPLATE}
_ORDER = {kind: place for place, kind in enumerate(ChangeKind)}


def tool_diff(before: JsonObject, after: JsonObject) -> tuple[ToolChange, ...]:
    """Every difference, the weightiest kind first."""
    found: list[ToolChange] = []
    for part in sorted({*before, *after}):
        old, new = before.get(part), after.get(part)
        if old == new and (part in before) == (part in after):
            continue
        match part:
            case "inputSchema":
                found += _arguments(_object(old), _object(new), "", 0)
            case "annotations":
                found += _members(_object(old), _object(new), ChangeKind.ANNOTATION)
            case "_meta":
                found += _meta(_object(old), _object(new))
            case _:
                kind = _SIMPLE.get(part, ChangeKind.OTHER)
                found.append(_change(kind, part, old, new))
    if not found:
        found.append(_change(ChangeKind.OTHER, "the definition", before, after))
    return tuple(sorted(found, key=lambda change: (_ORDER[change.kind], change.what)))


def _meta(old: JsonObject, new: JsonObject) -> Iterator[ToolChange]:
    for name in sorted({*old, *new} - {"ui"}):
        if old.get(name) != new.get(name):
            flat = ChangeKind.TEMPLATE if name.startswith("ui/") else ChangeKind.OTHER
            yield _change(flat, f"_meta {name}", old.get(name), new.get(name))
    before, after = _object(old.get("ui")), _object(new.get("ui"))
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            kind = _UI.get(name, ChangeKind.TEMPLATE)
            yield _change(kind, name, before.get(name), after.get(name))


def _members(old: JsonObject, new: JsonObject, kind: ChangeKind) -> Iterator[ToolChange]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name) or (name in old) != (name in new):
            yield _change(kind, name, old.get(name), new.get(name))


def _arguments(old: JsonObject, new: JsonObject, where: str, depth: int) -> Iterator[ToolChange]:
    """The differences of two schemas of one object or value."""
    before, after = _object(old.get("properties")), _object(new.get("properties"))
    required = (_names(old.get("required")), _names(new.get("required")))
    for name in sorted({*before, *after}):
        at = f"{where}.{name}" if where else name
        if name not in before:
            added = f"{at} (required)" if name in required[1] else at
            yield _change(ChangeKind.ARGUMENT_ADDED, added, None, after[name])
        elif name not in after:
            yield _change(ChangeKind.ARGUMENT_REMOVED, at, before[name], None)
        else:
            yield from _one(before[name], after[name], at, depth)
    for name in sorted((required[0] ^ required[1]) & before.keys() & after.keys()):
        at = f"{where}.{name}" if where else name
        wider = name in required[0]
        kind = ChangeKind.ARGUMENT_WIDENED if wider else ChangeKind.ARGUMENT_NARROWED
        was, now = ("required", "optional") if wider else ("optional", "required")
        yield ToolChange(kind=kind, what=at, untrusted_before=was, untrusted_after=now)
    yield from _keywords(old, new, where, {"properties", "required"})


def _one(old: Json, new: Json, at: str, depth: int) -> Iterator[ToolChange]:
    if old == new:
        return
    if not isinstance(old, Mapping) or not isinstance(new, Mapping) or depth >= MAX_DEPTH:
        yield _change(ChangeKind.ARGUMENT_WIDENED, at, old, new)
        return
    yield from _arguments(old, new, at, depth + 1)


def _keywords(old: JsonObject, new: JsonObject, at: str, skip: set[str]) -> Iterator[ToolChange]:
    where = at or "the arguments"
    for name in sorted({*old, *new} - skip):
        before, after = old.get(name), new.get(name)
        if before == after and (name in old) == (name in new):
            continue
        if name in _WORDS:
            kind = ChangeKind.ARGUMENT_TEXT
        elif _narrower(name, before, after):
            kind = ChangeKind.ARGUMENT_NARROWED
        else:
            kind = ChangeKind.ARGUMENT_WIDENED  # what is not known to be narrower may be wider
        yield _change(kind, f"{where}: {name}", before, after)


def _narrower(name: str, old: Json, new: Json) -> bool:
    """Whether the limit *name* certainly lets less through than before."""
    if name in _LEAST or name in _MOST:
        if old is None:
            return True
        if not isinstance(old, int | float) or not isinstance(new, int | float):
            return False
        return new > old if name in _LEAST else new < old
    if name == "enum":
        return old is None or (_is_list(old) and _is_list(new) and all(e in old for e in new))
    if name == "type":
        return _types(new) < _types(old)
    if name == "additionalProperties":
        return new is False
    return name in _LIMITS and old is None


def _is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _types(value: Json) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset({value})
    return _names(value) or _ANY


def _names(value: Json) -> frozenset[str]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return frozenset()
    return frozenset(each for each in value if isinstance(each, str))


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}


def _change(kind: ChangeKind, what: str, old: Json, new: Json) -> ToolChange:
    return ToolChange(kind=kind, what=what, untrusted_before=_text(old), untrusted_after=_text(new))


def _text(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, indent=2, sort_keys=True)
