"""Which scopes are asked for: the challenge's, else what the resource lists, else none.

Law: pure; (1) what was granted before is asked for again with what is new, so that a step up never
takes anything away; (2) `offline_access` is added only where the authorization server offers it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

OFFLINE_ACCESS: Final = "offline_access"
MAX_SCOPES: Final = 100
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")


def parse_scopes(untrusted_text: str) -> tuple[str, ...]:
    """The scopes of RFC 6749 §3.3, each once and in order; () unless all are well formed."""
    return checked_scopes(part for part in untrusted_text.split(" ") if part)


def checked_scopes(untrusted_scopes: Iterable[str]) -> tuple[str, ...]:
    """*untrusted_scopes*, each once; () unless all are well formed and they are not too many."""
    scopes = union(untrusted_scopes)
    if len(scopes) > MAX_SCOPES or not all(_SCOPE.fullmatch(scope) for scope in scopes):
        return ()
    return scopes


def union(*groups: Iterable[str]) -> tuple[str, ...]:
    """All of *groups*, each scope once, in the order of its first appearance."""
    return tuple(dict.fromkeys(scope for group in groups for scope in group))


def scopes_to_ask(
    *,
    challenged: Iterable[str],
    listed: Iterable[str],
    before: Iterable[str],
    offered: Iterable[str],
) -> tuple[str, ...]:
    """The scopes of an authorization request: those of the challenge, else those *listed* by the
    resource; with all that were asked for *before*; *offered* are the authorization server's own.
    """
    wanted = tuple(challenged) or tuple(listed)
    extra = (OFFLINE_ACCESS,) if OFFLINE_ACCESS in tuple(offered) else ()
    return union(before, wanted, extra)
