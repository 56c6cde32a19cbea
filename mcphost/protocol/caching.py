"""Which answers of a server may be kept, for how long, and what makes them void (2026-07-28).

Law: (1) only a complete result of one of six methods, asked without answers to a question, may be
kept; (2) what a server does not say, or says wrongly, is read as the strictest: private, and stale
at once; (3) no server may be believed for longer than `LONGEST`; (4) news voids too much rather
than too little. Pure; time is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import rfc8785

from mcphost.domain.ids import Digest
from mcphost.domain.json import Json, JsonObject, canonical_digest
from mcphost.protocol.mcp import (
    DISCOVER,
    PROMPTS_LIST,
    RESOURCE_TEMPLATES_LIST,
    RESOURCES_LIST,
    RESOURCES_READ,
    TOOLS_LIST,
    ResultType,
)

CACHEABLE: Final = frozenset(
    {DISCOVER, TOOLS_LIST, PROMPTS_LIST, RESOURCES_LIST, RESOURCE_TEMPLATES_LIST, RESOURCES_READ}
)
LISTS: Final = {
    "tools": frozenset({TOOLS_LIST}),
    "prompts": frozenset({PROMPTS_LIST}),
    "resources": frozenset({RESOURCES_LIST, RESOURCE_TEMPLATES_LIST}),
}
"""What the word that a list has changed makes void, by the list."""
LONGEST: Final = 24 * 3600.0
"""Seconds after which nothing is fresh, whatever its server said."""
_ANSWERS: Final = ("inputResponses", "requestState")
_BOUNDARIES: Final = "/?#"


class Scope(StrEnum):
    """For whom an answer is meant."""

    PRIVATE = "private"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What a result says of its own keeping. *ttl* is in seconds; 0 means stale at once."""

    ttl: float
    scope: Scope


def parse_hint(untrusted_result: JsonObject) -> Hint:
    """The hint of a result; nothing is an error."""
    scope = untrusted_result.get("cacheScope")
    return Hint(
        ttl=_seconds(untrusted_result.get("ttlMs")),
        scope=Scope.PUBLIC if scope == Scope.PUBLIC.value else Scope.PRIVATE,
    )


def may_be_asked(method: str, params: JsonObject) -> bool:
    """Whether an answer to this request may be kept, and a kept one may answer it."""
    return method in CACHEABLE and not any(name in params for name in _ANSWERS)


def may_be_kept(untrusted_result: JsonObject) -> bool:
    """Whether a result is a complete one."""
    kind = untrusted_result.get("resultType", ResultType.COMPLETE.value)
    return kind == ResultType.COMPLETE.value


def request_key(method: str, params: JsonObject, *, elicitation: bool) -> Digest | None:
    """One name for requests that differ in nothing that may shape the answer: method, every
    parameter, and whether the server could have asked for input. None for what has no such name.
    """
    request: Json = {"method": method, "params": params, "elicitation": elicitation}
    try:
        return canonical_digest(request)
    except (rfc8785.CanonicalizationError, UnicodeError):
        return None


def related(told: str, read: str) -> bool:
    """Whether news of the resource *told* is news of *read*: the same one, a part of it, or the
    whole that it is a part of.
    """
    return told == read or _within(told, read) or _within(read, told)


def _within(part: str, whole: str) -> bool:
    if not whole or not part.startswith(whole):
        return False
    return whole[-1] in _BOUNDARIES or part[len(whole) : len(whole) + 1] in tuple(_BOUNDARIES)


def _seconds(untrusted_ttl: Json) -> float:
    if isinstance(untrusted_ttl, bool) or not isinstance(untrusted_ttl, int):
        return 0.0
    return min(max(untrusted_ttl, 0), int(LONGEST * 1000)) / 1000
