"""Whether one grant covers one call. Pure; every condition must hold.

Law: (1) the principal, the server's identity, the tool and its exact definition, and the policy are
those the grant was given for; (2) it has begun, has not expired, is not ended and is not used up;
(3) a task's grant is for that task, a conversation's for that conversation; (4) the arguments are
within its constraints; (5) a question of a higher tier than the one that was answered is asked.
"""

from __future__ import annotations

from mcphost.consent.constraints import fits
from mcphost.domain.decision import Tier
from mcphost.domain.grant import Grant, GrantScope, GrantUse
from mcphost.domain.json import Json


def covers(grant: Grant, use: GrantUse, arguments: Json, tier: Tier, *, now: float) -> bool:
    """Whether *grant* covers *use* with *arguments*, where *tier* would be asked, at *now*."""
    return (
        tier <= grant.tier < Tier.EVERY_TIME
        and in_force(grant, now=now)
        and grant.uses < grant.max_uses
        and _same(grant, use)
        and fits(grant.constraints, arguments)
    )


def in_force(grant: Grant, *, now: float) -> bool:
    """Whether *grant* holds at *now*; one from the future, after a clock was set back, does not."""
    return grant.ended_at is None and grant.issued_at <= now < grant.expires_at


def _same(grant: Grant, use: GrantUse) -> bool:
    same = (grant.principal, grant.ident, grant.identity, grant.tool, grant.definition)
    if same != (
        use.principal.kind,
        use.principal.ident,
        use.identity,
        use.tool,
        use.definition,
    ):
        return False
    if grant.policy != use.policy:
        return False
    match grant.scope:
        case GrantScope.STANDING:
            return True
        case GrantScope.CONVERSATION:
            return grant.conversation == use.conversation and use.conversation is not None
        case GrantScope.TASK | GrantScope.ONCE:
            of_talk = grant.conversation == use.conversation
            return of_talk and grant.task == use.task and use.task is not None
