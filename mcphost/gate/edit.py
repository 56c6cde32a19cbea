"""Step 4, where a person answers with other arguments than they were asked about.

Law: (1) what a person changed is a new request: new bytes, new digest, decided anew by the policy
and asked anew, even where a rule or a grant would let it pass; (2) only a tool call of the window
is changed, alone, before anything of it was sent, and at most `MAX_EDITS` times; (3) what does not
fit the tool's schema changes nothing, and the person is told why; (4) who acts stays who it was: an
App gains no right by what a person typed. Loop thread; used by `gate.approve` and `gate.ask`.
"""

from __future__ import annotations

from dataclasses import replace

from mcphost.domain.consent import ConsentRequest
from mcphost.domain.decision import Decision, Verdict
from mcphost.domain.errors import UserFacingError
from mcphost.domain.json import JsonObject, digest
from mcphost.domain.principal import PrincipalKind
from mcphost.domain.text import one_line
from mcphost.gate.check import CALLS, require_fitting
from mcphost.gate.parse import canonical_form
from mcphost.gate.ports import Rooms
from mcphost.gate.walk import Walk

MAX_EDITS = 5
_WHOSE = frozenset({PrincipalKind.USER, PrincipalKind.MODEL, PrincipalKind.VIEW})
_CHANGED = "you changed the arguments, and this is what would be sent now"


def editable(walk: Walk, request: ConsentRequest) -> JsonObject | None:
    """The schema by which the arguments of *request* may be changed; None when they may not."""
    action = walk.action
    if action.kind not in CALLS or walk.tool is None or request.requests:
        return None
    if action.principal.kind not in _WHOSE or walk.executed or walk.edits >= MAX_EDITS:
        return None
    return walk.tool.input_schema


async def edit(rooms: Rooms, walk: Walk, arguments: JsonObject) -> None:
    """Put *arguments* into the place of those that were asked about; nothing is allowed by it."""
    walk.edits += 1
    action = replace(walk.action, params={**walk.action.params, "arguments": arguments})
    try:
        canonical = canonical_form(action)
        await require_fitting(rooms, walk, arguments)
    except UserFacingError as error:
        walk.again = f"what you typed was not taken: {one_line(str(error), limit=400)}"
        return
    approved = digest(canonical)
    if approved == walk.approved:
        return
    walk.action = replace(action, siblings=())
    walk.canonical, walk.approved = canonical, approved
    walk.changed, walk.again = True, _CHANGED


def asked_anyway(walk: Walk, decision: Decision) -> Decision:
    """*decision*, but a yes of the policy to changed arguments is a question too."""
    if not walk.changed or walk.consented or decision.verdict is not Verdict.ALLOW:
        return decision
    return replace(decision, verdict=Verdict.ASK, reason=_CHANGED)
