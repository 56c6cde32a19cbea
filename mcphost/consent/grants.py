"""The grants in force: given, used, expired, taken back, each with its row.

Law: (1) the row of a new grant comes before the grant; (2) a use is taken in one step, before the
call is decided: two calls never share the last one; (3) standing grants live in `state.db` and are
read from there each time, so another program may take them back; all others end with this run;
(4) `drop` is the one way to end many at once: a pin, a server, a policy or the kill switch changed.
Loop thread; held by the gate's rooms and by the façade.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from mcphost.consent.cover import covers, in_force
from mcphost.domain.action import Action
from mcphost.domain.audit import AuditKind, AuditRecord, record_of
from mcphost.domain.decision import Tier
from mcphost.domain.errors import NotConfigured
from mcphost.domain.grant import Constraint, Grant, GrantOffer, GrantScope, GrantUse
from mcphost.domain.ids import ConversationId, Digest, RequestId, ServerKey, ViewId
from mcphost.domain.json import Json, JsonObject, digest
from mcphost.domain.ports import AuditSink
from mcphost.domain.principal import PrincipalKind
from mcphost.storage.grants import GrantTable

MAX_GRANTS = 1000
"""Of this run. The oldest goes first."""
KEPT_SECONDS = 30 * 24 * 3600.0
"""How long an ended grant is still shown."""
EXPIRED = "it expired"
USED_UP = "it was used as often as it allowed"
OTHER_POLICY = "the policy changed"
_OF_A_TASK = frozenset({GrantScope.ONCE, GrantScope.TASK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which grants are meant; everything left out means any."""

    server: ServerKey | None = None
    identity: Digest | None = None
    tools: frozenset[str] | None = None
    conversation: ConversationId | None = None
    view: ViewId | None = None
    task: str | None = None
    standing: bool = True
    """Whether standing ones are meant as well."""


class Grants:
    """All grants of this host."""

    def __init__(
        self,
        table: GrantTable,
        audit: AuditSink,
        *,
        policy: str,
        wall: Callable[[], float],
    ) -> None:
        """*policy* is the digest of the policy in force, *wall* tells Unix seconds."""
        self._table = table
        self._audit = audit
        self._policy = policy
        self._wall = wall
        self._latest = 0.0
        self._memory: dict[str, Grant] = {}

    @property
    def policy(self) -> str:
        """The policy that grants are given under now."""
        return self._policy

    def covering(self, use: GrantUse, arguments: Json, tier: Tier) -> list[Grant]:
        """The grants that cover this call now, the one with the fewest uses left first."""
        now = self._now()
        known = [*self._memory.values(), *self._table.open_for(use.identity, use.tool)]
        for grant in known:
            if grant.expires_at <= now:
                self._expire(grant, now)
        found = [grant for grant in known if covers(grant, use, arguments, tier, now=now)]
        return sorted(found, key=lambda grant: grant.max_uses - grant.uses)

    def take(self, grant: Grant) -> bool:
        """Use *grant* once; False when somebody else had the last use, or it ended meanwhile."""
        now = self._now()
        if grant.scope is GrantScope.STANDING:
            return self._table.take(grant.id, now=now)
        held = self._memory.get(grant.id)
        if held is None or not in_force(held, now=now) or held.uses >= held.max_uses:
            return False
        self._memory[grant.id] = replace(held, uses=held.uses + 1, used_at=now)
        return True

    def holds(self, grant: Grant) -> bool:
        """Whether *grant*, of which a use was taken, is still in force."""
        held = self._find(grant.id)
        return held is not None and in_force(held, now=self._now())

    async def used(self, grant: Grant, action: Action, request: Digest) -> None:
        """The row of a use that was taken."""
        data: dict[str, Json] = {**_about(grant), "uses": grant.uses + 1, "params_digest": request}
        await self._audit.append(record_of(action, AuditKind.GRANT_USED, data))

    async def issue(
        self, offer: GrantOffer, use: GrantUse, action: Action, *, tier: Tier, request: RequestId
    ) -> Grant:
        """Let the yes to *request* last as *offer* says. The row comes first."""
        now = self._now()
        grant = Grant(
            id=secrets.token_hex(6),
            principal=use.principal.kind,
            ident=use.principal.ident,
            server=use.server,
            identity=use.identity,
            tool=use.tool,
            definition=use.definition,
            policy=use.policy,
            tier=tier,
            scope=offer.scope,
            words=offer.words,
            issued_at=now,
            expires_at=now + offer.seconds,
            max_uses=offer.uses,
            conversation=None if offer.scope is GrantScope.STANDING else use.conversation,
            task=use.task if offer.scope in _OF_A_TASK else None,
            constraints=offer.constraints,
        )
        data: dict[str, Json] = {
            **_about(grant),
            "request": request,
            "method": action.method,
            "definition": grant.definition,
            "conversation": grant.conversation,
            "seconds": round(offer.seconds),
            "max_uses": grant.max_uses,
            "constraints": [_constraint(each) for each in grant.constraints],
            "policy_digest": grant.policy,
        }
        await self._audit.append(record_of(action, AuditKind.GRANT_ISSUED, data))
        if grant.scope is GrantScope.STANDING:
            self._table.add(grant)
        else:
            self._remember(grant)
        return grant

    async def drop(self, which: Which, why: str, *, by: str = "host:host") -> int:
        """End every grant that is meant; returns how many. With `Which()` that is all of them."""
        dropped = [grant for grant in self._open() if _meant(grant, which)]
        for grant in dropped:
            await self._end(grant, AuditKind.GRANT_REVOKED, why, by)
        return len(dropped)

    async def revoke(self, ident: str, *, by: str) -> Grant:
        """End one grant, because whoever runs this host says so. Raises `NotConfigured`."""
        grant = next((grant for grant in self._open() if grant.id == ident), None)
        if grant is None:
            raise NotConfigured(f"there is no grant {ident} in force: see `mcphost grants list`")
        await self._end(grant, AuditKind.GRANT_REVOKED, "it was taken back", by)
        return grant

    async def sweep(self, *, own_policy: bool) -> None:
        """End what expired, was used up or belongs to another policy. *own_policy* False: this run
        only borrows its policy, so what was given under the usual one is left alone.
        """
        await self._end_expired()
        for grant in self._open():
            if grant.uses >= grant.max_uses:
                await self._end(grant, AuditKind.GRANT_EXPIRED, USED_UP, "host:host")
            elif own_policy and grant.policy != self._policy:
                await self._end(grant, AuditKind.GRANT_REVOKED, OTHER_POLICY, "host:host")
        self._table.prune(before=self._now() - KEPT_SECONDS)

    async def all(self) -> list[Grant]:
        """Every grant that holds, and the standing ones that ended lately."""
        await self._end_expired()
        return [*self._memory.values(), *self._table.all()]

    async def _end_expired(self) -> None:
        now = self._now()
        for grant in self._open():
            if grant.expires_at <= now:
                await self._end(grant, AuditKind.GRANT_EXPIRED, EXPIRED, "host:host")

    def _open(self) -> list[Grant]:
        kept = (grant for grant in self._table.all() if grant.ended_at is None)
        return [*self._memory.values(), *kept]

    def _find(self, ident: str) -> Grant | None:
        return self._memory.get(ident) or self._table.get(ident)

    def _remember(self, grant: Grant) -> None:
        if len(self._memory) >= MAX_GRANTS:
            del self._memory[next(iter(self._memory))]
        self._memory[grant.id] = grant

    def _now(self) -> float:
        """Unix seconds that never go back: a clock that was set back prolongs nothing."""
        self._latest = max(self._latest, self._wall())
        return self._latest

    def _expire(self, grant: Grant, now: float) -> None:
        if self._close(grant, EXPIRED, now):
            data: JsonObject = {**_about(grant), "reason": EXPIRED}
            self._audit.append_soon(_record(AuditKind.GRANT_EXPIRED, grant, data, "host:host"))

    async def _end(self, grant: Grant, kind: AuditKind, why: str, by: str) -> None:
        if self._close(grant, why, self._now()):
            data: JsonObject = {**_about(grant), "reason": why}
            await self._audit.append(_record(kind, grant, data, by))

    def _close(self, grant: Grant, why: str, now: float) -> bool:
        if grant.scope is GrantScope.STANDING:
            return self._table.end(grant.id, why, now=now)
        return self._memory.pop(grant.id, None) is not None


def _meant(grant: Grant, which: Which) -> bool:
    if grant.scope is GrantScope.STANDING and not which.standing:
        return False
    of_view = grant.principal is PrincipalKind.VIEW and grant.ident == which.view
    return (
        which.server in {None, grant.server}
        and which.identity in {None, grant.identity}
        and (which.tools is None or grant.tool in which.tools)
        and which.conversation in {None, grant.conversation}
        and (which.view is None or of_view)
        and which.task in {None, grant.task}
    )


def _about(grant: Grant) -> dict[str, Json]:
    return {
        "grant": grant.id,
        "holder": f"{grant.principal.value}:{grant.ident}",
        "tool": grant.tool,
        "scope": grant.scope.value,
    }


def _constraint(constraint: Constraint) -> JsonObject:
    """What the log says of a constraint: an argument's value itself stays out of it."""
    value = digest(constraint.value.encode())
    return {"pointer": constraint.pointer, "rule": constraint.rule.value, "value_digest": value}


def _record(kind: AuditKind, grant: Grant, data: JsonObject, by: str) -> AuditRecord:
    return AuditRecord(kind=kind, data=data, principal=by, server=grant.server)
