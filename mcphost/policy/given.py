"""Facts as a person writes them, or as the log holds them: `effect=read`, back into their types.

Law: a name or a value that no fact can have is refused with what could be said instead; what is not
given keeps the value that permits least. Pure; used by `mcphost policy explain`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from enum import Enum
from typing import Any, Final, get_args, get_type_hints

from mcphost.domain.errors import NotConfigured
from mcphost.domain.text import one_line
from mcphost.policy.facts import NOT_CONTEXT, Attribute, Facts

_TYPES: Final[Mapping[str, Any]] = {
    name: kind for name, kind in get_type_hints(Facts).items() if name not in NOT_CONTEXT
}
NAMES: Final = tuple(field.name for field in fields(Facts) if field.name in _TYPES)
"""Every fact that can be given."""
_TRUTHS: Final = {"true": True, "yes": True, "false": False, "no": False}


def with_facts(facts: Facts, given: Mapping[str, Attribute]) -> Facts:
    """*facts* with what is *given* put in. Raises `NotConfigured`."""
    unknown = sorted(given.keys() - _TYPES.keys())
    if unknown:
        raise NotConfigured(
            f"there is no fact called {one_line(unknown[0], limit=80)}; there are: "
            f"{', '.join(NAMES)}"
        )
    return replace(facts, **{name: _value(name, value) for name, value in given.items()})


def _value(name: str, given: Attribute) -> Any:
    kind = _TYPES[name]
    kind = next((one for one in get_args(kind) if one is not type(None)), kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        allowed = [one.value for one in kind]
        return kind(given) if given in allowed else _refuse(name, given, ", ".join(allowed))
    if kind is bool:
        value = given if isinstance(given, bool) else _TRUTHS.get(str(given).lower())
        return _refuse(name, given, "true, false") if value is None else value
    if kind is int:
        try:
            return int(given)
        except ValueError:
            return _refuse(name, given, "a whole number")
    return (str(given) or None) if name == "server" else str(given)


def _refuse(name: str, given: Attribute, allowed: str) -> Any:
    shown = one_line(str(given), limit=80)
    raise NotConfigured(f"{name} cannot be {shown}; it can be: {allowed}")
