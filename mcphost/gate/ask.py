"""Step 4: on ASK, a person is shown exactly the bytes that will be sent, and only a yes goes on.

Law: the question is made from the walk's canonical bytes and the host's own words; the answer is
bound to their digest by the desk; nobody to ask is a refusal that says what to do instead.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from mcphost.consent.budget import QUESTIONS_A_TASK
from mcphost.consent.offers import offers_for
from mcphost.domain.action import ActionKind
from mcphost.domain.consent import Answer, ConsentMatter, ConsentRequest
from mcphost.domain.conversation import RunState
from mcphost.domain.decision import Decision, Verdict
from mcphost.domain.errors import ConsentRefused, HostBugError
from mcphost.domain.grant import GrantOffer, GrantScope
from mcphost.domain.ids import RequestId
from mcphost.domain.json import JsonObject
from mcphost.domain.text import visible
from mcphost.gate import words
from mcphost.gate.app_grant_words import app_grant_facts
from mcphost.gate.app_words import app_facts, app_warnings
from mcphost.gate.decide import facts_of
from mcphost.gate.edit import editable
from mcphost.gate.flow_words import flow_facts, flow_warnings
from mcphost.gate.granted import use_of
from mcphost.gate.ports import Rooms
from mcphost.gate.reach import mirrors
from mcphost.gate.sign_in_words import sign_in_facts, sign_in_warnings
from mcphost.gate.together import MAX_ASKED, once_each, together
from mcphost.gate.walk import Walk

_HOW = {
    Answer.DENY: "It was refused",
    Answer.TIMEOUT: "Nobody answered in time",
    Answer.ABORTED: "The question was withdrawn",
}
_MATTERS = {
    ActionKind.START_SERVER: ConsentMatter.LAUNCH,
    ActionKind.OPEN_LINK: ConsentMatter.LINK,
    ActionKind.DOWNLOAD: ConsentMatter.DOWNLOAD,
    ActionKind.APP_TOOL: ConsentMatter.APP,
    ActionKind.SAMPLING: ConsentMatter.MODEL,
    ActionKind.MODEL_REQUEST: ConsentMatter.MODEL,
}


async def ask(rooms: Rooms, walk: Walk, decision: Decision) -> JsonObject | None:
    """Get consent where the decision asks for it; or the arguments that the person wants instead,
    which is no consent to anything. Raises `ConsentRefused`.
    """
    match decision.verdict:
        case Verdict.ALLOW:
            return None
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
    if not walk.edits and not rooms.budget.may_ask(walk.action):
        raise ConsentRefused(
            f"{words.verb(walk.action)}: not done. The model has asked for your consent "
            f"{QUESTIONS_A_TASK} times in this turn, and no more questions are put.",
            how="budget",
            rules=decision.rules,
        )
    walk.enter(RunState.WAITING_FOR_CONSENT)
    request = together(walk, decision, _request(rooms, walk, decision))
    request = replace(request, schema=editable(walk, request))
    answer = await rooms.consent.ask(request, action=walk.action)
    if answer.answer is Answer.EDITED and answer.arguments is not None:
        return answer.arguments
    if answer.answer is not Answer.ALLOW:
        raise _refused(rooms, walk, decision, answer.answer)
    walk.consented = True
    offers = (
        once_each(walk) if request.requests else () if answer.offer is None else (answer.offer,)
    )
    for offer in offers:
        use = use_of(rooms, walk)
        if use is None:
            raise HostBugError("a grant was offered for something that no grant can be about")
        await rooms.grants.issue(offer, use, walk.action, tier=decision.tier, request=request.id)
    return None


def _offers(rooms: Rooms, walk: Walk, decision: Decision) -> tuple[GrantOffer, ...]:
    """What may be offered beside a yes to just this."""
    action = walk.action
    if use_of(rooms, walk) is None:
        return ()
    offers = offers_for(
        decision.tier,
        walk.effect,
        action.principal.kind,
        action.params.get("arguments", {}),
        talks=action.conversation is not None,
    )
    if action.app is None:
        return offers
    return tuple(offer for offer in offers if offer.scope is not GrantScope.STANDING)


def _request(rooms: Rooms, walk: Walk, decision: Decision) -> ConsentRequest:
    action = walk.action
    return ConsentRequest(
        id=RequestId(secrets.token_hex(8)),
        matter=_matter(walk),
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
        offers=_offers(rooms, walk, decision),
        server_text=visible(walk.tool.description, limit=4000) if walk.tool else "",
        detail=words.detail(action),
        warnings=_warnings(walk),
        cautions=words.host_cautions(walk),
        repeated=words.repeated(walk, mirrors(rooms, walk)),
        again=walk.again,
        facts=(*sign_in_facts(walk), *app_grant_facts(walk), *app_facts(walk)),
        flow=flow_facts(walk.flow),
    )


def _matter(walk: Walk) -> ConsentMatter:
    case = walk.action.grant
    if case is not None:
        return ConsentMatter.APP_GRANT if case.grant.lasting else ConsentMatter.VIEW_GRANT
    if sign_in_facts(walk):
        return ConsentMatter.SIGN_IN
    return _MATTERS.get(walk.action.kind, ConsentMatter.SERVER)


def _warnings(walk: Walk) -> tuple[str, ...]:
    launch = walk.action.launch
    own = sign_in_warnings(walk) if launch is None else launch.warnings
    named = (*words.host_warnings(walk), *words.file_warnings(walk))
    return (*own, *app_warnings(walk), *named, *flow_warnings(walk.flow))


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
