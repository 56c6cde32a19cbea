"""Step 4: on ASK, a person is shown exactly the bytes that will be sent, and only a yes goes on.

Law: the question is made from the walk's canonical bytes and the host's own words; the answer is
bound to their digest by the desk; nobody to ask is a refusal that says what to do instead.
"""

from __future__ import annotations

import secrets

from mcphost.consent.grants import grant_key
from mcphost.domain.action import ActionKind
from mcphost.domain.consent import Answer, ConsentRequest, GrantScope
from mcphost.domain.conversation import RunState
from mcphost.domain.decision import Decision, Tier, Verdict
from mcphost.domain.errors import ConsentRefused, HostBugError
from mcphost.domain.ids import RequestId
from mcphost.domain.text import visible
from mcphost.gate import words
from mcphost.gate.decide import facts_of
from mcphost.gate.ports import Rooms
from mcphost.gate.reach import mirrors
from mcphost.gate.sign_in_words import sign_in_facts, sign_in_warnings
from mcphost.gate.walk import Walk

_HOW = {
    Answer.DENY: "It was refused",
    Answer.TIMEOUT: "Nobody answered in time",
    Answer.ABORTED: "The question was withdrawn",
}


MAX_ASKED = 128 * 1024
"""Bytes of a request that a person may be asked about: nobody reads more, and a window that draws
it stands still for seconds."""


async def ask(rooms: Rooms, walk: Walk, decision: Decision) -> None:
    """Get consent where the decision asks for it. Raises `ConsentRefused`."""
    match decision.verdict:
        case Verdict.ALLOW:
            return
        case Verdict.DENY:
            raise HostBugError("a denied action must not reach the consent step")
        case Verdict.ASK:
            pass
    if not walk.may_prompt:
        raise HostBugError("the policy wants to ask about a chain that no person started")
    if len(walk.canonical) > MAX_ASKED:
        raise ConsentRefused(
            f"{words.verb(walk.action)}: not done. It is {len(walk.canonical)} bytes, longer than "
            f"a person can be asked about ({MAX_ASKED}). Send it in smaller parts.",
            how="denied",
            rules=decision.rules,
        )
    walk.enter(RunState.WAITING_FOR_CONSENT)
    request = _request(rooms, walk, decision)
    answer = await rooms.consent.ask(request, action=walk.action)
    if answer.answer is not Answer.ALLOW:
        raise _refused(rooms, walk, decision, answer.answer)
    walk.consented = True
    if answer.scope is GrantScope.CONVERSATION and walk.config and walk.tool:
        action = walk.action
        key = grant_key(action.principal, walk.config, walk.tool, action.conversation)
        if key is None:
            raise HostBugError("a conversation grant was offered outside a conversation")
        await rooms.consent.grant(key, request, action)


def scopes_for(walk: Walk, tier: Tier) -> tuple[GrantScope, ...]:
    """What may be offered: a lasting yes only for a tool, in a conversation, below tier 3."""
    lasting = (
        walk.action.kind is ActionKind.TOOL_CALL
        and walk.action.conversation is not None
        and tier < Tier.EVERY_TIME
    )
    return (GrantScope.ONCE, GrantScope.CONVERSATION) if lasting else (GrantScope.ONCE,)


def _request(rooms: Rooms, walk: Walk, decision: Decision) -> ConsentRequest:
    action = walk.action
    return ConsentRequest(
        id=RequestId(secrets.token_hex(8)),
        conversation=action.conversation,
        who=words.who(action),
        verb=words.verb(action),
        subject=words.subject(walk),
        server=action.server,
        server_title=words.receiver(walk),
        destination=words.destination(walk),
        canonical=walk.canonical,
        digest=walk.approved,
        reason=decision.reason,
        rules=decision.rules,
        tier=decision.tier,
        reversible=words.reversible(walk),
        scopes=scopes_for(walk, decision.tier),
        server_text=visible(walk.tool.description, limit=4000) if walk.tool else "",
        detail=words.detail(action),
        warnings=_warnings(walk),
        remembered=action.launch is not None,
        repeated=words.repeated(walk, mirrors(rooms, walk)),
        again=walk.again,
        facts=sign_in_facts(walk),
    )


def _warnings(walk: Walk) -> tuple[str, ...]:
    launch = walk.action.launch
    return sign_in_warnings(walk) if launch is None else launch.warnings


def _refused(rooms: Rooms, walk: Walk, decision: Decision, answer: Answer) -> ConsentRefused:
    rules = ", ".join(decision.rules)
    if answer is Answer.NOBODY:
        facts = facts_of(rooms, walk, walk.action)
        message = f"rule {rules}: nobody is here to ask.{words.advice(facts, decision)}"
        return ConsentRefused(message, how="nobody", rules=decision.rules)
    how = "denied" if answer is Answer.DENY else answer.value
    return ConsentRefused(
        f"{_HOW[answer]}, so nothing was done (rule {rules}).",
        how=how,
        rules=decision.rules,
    )
