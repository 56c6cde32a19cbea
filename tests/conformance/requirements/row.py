"""What a row of the manifest is."""

from __future__ import annotations

import re
from dataclasses import dataclass

STRENGTHS = frozenset({"MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY", "derived", "guide"})
"""As the specification writes it; `must` in lower case counts as MUST. `derived` follows from a
rule for servers or from what peers insist on, `guide` from advice.
"""
LINK = re.compile(
    r"(?:(?:\d{4}-\d\d-\d\d|guides|extensions)/)?[a-z][a-z0-9_/-]*(?:#[a-z0-9_-]+)?"
    r"|SEP-\d+|RFC \d+|ext-tasks(?:#[a-z0-9-]+)?"
)
"""A page (and heading) of the specification 2026-07-28, of an older revision, of its guides or
of its extensions; a proposal; an RFC; the text of an extension. `apps/…` is the text of MCP Apps,
its revision 2026-01-26 or its draft; `apps/sdk` is what published View SDKs insist on beyond it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing a client owes.

    *tests* are pytest node ids without parameters; *scenarios* are scenarios of the official suite
    that observe it, as `revision/name`. *gap* says what no test covers; it may stand beside tests
    that cover the rest. *not_applicable* says why the host owes nothing here, and stands alone.
    """

    id: str
    strength: str
    wording: str
    link: str
    tests: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    gap: str = ""
    not_applicable: str = ""


def row(
    id: int | str,
    strength: str,
    wording: str,
    link: str,
    *tests: tuple[str, ...],
    scenarios: tuple[str, ...] = (),
    gap: str = "",
    not_applicable: str = "",
) -> Requirement:
    """A row; a number alone is a requirement of the core specification."""
    return Requirement(
        id=f"MCP-{id:03}" if isinstance(id, int) else id,
        strength=strength,
        wording=wording,
        link=link,
        tests=tuple(test for group in tests for test in group),
        scenarios=scenarios,
        gap=gap,
        not_applicable=not_applicable,
    )
