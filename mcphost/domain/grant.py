"""Grants: what a yes may cover beyond the one request it was given to. Data only.

Law: a grant names one principal, one server identity, one exact tool definition and one policy, and
covers nothing else; every grant expires and has a number of uses. Which grants a question may offer
is worked out in `consent.offers`, what one covers in `consent.cover`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mcphost.domain.decision import Tier
from mcphost.domain.ids import ConversationId, Digest, ServerKey
from mcphost.domain.principal import Principal, PrincipalKind


class GrantScope(StrEnum):
    """How long a yes lasts. Only a standing one outlives the program."""

    ONCE = "once"
    TASK = "task"
    """One turn of a model: everything that follows from one message of a person."""
    CONVERSATION = "conversation"
    STANDING = "standing"


class ConstraintRule(StrEnum):
    """How an argument is compared."""

    EXACT = "exact"
    PATH = "path"
    """A path strictly below a folder, after both were read so that nothing climbs out."""
    HOST = "host"
    """A URL with the same scheme, host and port."""
    NAMES = "names"
    """An object without any other names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """What the argument at *pointer* (RFC 6901; empty: all arguments) must be. *value* is canonical
    JSON for EXACT, the folder for PATH, `scheme://host:port` for HOST, one name a line for NAMES.
    """

    pointer: str
    rule: ConstraintRule
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantOffer:
    """A grant that a question may offer beside `just this once`. *words* say all of it."""

    scope: GrantScope
    words: str
    seconds: float
    uses: int
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantUse:
    """One call as grants see it."""

    principal: Principal
    server: ServerKey
    identity: Digest
    tool: str
    definition: Digest
    policy: str
    conversation: ConversationId | None = None
    task: str | None = None
    """The gesture that the call's lineage goes back to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One grant. Times are Unix seconds. *policy* is the digest of the policy it was given under,
    *tier* the one of the question that it answered.
    """

    id: str
    principal: PrincipalKind
    ident: str
    server: ServerKey
    identity: Digest
    tool: str
    definition: Digest
    policy: str
    tier: Tier
    scope: GrantScope
    words: str
    issued_at: float
    expires_at: float
    max_uses: int
    conversation: ConversationId | None = None
    task: str | None = None
    constraints: tuple[Constraint, ...] = ()
    uses: int = 0
    used_at: float | None = None
    ended_at: float | None = None
    ended: str = ""
    """Why it is over; empty while it holds."""

    def unused_days(self, now: float) -> int:
        """Whole days since it was given or last used; of an ended one, until it ended."""
        end = now if self.ended_at is None else self.ended_at
        return max(int((end - (self.used_at or self.issued_at)) // 86_400), 0)
