"""Mutants of a policy: each clause of each rule, once left out, turned round or weakened."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from mcphost.domain.decision import Tier
from mcphost.policy.bundle import Bundle, Rule
from mcphost.policy.engine import PolicyEngine

Parsed = dict[str, Any]
ALL = {"op": "All"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """*what* was done to *rule*, and the policy that came of it."""

    rule: str
    what: str
    bundle: Bundle

    def engine(self, whole: PolicyEngine) -> PolicyEngine:
        """*whole*, but with this bundle."""
        other = copy.copy(whole)
        other._bundle = self.bundle  # pyright: ignore[reportPrivateUsage]  # a policy nobody wrote
        return other


def mutants(whole: PolicyEngine) -> Iterator[Mutant]:
    """Every mutant of the policy of *whole*."""
    bundle = whole._bundle  # pyright: ignore[reportPrivateUsage]
    for ident, parsed in bundle.parsed.items():
        rest = {name: each for name, each in bundle.parsed.items() if name != ident}
        yield Mutant(ident, "the rule is gone", Bundle(rules=bundle.rules, parsed=rest))
        for what, other in _changed(parsed):
            yield Mutant(
                ident, what, Bundle(rules=bundle.rules, parsed={**bundle.parsed, ident: other})
            )
        if "tier" in parsed.get("annotations", {}):
            yield Mutant(ident, "its tier is lower", _cheaper(bundle, ident))


def _cheaper(bundle: Bundle, ident: str) -> Bundle:
    rule: Rule = bundle.rules[ident]
    lower = replace(rule, tier=Tier(rule.tier - 1))
    return Bundle(rules={**bundle.rules, ident: lower}, parsed=bundle.parsed)


def _changed(parsed: Parsed) -> Iterator[tuple[str, Parsed]]:
    turned = {"permit": "forbid", "forbid": "permit"}[parsed["effect"]]
    yield f"it says {turned}", {**parsed, "effect": turned}
    for part in ("principal", "action", "resource"):
        if parsed[part] != ALL:
            yield f"for any {part}", {**parsed, part: ALL}
    for number, entity in enumerate(parsed["action"].get("entities", [])):
        left = [e for at, e in enumerate(parsed["action"]["entities"]) if at != number]
        yield (
            f"without {entity['id']}",
            {**parsed, "action": {**parsed["action"], "entities": left}},
        )
    for number, condition in enumerate(parsed["conditions"]):
        for what, other in _conditions(condition):
            conditions = list(parsed["conditions"])
            conditions[number : number + 1] = other
            yield f"condition {number + 1} {what}", {**parsed, "conditions": conditions}


def _conditions(condition: Parsed) -> Iterator[tuple[str, list[Parsed]]]:
    yield "is gone", []
    turned = {"when": "unless", "unless": "when"}[condition["kind"]]
    yield f"is {turned}", [{**condition, "kind": turned}]
    for what, body in _bodies(condition["body"]):
        yield what, [{**condition, "body": body}]


def _bodies(body: Parsed) -> Iterator[tuple[str, Any]]:
    """*body* with one of its parts left out or turned round, at any depth."""
    ((operator, inside),) = body.items()
    if operator not in {"&&", "||"}:
        return
    for side, other in (("left", "right"), ("right", "left")):
        yield f"without {_words(inside[side])}", inside[other]
        yield (
            f"not {_words(inside[side])}",
            {operator: {**inside, side: {"!": {"arg": inside[side]}}}},
        )
        for what, changed in _bodies(inside[side]):
            yield what, {operator: {**inside, side: changed}}
    yield f"{operator} turned", {{"&&": "||", "||": "&&"}[operator]: inside}


def _words(body: Any) -> str:
    return str(body)[:120]
