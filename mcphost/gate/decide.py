"""Step 3: the policy decides, and the decision is a durable row before anything comes of it.

Law: every fact comes from the host's own records; every action and every retry is decided anew;
without the row (`gate.evidence`) there is no decision. A denial ends the walk here and names its
rules.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.audit import AuditKind, AuditRecord, record_of
from mcphost.domain.decision import Decision, Verdict
from mcphost.domain.errors import PolicyDenied
from mcphost.domain.ids import Digest
from mcphost.domain.json import Json
from mcphost.domain.links import Link, parse_link
from mcphost.domain.server import HttpEndpoint, ServerConfig, Trust
from mcphost.domain.text import one_line
from mcphost.domain.tool import Effect, PinState
from mcphost.domain.view import Presence
from mcphost.gate.budgets import RULE, spent
from mcphost.gate.effects import app_tool_effect
from mcphost.gate.evidence import note_decision
from mcphost.gate.flow import flow_of
from mcphost.gate.flow_words import flow_row
from mcphost.gate.granted import under_grant
from mcphost.gate.ports import Rooms
from mcphost.gate.walk import Walk, digest_any
from mcphost.gate.words import advice
from mcphost.policy.facts import AGES_AGO, Facts, known_facts
from mcphost.protocol.completion import what_is_completed

_OF_TOOLS = frozenset({ActionKind.TOOL_CALL, ActionKind.TASK, ActionKind.APP_TOOL})
_TO_THE_WEB = frozenset({ActionKind.OPEN_LINK, ActionKind.SIGN_IN})
_TARGET_PARAMETERS: Mapping[ActionKind, str] = {
    ActionKind.RESOURCE_READ: "uri",
    ActionKind.PROMPT_GET: "name",
    ActionKind.OPEN_LINK: "url",
    ActionKind.SIGN_IN: "issuer",
    ActionKind.DOWNLOAD: "name",
    ActionKind.DISPLAY_MODE: "mode",
    ActionKind.MODEL_REQUEST: "model",
    ActionKind.SAMPLING: "model",
    ActionKind.APP_GRANT: "name",
}


async def decide(rooms: Rooms, walk: Walk) -> Decision:
    """Decide the walk's own action. Raises `PolicyDenied`."""
    facts = facts_of(rooms, walk, walk.action)
    walk.effect = facts.effect
    asked = rooms.budgets.overrule(walk.action, walk, ruling(rooms, walk.action, facts))
    decision, grant = under_grant(rooms, walk, facts, asked)
    fresh = grant is not None and walk.grant is None
    walk.decision, walk.grant = decision, grant
    facts = replace(facts, granted=grant is not None)
    record = decision_record(rooms, walk, facts, decision, walk.approved)
    await note_decision(rooms, walk, decision, record, uses_grant=fresh)
    if walk.tap is not None:
        walk.tap.decided(decision)
    if grant is not None and fresh:
        await rooms.grants.used(grant, walk.action, walk.approved)
    if decision.verdict is Verdict.DENY:
        if decision.rules == (RULE,):
            raise spent(decision.reason)
        raise denied(rooms, walk.action, facts, decision)
    return decision


async def decide_child(rooms: Rooms, walk: Walk, child: Action) -> Decision:
    """Decide an action that the walk gave rise to (an elicitation). Does not raise on a denial."""
    facts = facts_of(rooms, walk, child)
    decision = ruling(rooms, child, facts)
    request = digest_any({"method": child.method, "params": child.params})
    await rooms.audit.append(decision_record(rooms, walk, facts, decision, request, child=child))
    return decision


def ruling(rooms: Rooms, action: Action, facts: Facts) -> Decision:
    """What the policy says, unless the kill switch is on: no rule can permit what is stopped."""
    return rooms.kill.overrule(action, rooms.policy.decide(facts))


def decision_record(
    rooms: Rooms,
    walk: Walk,
    facts: Facts,
    decision: Decision,
    request: Digest,
    *,
    child: Action | None = None,
) -> AuditRecord:
    """The row, about the walk's action or a *child* of it. It holds the facts themselves, so that
    the decision can be explained and made again.
    """
    action = walk.action if child is None else child
    data: dict[str, Json] = {
        "action": action.kind.value,
        "method": action.method,
        "verdict": decision.verdict.value,
        "rules": list(decision.rules),
        "reason": decision.reason,
        "tier": int(decision.tier),
        "policy_digest": decision.policy_digest,
        "params_digest": request,
        "round": walk.round,
        **({"changed_by": "person"} if walk.changed else {}),
        "person_present": rooms.consent.present,
        "facts": known_facts(facts),
    }
    if action is walk.action:
        data |= flow_row(walk.flow)
    if action.kind in _OF_TOOLS:
        data |= {"tool": _tool_name(walk), "effect": walk.effect.value}
        data["definition"] = walk.tool.definition_digest if walk.tool else None
        if walk.grant is not None:
            data["grant"] = walk.grant.id
        if action.app is not None:
            data |= {"app": action.app.app, "changed": action.app.changed}
    elif action.launch is not None:
        data |= {"launch": action.launch.launch.digest, "standing": action.launch.standing.value}
    elif action.kind is ActionKind.OPEN_LINK:
        link = _link(action)
        data["host"] = link.host if link else "unreadable"
    elif action.kind is ActionKind.COMPLETE:
        data["name"] = what_is_completed(action.params)
    elif action.kind in _TARGET_PARAMETERS:
        data["name"] = one_line(_target(action), limit=400)
    return record_of(action, AuditKind.ACTION_DECIDED, data)


def facts_of(rooms: Rooms, walk: Walk, action: Action) -> Facts:
    """What the host itself knows about *action*. The flow of the walk's own is kept for whoever
    asks and for the row.
    """
    flow = flow_of(rooms, action)
    if action is walk.action:
        walk.flow = flow
    tool = walk.tool if action.kind in _OF_TOOLS else None
    config = walk.config
    connection = None if action.server is None else rooms.connections(action.server)
    effect, pin = Effect.UNKNOWN, PinState.UNSEEN
    if tool is not None and action.app is not None:
        effect = app_tool_effect(tool)
    elif tool is not None and config is not None:
        effect, pin = rooms.effects.effect_of(config, tool), rooms.effects.pin_of(config, tool)
    link = _link(action)
    now = time.localtime(rooms.wall())
    seen = Presence() if action.view is None else rooms.presence(action.view)
    return Facts(
        kind=action.kind,
        principal=action.principal,
        tool=_tool_name(walk) if action.kind in _OF_TOOLS else "",
        target=_target(action),
        root=action.lineage.root,
        lineage_seconds=_age(rooms, action),
        person_present=rooms.consent.present,
        server=action.server,
        trust=Trust.NONE if action.server is None else rooms.trust(action.server),
        era="" if connection is None else connection.info.era.value,
        tool_known=tool is not None,
        tool_pin=pin,
        effect=effect,
        visible_to_model=tool is not None and tool.visible_to_model,
        visible_to_app=tool is not None and tool.visible_to_app,
        template_approved=action.view is not None and rooms.template_approved(action.view),
        view_visible=seen.visible,
        view_focused=seen.focused,
        untrusted_seen=flow.foreign,
        private_seen=flow.private,
        carries_foreign=flow.carries_foreign,
        carries_private=flow.carries_private,
        carries_credential=flow.carries_credential,
        destination_known=_known(action, config, link),
        scheme=link.scheme if link else _resource_scheme(action),
        host=link.host if link else "",
        loopback=link is not None and link.loopback,
        launch="" if action.launch is None else action.launch.standing.value,
        app_grant="" if action.grant is None else action.grant.grant.kind.value,
        declared=action.grant is not None and action.grant.declared,
        hour=now.tm_hour,
        weekday=now.tm_wday + 1,
    )


def _age(rooms: Rooms, action: Action) -> int:
    """Whole seconds since the chain began; one that began later than now has no age we can tell."""
    passed = rooms.clock() - action.lineage.started_at
    return math.ceil(passed) if 0 <= passed < AGES_AGO else AGES_AGO


def _known(action: Action, config: ServerConfig | None, link: Link | None) -> bool:
    """Whether a person chose where this goes: a server of theirs, or that server's own site."""
    if action.kind in _TO_THE_WEB:
        return link is not None and link.host == _site(config)
    return config is not None or action.server is None


def _site(config: ServerConfig | None) -> str | None:
    if config is None or not isinstance(config.endpoint, HttpEndpoint):
        return None
    try:
        return parse_link(config.endpoint.url).host
    except ValueError:
        return None


def denied(rooms: Rooms, action: Action, facts: Facts, decision: Decision) -> PolicyDenied:
    """The refusal, with the rules and, where a rule could be added, which. Raises `KillSwitchOn`
    where it is that.
    """
    rooms.kill.require(action)
    rules = ", ".join(decision.rules)
    return PolicyDenied(
        f"refused by rule {rules}: {decision.reason}.{advice(facts, decision)}",
        rules=decision.rules,
    )


def _tool_name(walk: Walk) -> str:
    return walk.tool.name if walk.tool else one_line(str(walk.action.params.get("name", "")))


def _target(action: Action) -> str:
    value = action.params.get(_TARGET_PARAMETERS.get(action.kind, ""), "")
    return value if isinstance(value, str) else ""


def _link(action: Action) -> Link | None:
    if action.kind not in _TO_THE_WEB:
        return None
    try:
        return parse_link(_target(action))
    except ValueError:
        return None


def _resource_scheme(action: Action) -> str:
    if action.kind is not ActionKind.RESOURCE_READ:
        return ""
    return _target(action).partition(":")[0].lower()
