"""Which grants a question may offer: one table by tier, and the words for each.

    tier                    this task   this conversation   standing
    1  first use            any         any                 any arguments, 30 days
    2  shown with arguments any         any                 only narrowed arguments, 7 days
    3  every time           –           –                   –
    4  refused              –           –                   –

Law: (1) a destructive tool and a question of tier 3 never have a grant; (2) only a model has tasks;
(3) an App's grant lasts no longer than the conversation and its View; (4) a narrowing is offered
only where it can be read in one way. Pure; called by `gate.ask`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeGuard

from mcphost.consent.constraints import canonical_text, path_parts, reaches, site_of, texts
from mcphost.domain.decision import Tier
from mcphost.domain.grant import Constraint, ConstraintRule, GrantOffer, GrantScope
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.principal import PrincipalKind
from mcphost.domain.text import one_line
from mcphost.domain.tool import Effect

HOUR = 3600.0
DAY = 24 * HOUR
STANDING_DAYS = {Tier.FIRST_USE: 30, Tier.SHOW_ARGUMENTS: 7}
MAX_EXACT = 2048
"""Characters of arguments that are remembered word for word."""
MAX_CONSTRAINTS = 8
_LEAST_PARTS = 3
"""`/srv/data` is narrow enough to name; `/srv` is not."""
_HOMES = frozenset({"home", "Users"})


def offers_for(
    tier: Tier, effect: Effect, principal: PrincipalKind, arguments: Json, *, talks: bool
) -> tuple[GrantOffer, ...]:
    """The grants for a tool call with *arguments*, the narrowest first. *talks*: it belongs to a
    conversation.
    """
    lasting = principal in {PrincipalKind.USER, PrincipalKind.MODEL, PrincipalKind.VIEW}
    if tier not in STANDING_DAYS or effect is Effect.DESTRUCTIVE or not (talks and lasting):
        return ()
    narrowed = _narrowed(arguments)
    offers: list[GrantOffer] = []
    if principal is PrincipalKind.MODEL:
        offers += [_TASK.offer(*each) for each in (*narrowed, _ANY)]
    offers.append(_CONVERSATION.offer(*_ANY))
    if principal is not PrincipalKind.VIEW:
        wide = (_ANY,) if tier is Tier.FIRST_USE else ()
        offers += [_standing(tier).offer(*each) for each in (*narrowed, *wide)]
    return tuple(offers)


def once_for(arguments: Json) -> GrantOffer | None:
    """A grant for exactly one call with exactly *arguments*, within the task."""
    exact = canonical_text(arguments)
    if exact is None:
        return None
    return GrantOffer(
        scope=GrantScope.ONCE,
        words="once, with exactly the arguments that were shown",
        seconds=_TASK.seconds,
        uses=1,
        constraints=(_whole(exact),),
    )


@dataclass(frozen=True, slots=True)
class _Length:
    """How long a grant of one scope lasts, and how often it may be used."""

    scope: GrantScope
    words: str
    seconds: float
    uses: int

    def offer(self, constraints: tuple[Constraint, ...], how: str) -> GrantOffer:
        return GrantOffer(
            scope=self.scope,
            words=f"for {self.words}, {how}",
            seconds=self.seconds,
            uses=self.uses,
            constraints=constraints,
        )


_ANY: Final[tuple[tuple[Constraint, ...], str]] = ((), "with any arguments")
_TASK: Final = _Length(GrantScope.TASK, "this task", HOUR, 20)
_CONVERSATION: Final = _Length(GrantScope.CONVERSATION, "this conversation", 8 * HOUR, 100)


def _standing(tier: Tier) -> _Length:
    days = STANDING_DAYS[tier]
    return _Length(GrantScope.STANDING, f"{days} days", days * DAY, 500)


def _narrowed(arguments: Json) -> list[tuple[tuple[Constraint, ...], str]]:
    """Exactly these arguments, and where they all allow it: these folders and hosts."""
    found: list[tuple[tuple[Constraint, ...], str]] = []
    exact = canonical_text(arguments)
    if exact is not None and len(exact) <= MAX_EXACT:
        found.append(((_whole(exact),), "with exactly these arguments"))
    reaching = [(where, text) for where, text in texts(arguments) if reaches(text)]
    places = [_place(where, text) for where, text in reaching]
    constraints = tuple(place for place in places if place is not None)
    names = [name for name in arguments if "\n" not in name] if _is_object(arguments) else []
    if constraints and len(constraints) == len(places) <= MAX_CONSTRAINTS:
        known = Constraint(pointer="", rule=ConstraintRule.NAMES, value="\n".join(names))
        said = " and ".join(dict.fromkeys(map(_words, constraints)))
        found.append(((*constraints, known), f"{said}, whatever else it says"))
    return found


def _whole(exact: str) -> Constraint:
    return Constraint(pointer="", rule=ConstraintRule.EXACT, value=exact)


def _is_object(value: Json) -> TypeGuard[JsonObject]:
    return isinstance(value, Mapping)


def _place(pointer: str, text: str) -> Constraint | None:
    site = site_of(text)
    if site is not None:
        return Constraint(pointer=pointer, rule=ConstraintRule.HOST, value=site)
    parts = path_parts(text)
    if parts is None or len(parts) - 1 < _LEAST_PARTS or _is_home(parts[:-1]):
        return None
    folder = "/".join(parts[:-1])
    return Constraint(pointer=pointer, rule=ConstraintRule.PATH, value=folder)


def _is_home(parts: tuple[str, ...]) -> bool:
    return len(parts) <= _LEAST_PARTS and parts[1] in _HOMES


def _words(constraint: Constraint) -> str:
    name = one_line(constraint.pointer.removeprefix("/"), limit=80)
    value = one_line(constraint.value, limit=400)
    if constraint.rule is ConstraintRule.HOST:
        return f"where {name} is at {value}"
    return f"where {name} is below {value}/"
