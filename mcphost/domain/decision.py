"""The three-way answer of the policy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum


class Verdict(StrEnum):
    """What the policy said."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class Tier(IntEnum):
    """Consent tiers (help: security model): 0 silent and logged … 4 refused without asking."""

    SILENT = 0
    FIRST_USE = 1
    SHOW_ARGUMENTS = 2
    EVERY_TIME = 3
    REFUSED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """*rules* are the ids of the deciding rules; *reason* is their wording for a person."""

    verdict: Verdict
    rules: tuple[str, ...]
    reason: str
    tier: Tier
    policy_digest: str
    """SHA-256 of the policy text that decided."""

    def refused(self, rule: str, reason: str) -> Decision:
        """The refusal by *rule* that stands in the place of this decision."""
        verdict, tier = Verdict.DENY, Tier.REFUSED
        return replace(self, verdict=verdict, rules=(rule,), reason=reason, tier=tier)
