"""Where findings are collected: each id once in the table, each list bounded.

Pure; used by every scanner of this room, on the scanning thread.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from mcphost.domain.errors import HostBugError
from mcphost.domain.template import Finding
from mcphost.domain.text import one_line
from mcphost.templates.catalogue import FINDINGS

PER_CHECK: Final = 10
"""How many findings of one check are spelled out; the rest is counted."""


class Report:
    """Collects findings; untrusted words in messages are made visible and bounded here."""

    def __init__(self) -> None:
        self._findings: dict[str, list[tuple[str, str]]] = {}
        self._counts: Counter[str] = Counter()

    def add(self, check: str, untrusted_found: str, where: str = "") -> None:
        """Add one finding of the kind *check*, told in its sentence; none is said twice."""
        if check not in FINDINGS:
            raise HostBugError(f"there is no finding called {check}")
        told = FINDINGS[check].told(one_line(untrusted_found, limit=300))
        entry = (told, one_line(where, limit=120))
        said = self._findings.setdefault(check, [])
        if entry in said:
            return
        self._counts[check] += 1
        if len(said) < PER_CHECK:
            said.append(entry)

    def has(self, check: str) -> bool:
        """Whether *check* was found at all."""
        return check in self._findings

    def findings(self) -> tuple[Finding, ...]:
        """Everything found, in the order of the table."""
        return tuple(
            finding for check in FINDINGS if check in self._findings for finding in self._of(check)
        )

    def _of(self, check: str) -> list[Finding]:
        severity = FINDINGS[check].severity
        found = [
            Finding(check=check, severity=severity, message=message, where=where)
            for message, where in self._findings[check]
        ]
        rest = self._counts[check] - len(found)
        if rest > 0:
            more = f"… and {rest} more of the same kind."
            found.append(Finding(check=check, severity=severity, message=more))
        return found
