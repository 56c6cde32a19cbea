"""Step 4, where a model asked for several calls at once: one question for those that differ in one
argument only.

Law: (1) what is shown and bound is the list of all exact requests; a yes lets each of them happen
once, by a grant for exactly its arguments; (2) nothing of tier 3 is put together, and nothing that
would be too long to read; (3) that the calls belong together is worked out here again. Loop thread;
used by `gate.ask`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from mcphost.consent.grouping import differing
from mcphost.consent.offers import once_for
from mcphost.domain.consent import ConsentFact, ConsentRequest
from mcphost.domain.decision import Decision, Tier
from mcphost.domain.grant import GrantOffer
from mcphost.domain.json import Json, JsonObject, canonical_bytes, digest
from mcphost.domain.principal import PrincipalKind
from mcphost.domain.text import one_line
from mcphost.gate.check import CALLS
from mcphost.gate.walk import Walk, request_digest

MAX_ASKED = 128 * 1024
"""Bytes of a request that a person may be asked about: nobody reads more, and a window that draws
it stands still for seconds."""


def together(walk: Walk, decision: Decision, request: ConsentRequest) -> ConsentRequest:
    """*request*, or the one question for it and its siblings."""
    action, several = walk.action, _several(walk)
    name = differing([_arguments(params) for params in several])
    alone = action.kind not in CALLS or action.principal.kind is not _MODEL
    if alone or name is None or decision.tier >= Tier.EVERY_TIME:
        return request
    if any(params.get("name") != action.params.get("name") for params in several):
        return request
    listed: list[Json] = [{"method": action.method, "params": params} for params in several]
    canonical = canonical_bytes(listed)
    if len(canonical) > MAX_ASKED:
        return request
    return replace(
        request,
        subject=f"{request.subject}, {len(several)} times, only {one_line(name)} differs",
        canonical=canonical,
        digest=digest(canonical),
        requests=tuple(request_digest(action.method, params) for params in several),
        offers=(),
        differing=_differing(name, several),
    )


def once_each(walk: Walk) -> tuple[GrantOffer, ...]:
    """What the yes to all of them means for each sibling: once, with exactly its arguments."""
    offers = (once_for(_arguments(params)) for params in walk.action.siblings)
    return tuple(offer for offer in offers if offer is not None)


def _differing(name: str, several: list[JsonObject]) -> ConsentFact:
    values = (json.dumps(_arguments(params)[name], ensure_ascii=True) for params in several)
    return ConsentFact(
        caption=f"{len(several)} calls, the same but for {one_line(name)}",
        items=tuple((value, False) for value in values),
    )


_MODEL = PrincipalKind.MODEL


def _several(walk: Walk) -> list[JsonObject]:
    return [walk.action.params, *walk.action.siblings]


def _arguments(params: JsonObject) -> JsonObject:
    arguments = params.get("arguments")
    return arguments if isinstance(arguments, Mapping) else {}
