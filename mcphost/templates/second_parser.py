"""The second HTML parser (html5lib, as a browser with scripts on), and where the two disagree.

What two correct parsers read differently is where markup hides from a reviewer. Pure; called by
`findings` after `budget.parsers_can_bear`.
"""

from __future__ import annotations

from collections import Counter
from io import StringIO
from typing import Any, Final, cast

import html5lib  # pyright: ignore[reportMissingTypeStubs]

from mcphost.templates.budget import Budget
from mcphost.templates.page import Page
from mcphost.templates.report import Report

_SHOWN: Final = 4
_ALIASES: Final = {"image": "img"}
_ALWAYS: Final = frozenset({"html", "head", "body"})
"""Every parse has these; the first parser reads template elements by parses of their own."""


class _Stopped(Exception):
    """The time for the second parser is over."""


_Builder = cast("type[Any]", html5lib.getTreeBuilder("etree"))  # pyright: ignore[reportUnknownMemberType]


class _Skeleton(_Builder):
    """A tree of elements without their text, which nobody here reads and which is slow to build."""

    def insertText(self, data: str, parent: object = None) -> None:  # noqa: N802  # html5lib's name
        """Drop *data*."""


class _TimedText:
    """*html* as the stream that html5lib reads in pieces, until its time is over."""

    def __init__(self, html: str, budget: Budget) -> None:
        self._html = StringIO(html)
        self._budget = budget

    def read(self, size: int = -1) -> str:
        """The next *size* characters. Raises `_Stopped`."""
        if size and self._budget.spent():
            raise _Stopped
        return self._html.read(size)


def compare_parsers(html: str, page: Page, report: Report) -> None:
    """Report the elements that the second parser counts differently from `page.elements`."""
    text = _TimedText(html, Budget(report, "the markup with the second parser"))
    try:
        parser: Any = html5lib.HTMLParser(tree=_Skeleton, namespaceHTMLElements=False)
        tree: Any = parser.parse(text, scripting=True)
    except _Stopped:
        return
    second: Counter[str] = Counter(
        _name(element.tag) for element in tree.iter() if isinstance(element.tag, str)
    )
    first: Counter[str] = Counter()
    for tag, count in page.elements.items():
        first[_name(tag)] += count
    tags = (first | second).keys() - _ALWAYS
    differing = sorted(tag for tag in tags if first[tag] != second[tag])
    if differing:
        shown = ", ".join(f"{tag} {first[tag]}/{second[tag]}" for tag in differing[:_SHOWN])
        more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
        report.add("parser-disagreement", f"{shown}{more}")


def _name(tag: str) -> str:
    """The local name in lower case: only one of the two keeps namespaces and SVG's capitals."""
    local = tag.rsplit("}", 1)[-1].lower()
    return _ALIASES.get(local, local)
