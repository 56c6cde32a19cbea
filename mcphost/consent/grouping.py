"""Calls that a model asks for at once, put to a person as one question where that hides nothing.

Law: calls are one question only when they are of one tool, have the same arguments and differ in
exactly one of them; every value of that one is listed. Pure; used by `chat.turn` and `gate.ask`.
"""

from __future__ import annotations

from collections.abc import Sequence

from mcphost.domain.json import Json, JsonObject

MAX_GROUP = 16


def differing(calls: Sequence[JsonObject]) -> str | None:
    """The one argument in which all of *calls* differ from each other, or None."""
    if not 2 <= len(calls) <= MAX_GROUP:
        return None
    names = set(calls[0])
    if any(set(call) != names for call in calls):
        return None
    several = [name for name in names if any(call[name] != calls[0][name] for call in calls)]
    if len(several) != 1:
        return None
    values: list[Json] = [call[several[0]] for call in calls]
    return several[0] if all(values.count(value) == 1 for value in values) else None


def group_of(calls: Sequence[tuple[str, JsonObject | None]], first: int) -> tuple[int, ...]:
    """The places of the calls (tool, arguments) that are one question with the one at *first*."""
    tool, arguments = calls[first]
    group, found = [first], [arguments]
    for place in range(first + 1, len(calls)):
        other, more = calls[place]
        if other != tool or more is None or arguments is None:
            continue
        if differing([a for a in (*found, more) if a is not None]) is not None:
            group.append(place)
            found.append(more)
    return tuple(group)
