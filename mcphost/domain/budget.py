"""What a server and each of its Apps may be asked in a minute: the numbers, and how far they go.

Law: (1) a person may tighten every number down to its least and loosen it up to its most, no
further; (2) the owner of this computer may lower the most, never raise it, and that also holds for
what is usual and for what was stored before; (3) an unknown name is refused, not passed over. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, cast

from mcphost.domain.errors import NotConfigured
from mcphost.domain.json import Json
from mcphost.domain.sizes import MIB
from mcphost.domain.text import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one View, or everybody at one server, may ask."""

    calls: int
    """Requests a minute, those that are sent again included."""
    at_once: int
    """Requests that wait for their answer."""
    size: int
    """Bytes a minute, in both directions."""
    rounds: int
    """Times a minute that a server gets a request back with an answer it wanted."""


class Limit(StrEnum):
    """One number of a budget, by the name the command line and a managed file give it."""

    CALLS = "calls"
    SIZE = "size"
    ROUNDS = "rounds"
    AT_ONCE = "at-once"
    APP_CALLS = "app-calls"
    APP_SIZE = "app-size"
    APP_ROUNDS = "app-rounds"
    APP_AT_ONCE = "app-at-once"

    @property
    def of_app(self) -> bool:
        """Whether it bounds one running App, and not everybody at the server."""
        return self.value.startswith("app-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one number may be. Sizes are MiB."""

    words: str
    least: int
    usual: int
    most: int


BOUNDS: Final[Mapping[Limit, Bounds]] = {
    # The least of a server lets it be connected and its lists be read.
    Limit.CALLS: Bounds(words="calls a minute", least=20, usual=600, most=2400),
    Limit.SIZE: Bounds(words="MiB a minute, both ways", least=1, usual=256, most=1024),
    Limit.ROUNDS: Bounds(
        words="answers a minute to a server's questions", least=1, usual=60, most=240
    ),
    Limit.AT_ONCE: Bounds(words="calls under way at once", least=4, usual=64, most=256),
    Limit.APP_CALLS: Bounds(words="calls a minute", least=1, usual=240, most=960),
    Limit.APP_SIZE: Bounds(words="MiB a minute, both ways", least=1, usual=64, most=256),
    Limit.APP_ROUNDS: Bounds(
        words="answers a minute to a server's questions", least=1, usual=30, most=120
    ),
    Limit.APP_AT_ONCE: Bounds(words="calls under way at once", least=1, usual=32, most=128),
}

Choice = Mapping[Limit, int | None]
"""Numbers by their name; None: the usual one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The budgets of one server and of each of its Apps."""

    chosen: Mapping[Limit, int] = field(default_factory=dict[Limit, int])
    """What a person chose otherwise than usual."""
    managed: Mapping[Limit, int] = field(default_factory=dict[Limit, int])
    """The most that the owner of this computer allows, where that is less."""
    server: Budget = field(init=False, compare=False, repr=False)
    """What everybody together may ask of the server. Worked out once: every frame asks for it."""
    app: Budget = field(init=False, compare=False, repr=False)
    """What each running App of it may ask."""

    def __post_init__(self) -> None:
        everybody = Budget(
            calls=self.value(Limit.CALLS),
            at_once=self.value(Limit.AT_ONCE),
            size=self.value(Limit.SIZE) * MIB,
            rounds=self.value(Limit.ROUNDS),
        )
        each_app = Budget(
            calls=self.value(Limit.APP_CALLS),
            at_once=self.value(Limit.APP_AT_ONCE),
            size=self.value(Limit.APP_SIZE) * MIB,
            rounds=self.value(Limit.APP_ROUNDS),
        )
        object.__setattr__(self, "server", everybody)
        object.__setattr__(self, "app", each_app)

    def most(self, limit: Limit) -> int:
        """The most that *limit* may be here."""
        bounds = BOUNDS[limit]
        return max(bounds.least, min(bounds.most, self.managed.get(limit, bounds.most)))

    def usual(self, limit: Limit) -> int:
        """What *limit* is when nobody chose."""
        return min(BOUNDS[limit].usual, self.most(limit))

    def value(self, limit: Limit) -> int:
        """What *limit* is."""
        return min(self.chosen.get(limit, self.usual(limit)), self.most(limit))

    def after(self, choice: Choice) -> Limits:
        """These with *choice*. Raises `NotConfigured` for a number that may not be."""
        chosen = dict(self.chosen)
        for limit, number in choice.items():
            chosen.pop(limit, None)
            if number is None:
                continue
            least, most = BOUNDS[limit].least, self.most(limit)
            if not least <= number <= most:
                whose = " on this computer" if most < BOUNDS[limit].most else ""
                raise NotConfigured(
                    f"{limit.value} cannot be {number}; it goes from {least} to {most}{whose}"
                )
            if number != BOUNDS[limit].usual:
                chosen[limit] = number
        return Limits(chosen=chosen, managed=self.managed)


USUAL: Final = Limits()


def parse_limits(untrusted: Json, *, what: str) -> dict[Limit, int]:
    """Numbers by their names, as a stored setting or a managed file holds them. Raises
    `NotConfigured`, beginning with *what*.
    """
    if not isinstance(untrusted, Mapping):
        raise NotConfigured(f"{what}: it is no JSON object of names and numbers")
    found: dict[Limit, int] = {}
    for name, number in cast("Mapping[str, Json]", untrusted).items():
        if name not in _NAMES:
            raise NotConfigured(f"{what}: there is no budget called {one_line(name, limit=40)}")
        limit = Limit(name)
        bounds = BOUNDS[limit]
        if type(number) is not int or not bounds.least <= number <= bounds.most:
            raise NotConfigured(
                f"{what}: {name} must be a whole number from {bounds.least} to {bounds.most}"
            )
        found[limit] = number
    return found


_NAMES: Final = frozenset(limit.value for limit in Limit)
