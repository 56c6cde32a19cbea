"""The policy: facts in, a three-way decision out. Cedar decides; deny is the default.

Law: (1) always with the schema; an error of any kind, in any rule, is a denial (`policy-error`);
(2) ALLOW means that the rules permit the action with nobody's consent; ASK, that they would permit
it once a person consents; a forbid that consent lifts thereby asks, at its own tier at least; (3)
every decision names its rules and the digest of the policy text; (4) managed rules only tighten.
Called by `gate.decide` on the loop thread for every action and every retry. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import cedarpy

from mcphost.domain.decision import Decision, Tier, Verdict
from mcphost.domain.errors import HostBugError
from mcphost.domain.json import canonical_digest
from mcphost.policy.bundle import Bundle, PolicyText, Rule, load_bundle
from mcphost.policy.facts import (
    NAMESPACE,
    Consent,
    Entity,
    Facts,
    cedar_contexts,
    cedar_parents,
    cedar_principal,
    cedar_resource,
)

DEFAULT_DENY = "default-deny"
POLICY_ERROR = "policy-error"


class PolicyEngine:
    """One immutable policy: the default bundle first, then the files that a person added."""

    def __init__(
        self,
        policy_texts: Sequence[tuple[str, str]],
        schema_text: str,
        *,
        managed: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Parse (name, text) pairs; of the *managed* ones only what forbids counts. Raises
        `UserFacingError` naming file and line.
        """
        try:
            self._schema = cedarpy.Schema.from_str(schema_text)
        except ValueError as error:
            raise HostBugError(f"the policy schema does not parse: {error}") from error
        # The managed ones first: an id that is taken twice is then the other file's mistake.
        texts = [PolicyText(name, text, managed=True) for name, text in managed]
        texts += [PolicyText(name, text) for name, text in policy_texts]
        self._texts = tuple(texts)
        self._bundle: Bundle = load_bundle(texts, self._schema)
        layers = [[text for _, text in layer] for layer in (managed, policy_texts)]
        self._digest = str(canonical_digest([schema_text, *layers]))

    @property
    def digest(self) -> str:
        """SHA-256 over the schema and every policy text, in order."""
        return self._digest

    @property
    def texts(self) -> tuple[PolicyText, ...]:
        """Every file, in order."""
        return self._texts

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in order."""
        return tuple(self._bundle.rules.values())

    def decide(self, facts: Facts) -> Decision:
        """What may happen. Never raises for anything that *facts* can hold."""
        try:
            case = _case(facts)
            alone = self._evaluate(case, Consent.NONE)
            if alone.allowed:
                return self._decision(Verdict.ALLOW, alone.diagnostics.reasons, Tier.SILENT)
            consented = self._evaluate(case, Consent.GIVEN)
        except ValueError as error:
            return self._failed(str(error))
        before, after = alone.diagnostics.reasons, consented.diagnostics.reasons
        if consented.allowed:
            deciding = [*after, *before]  # what permits, and what forbids until somebody consents
            tier = max((self._bundle.rules[rule].tier for rule in deciding), default=Tier.REFUSED)
            return self._decision(Verdict.ASK, deciding, tier)
        lasting = [rule for rule in after if rule in before] or after or before
        return self._decision(Verdict.DENY, lasting, Tier.REFUSED)

    def _evaluate(self, case: _Case, consent: Consent) -> cedarpy.AuthzResult:
        """One evaluation without any error, or `ValueError`: Cedar skips a rule that fails."""
        request = {**case.request, "context": case.contexts[consent]}
        rules = self._bundle.about(case.principal, case.action)
        (result,) = cedarpy.is_authorized_batch(  # pyright: ignore[reportUnknownMemberType]  # its dict is bare
            [request], rules, case.entities, self._schema
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """The facts as Cedar takes them, made once for both worlds."""

    principal: str
    action: str
    request: dict[str, object]
    contexts: dict[Consent, str]
    entities: cedarpy.Entities


def _case(facts: Facts) -> _Case:
    """Raises `ValueError` for ids that are no text."""
    principal = cedar_principal(facts)
    return _Case(
        principal=principal[0],
        action=facts.kind.value,
        request={
            "principal": _uid(principal),
            "action": _uid(("Action", facts.kind.value)),
            "resource": _uid(cedar_resource(facts)),
        },
        contexts=cedar_contexts(facts),
        entities=_entities(facts),
    )


def _entities(facts: Facts) -> cedarpy.Entities:
    """Raises `ValueError` for ids that are no text."""
    parents = [_uid(parent) for parent in cedar_parents(facts)]
    if not parents:
        return _NOTHING
    entity: dict[str, object] = {
        "uid": _uid(cedar_resource(facts)),
        "attrs": {},
        "parents": parents,
    }
    return _parsed_entities([entity])


def _parsed_entities(entities: list[dict[str, object]]) -> cedarpy.Entities:
    return cedarpy.Entities.from_json_str(json.dumps(entities))  # pyright: ignore[reportUnknownMemberType]  # its dict is bare


_NOTHING = _parsed_entities([])


def _uid(entity: Entity) -> dict[str, str]:
    return {"type": f"{NAMESPACE}::{entity[0]}", "id": entity[1]}
