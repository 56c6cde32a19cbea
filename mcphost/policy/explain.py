"""A decision in words: what would happen, which rules decide it and where they are written.

Law: the answer is the engine's own, of the facts that are given; what was not given is named, for
it was taken for what permits least. Pure; used by `mcphost policy explain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, cast

from mcphost.domain.action import ActionKind
from mcphost.domain.decision import Decision, Tier, Verdict
from mcphost.domain.errors import NotConfigured
from mcphost.domain.ids import ServerKey
from mcphost.domain.lineage import Root
from mcphost.domain.principal import HOST, USER, Principal, PrincipalKind
from mcphost.policy.bundle import Rule
from mcphost.policy.engine import DEFAULT_DENY, PolicyEngine
from mcphost.policy.facts import Attribute, Facts
from mcphost.policy.given import NAMES, with_facts

_E = TypeVar("_E", bound=StrEnum)
_ANSWERS = {
    Verdict.ALLOW: "It happens without asking, and is logged.",
    Verdict.DENY: "It is refused without asking.",
}
_ASKED = {
    Tier.FIRST_USE: "A person is asked at first use",
    Tier.SHOW_ARGUMENTS: "A person is asked, with the arguments shown",
    Tier.EVERY_TIME: "A person is asked every time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """*rules* are those of the decision that are written somewhere; *assumed* the facts that nobody
    gave.
    """

    decision: Decision
    rules: tuple[Rule, ...]
    assumed: tuple[str, ...]

    @property
    def answer(self) -> str:
        """What happens, in a sentence."""
        if self.decision.verdict is not Verdict.ASK:
            return _ANSWERS[self.decision.verdict]
        asked = _ASKED.get(self.decision.tier, "A person is asked every time")
        return f"{asked} (tier {int(self.decision.tier)})."

    def lines(self) -> list[str]:
        """All of it, for a person."""
        told = [self.answer]
        told += [f"  {sentence(rule, self.decision.verdict)}" for rule in self.rules]
        if not self.rules:
            why = "no rule permits it" if _by_default(self.decision) else self.decision.reason
            told.append(f"  {', '.join(self.decision.rules)}: {why}")
        if self.assumed:
            told.append(f"not said, so taken for what permits least: {', '.join(self.assumed)}")
        told.append(f"policy {self.decision.policy_digest}")
        return told


def sentence(rule: Rule, verdict: Verdict) -> str:
    """One deciding rule: its name, its place, what it does here, and its own words."""
    if not rule.forbids:
        does = "permits it" if verdict is Verdict.ALLOW else "permits it with consent"
    else:
        does = "forbids it" if verdict is Verdict.DENY else "forbids it until somebody consents"
    return f"{rule.id} ({rule.source}, line {rule.line}) {does}: {rule.reason}"


def explain(engine: PolicyEngine, facts: Facts, given: Iterable[str]) -> Explanation:
    """Decide *facts* and say why; *given* are the names of those that somebody supplied."""
    decision = engine.decide(facts)
    known = {rule.id: rule for rule in engine.rules}
    named = frozenset(given)
    return Explanation(
        decision=decision,
        rules=tuple(known[name] for name in decision.rules if name in known),
        assumed=tuple(name for name in NAMES if name not in named and name != "root"),
    )


def imagined(
    kind: str, who: str, *, tool: str, target: str, given: Mapping[str, Attribute]
) -> Facts:
    """The facts of an action that somebody only thinks of. Raises `NotConfigured`."""
    bare = Facts(
        kind=_one(ActionKind, kind, "kind of action"),
        principal=_principal(who, str(given.get("server", ""))),
        root=Root.BACKGROUND,
        tool=tool,
        target=target,
    )
    return with_facts(bare, given)


def recorded(row: Mapping[str, Any]) -> tuple[Facts, dict[str, Attribute]]:
    """The facts that a decision's row holds, and which. Raises `NotConfigured` for another row."""
    data: Any = row.get("data")
    if row.get("kind") != "action_decided" or not isinstance(data, dict):
        raise NotConfigured("that row holds no decision; take one of the kind action_decided")
    told: dict[str, Any] = cast("dict[str, Any]", data)
    held: Any = told.get("facts")
    if not isinstance(held, dict):
        raise NotConfigured("that row was written before rows held the facts of their decision")
    all_facts = cast("dict[str, Attribute]", held)
    facts = {name: value for name, value in all_facts.items() if name in NAMES}
    who, _, ident = str(row.get("principal", "")).partition(":")
    own = "" if all_facts.get("destination") == "other-server" else facts.get("server", "")
    bare = Facts(
        kind=_one(ActionKind, str(told.get("action")), "kind of action"),
        principal=_principal(who, str(own), ident),
        root=Root.BACKGROUND,
        tool=str(told.get("tool", "")),
        target=str(told.get("name", "")),
    )
    return with_facts(bare, facts), facts


def _principal(who: str, server: str, ident: str = "any") -> Principal:
    kind = _one(PrincipalKind, who, "principal")
    match kind:
        case PrincipalKind.USER:
            return USER
        case PrincipalKind.HOST:
            return HOST
        case _:
            of_view = kind is PrincipalKind.VIEW
            return Principal(kind=kind, ident=ident, server=ServerKey(server) if of_view else None)


def _one(kinds: type[_E], text: str, what: str) -> _E:
    try:
        return kinds(text)
    except ValueError as error:
        allowed = ", ".join(one.value for one in kinds)
        raise NotConfigured(f"there is no {what} {text!r}; there are: {allowed}") from error


def _by_default(decision: Decision) -> bool:
    return decision.rules == (DEFAULT_DENY,)
