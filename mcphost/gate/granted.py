"""Step 3, where a person would be asked: whether a grant given earlier answers instead.

Law: (1) a grant stands in for a question of tier 1 or 2 about a tool, never for a higher one; (2)
the policy is asked again with it and must permit; (3) its use is taken before the decision is
recorded, once for each walk, and a walk goes on under its grant only while that holds; (4) what a
person has changed is asked about, whatever was granted; (5) a grant for a tool of a server never
covers one of its App, nor the reverse: name and definition differ. Called by `gate.decide`; loop
thread.
"""

from __future__ import annotations

from dataclasses import replace

from mcphost.domain.decision import Decision, Tier, Verdict
from mcphost.domain.grant import Grant, GrantUse
from mcphost.gate.check import CALLS
from mcphost.gate.ports import Rooms
from mcphost.gate.walk import Walk
from mcphost.policy.facts import Facts


def under_grant(
    rooms: Rooms, walk: Walk, facts: Facts, asked: Decision
) -> tuple[Decision, Grant | None]:
    """*asked*, or the decision under a grant of which a use was taken just now or before."""
    use = use_of(rooms, walk)
    if asked.verdict is not Verdict.ASK or asked.tier >= Tier.EVERY_TIME:
        return asked, None
    if use is None or walk.consented or walk.changed:
        return asked, None
    decision = rooms.policy.decide(replace(facts, granted=True))
    if decision.verdict is not Verdict.ALLOW:
        return asked, None
    if walk.grant is not None:
        return (decision, walk.grant) if rooms.grants.holds(walk.grant) else (asked, None)
    arguments = walk.action.params.get("arguments", {})
    for grant in rooms.grants.covering(use, arguments, asked.tier):
        if rooms.grants.take(grant):
            return decision, grant
    return asked, None


def use_of(rooms: Rooms, walk: Walk) -> GrantUse | None:
    """The call of *walk* as grants see it; None for whatever no grant can be about."""
    action, tool, config = walk.action, walk.tool, walk.config
    if action.kind not in CALLS or tool is None or config is None:
        return None
    return GrantUse(
        principal=action.principal,
        server=config.key,
        identity=config.identity,
        tool=tool.name if action.app is None else action.app.grant_name,
        definition=tool.definition_digest,
        policy=rooms.grants.policy,
        conversation=action.conversation,
        task=action.lineage.gesture,
    )
