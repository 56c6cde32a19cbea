"""The policy: facts in, a three-way decision out. Cedar decides; deny is the default.

Law: (1) always with the schema; an error of any kind, in any rule, is a denial (`policy-error`);
(2) ALLOW means that the rules permit the action with nobody's consent; ASK, that they would permit
it once a person consents; (3) every decision names its rules and the digest of the policy text.
Called by `gate.decide` on the loop thread for every action and every retry. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

import cedarpy

from mcphost.domain.decision import Decision, Tier, Verdict
from mcphost.domain.errors import HostBugError
from mcphost.domain.json import canonical_digest
from mcphost.policy.bundle import Bundle, Rule, load_bundle
from mcphost.policy.facts import (
    NAMESPACE,
    Consent,
    Entity,
    Facts,
    cedar_context,
    cedar_parents,
    cedar_principal,
    cedar_resource,
)

DEFAULT_DENY = "default-deny"
POLICY_ERROR = "policy-error"


class PolicyEngine:
    """One immutable policy: the default bundle first, then the files that a person added."""

    def __init__(self, policy_texts: Sequence[tuple[str, str]], schema_text: str) -> None:
        """Parse (name, text) pairs. Raises `UserFacingError` naming file and line."""
        try:
            self._schema = cedarpy.Schema.from_str(schema_text)
        except ValueError as error:
            raise HostBugError(f"the policy schema does not parse: {error}") from error
        self._bundle: Bundle = load_bundle(policy_texts, self._schema)
        self._digest = str(canonical_digest([schema_text, *(text for _, text in policy_texts)]))

    @property
    def digest(self) -> str:
        """SHA-256 over the schema and every policy text, in order."""
        return self._digest

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in order."""
        return tuple(self._bundle.rules.values())

    def decide(self, facts: Facts) -> Decision:
        """What may happen. Never raises for anything that *facts* can hold."""
        try:
            alone = self._evaluate(facts, Consent.NONE)
            if alone.allowed:
                return self._decision(Verdict.ALLOW, alone.diagnostics.reasons, Tier.SILENT)
            consented = self._evaluate(facts, Consent.GIVEN)
        except ValueError as error:
            return self._failed(str(error))
        reasons = consented.diagnostics.reasons
        if consented.allowed:
            tier = max((self._bundle.rules[rule].tier for rule in reasons), default=Tier.EVERY_TIME)
            return self._decision(Verdict.ASK, reasons, tier)
        forbids = alone.diagnostics.reasons or reasons
        return self._decision(Verdict.DENY, forbids, Tier.REFUSED)

    def _evaluate(self, facts: Facts, consent: Consent) -> cedarpy.AuthzResult:
        """One evaluation without any error, or `ValueError`: Cedar skips a rule that fails."""
        (result,) = cedarpy.is_authorized_batch(  # pyright: ignore[reportUnknownMemberType]  # its dict is bare
            [_request(facts, consent)], self._bundle.policies, _entities(facts), self._schema
        )
        errors = result.diagnostics.errors
        if errors or result.decision is cedarpy.Decision.NoDecision:
            raise ValueError("; ".join(errors) or "no decision")
        return result

    def _decision(self, verdict: Verdict, reasons: Sequence[str], tier: Tier) -> Decision:
        rules = tuple(sorted(reasons)) or (DEFAULT_DENY,)
        words = [self._bundle.rules[rule].reason for rule in rules if rule in self._bundle.rules]
        return Decision(
            verdict=verdict,
            rules=rules,
            reason="; ".join(words) or "no rule permits it",
            tier=tier,
            policy_digest=self._digest,
        )

    def _failed(self, why: str) -> Decision:
        return Decision(
            verdict=Verdict.DENY,
            rules=(POLICY_ERROR,),
            reason=f"the policy could not be evaluated ({why[:200]})",
            tier=Tier.REFUSED,
            policy_digest=self._digest,
        )


def _request(facts: Facts, consent: Consent) -> dict[str, object]:
    return {
        "principal": _uid(cedar_principal(facts)),
        "action": _uid(("Action", facts.kind.value)),
        "resource": _uid(cedar_resource(facts)),
        "context": cedar_context(facts, consent),
    }


def _entities(facts: Facts) -> list[dict[str, object]]:
    parents = [_uid(parent) for parent in cedar_parents(facts)]
    if not parents:
        return []
    return [{"uid": _uid(cedar_resource(facts)), "attrs": {}, "parents": parents}]


def _uid(entity: Entity) -> dict[str, str]:
    return {"type": f"{NAMESPACE}::{entity[0]}", "id": entity[1]}
