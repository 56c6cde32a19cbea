"""How much of a template is scanned, and for how long.

Law: scanning ends. Every scanner asks the budget; what it had to leave out becomes a `scan-cut`
finding, so that nobody takes silence for innocence. The limits on tags and attributes are there
because a native parser cannot be interrupted: its worst case grows with their square.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final

from mcphost.templates.report import Report

SECONDS: Final = 2.0
"""For each scanner. A template of a megabyte needs a tenth of it."""
MAX_TAGS: Final = 10_000
MAX_SQUARED_ATTRIBUTES: Final = 8_000**2
MAX_SCRIPT_BYTES: Final = 6 * 1024 * 1024
MAX_STYLE_CHARS: Final = 384 * 1024

_TAG: Final = re.compile(rb"<[a-zA-Z]")
_TAG_BODY: Final = re.compile(rb"<[a-zA-Z][^>]*")
_SEPARATOR: Final = re.compile(rb"[\s/\"']")


class Budget:
    """One scanner's time. *clock* counts seconds that this thread has worked, so that the findings
    about a template are the same on a busy machine.
    """

    def __init__(
        self, report: Report, what: str, *, clock: Callable[[], float] = time.thread_time
    ) -> None:
        self._report = report
        self._what = what
        self._clock = clock
        self._ends = clock() + SECONDS

    def spent(self) -> bool:
        """Whether to stop now; the first time it is, that becomes a finding."""
        if self._clock() < self._ends:
            return False
        self._report.add("scan-cut", f"Scanning {self._what} took too long and was stopped.")
        return True


def parsers_can_bear(html: bytes, report: Report) -> bool:
    """Whether *html* is small enough in the ways that make parsers slow."""
    tags = sum(1 for _ in _TAG.finditer(html))
    if tags > MAX_TAGS:
        report.add("scan-cut", f"The markup was not read: {tags} tags, at most {MAX_TAGS} are.")
        return False
    squared = 0
    for tag in _TAG_BODY.finditer(html):
        squared += sum(1 for _ in _SEPARATOR.finditer(html, tag.start(), tag.end())) ** 2
        if squared > MAX_SQUARED_ATTRIBUTES:
            report.add("scan-cut", "The markup was not read: a tag has too many attributes.")
            return False
    return True
