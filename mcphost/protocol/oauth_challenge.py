"""`WWW-Authenticate`, read as RFC 9110 §11 writes it: challenges, parameters, quoted strings.

Law: pure; (1) a value that is not well formed says nothing at all, so that no text inside a quoted
string is ever taken for a parameter; (2) only Bearer and DPoP challenges mean anything here, and
what they say is untrusted. Used by `servers.http`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mcphost.domain.authorization import Challenge
from mcphost.domain.text import one_line
from mcphost.protocol.oauth_scopes import parse_scopes

UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
INSUFFICIENT_SCOPE: Final = "insufficient_scope"
USE_DPOP_NONCE: Final = "use_dpop_nonce"
MAX_HEADER: Final = 8192
MAX_CHALLENGES: Final = 16
_SPOKEN: Final = ("bearer", "dpop")

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))")
_QUOTED = re.compile(r'"((?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[^\x00-\x08\x0a-\x1f\x7f])*)"')
_SPACE = re.compile(r"[ \t]*")
_BETWEEN = re.compile(r"[ \t,]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")


@dataclass(frozen=True, slots=True)
class SchemeChallenge:
    """One challenge; scheme and names of parameters in lower case."""

    scheme: str
    parameters: Mapping[str, str]


def challenge_of(status: int, header_values: Iterable[str]) -> Challenge | None:
    """What a refusal with *status* asks for; None when signing in would not change it."""
    challenges = _all(header_values)
    found = _chosen(challenges)
    parameters: Mapping[str, str] = {} if found is None else found.parameters
    error = one_line(parameters.get("error", ""), limit=60)
    if status != UNAUTHORIZED and (status, error) != (FORBIDDEN, INSUFFICIENT_SCOPE):
        return None
    return Challenge(
        status=status,
        scopes=parse_scopes(parameters.get("scope", "")),
        error=error,
        untrusted_metadata_url=parameters.get("resource_metadata"),
        dpop=any(challenge.scheme == "dpop" for challenge in challenges),
    )


def parse_challenges(value: str) -> tuple[SchemeChallenge, ...]:
    """All challenges of one header value. Raises `ValueError`."""
    if len(value) > MAX_HEADER:
        raise ValueError("a challenge that is too long")
    found: list[tuple[str, dict[str, str]]] = []
    at = _BETWEEN.match(value).end()  # pyright: ignore[reportOptionalMemberAccess]
    while at < len(value):
        at = _take(value, at, found)
        end = _SPACE.match(value, at).end()  # pyright: ignore[reportOptionalMemberAccess]
        if end < len(value) and value[end] != "," and not _new_scheme(found, end, at):
            raise ValueError("challenges that no comma parts")
        at = _BETWEEN.match(value, at).end()  # pyright: ignore[reportOptionalMemberAccess]
    return tuple(SchemeChallenge(scheme, parameters) for scheme, parameters in found)


def _new_scheme(found: list[tuple[str, dict[str, str]]], end: int, at: int) -> bool:
    """Whether only spaces stand between a scheme and its first parameter."""
    return bool(found) and not found[-1][1] and end > at


def _take(value: str, at: int, found: list[tuple[str, dict[str, str]]]) -> int:
    """Read a parameter, or a scheme with its token68 if it has one; where the reading ended."""
    name = _TOKEN.match(value, at)
    if name is None:
        raise ValueError("a challenge that does not begin with a name")
    equals = _EQUALS.match(value, name.end())
    if equals is not None and found:
        return _parameter(value, equals.end(), name.group().lower(), found[-1][1])
    if len(found) >= MAX_CHALLENGES or equals is not None:
        raise ValueError("a parameter without a scheme, or too many challenges")
    found.append((name.group().lower(), {}))
    space = _SPACE.match(value, name.end()).end()  # pyright: ignore[reportOptionalMemberAccess]
    credentials = _TOKEN68.match(value, space) if space > name.end() else None
    return name.end() if credentials is None else credentials.end()


def _parameter(value: str, at: int, name: str, parameters: dict[str, str]) -> int:
    if name in parameters:
        raise ValueError("a parameter that is given twice")
    quoted = _QUOTED.match(value, at)
    if quoted is not None:
        parameters[name] = re.sub(r"\\(.)", r"\1", quoted.group(1))
        return quoted.end()
    token = _TOKEN.match(value, at)
    if token is None:
        raise ValueError("a parameter without a value")
    parameters[name] = token.group()
    return token.end()


def _all(header_values: Iterable[str]) -> list[SchemeChallenge]:
    found: list[SchemeChallenge] = []
    for value in header_values:
        try:
            found.extend(parse_challenges(value))
        except ValueError:
            continue
    return found


def _chosen(found: list[SchemeChallenge]) -> SchemeChallenge | None:
    """The first Bearer challenge, else the first DPoP challenge."""
    for scheme in _SPOKEN:
        for challenge in found:
            if challenge.scheme == scheme:
                return challenge
    return None
