"""URLs in style sheets and style attributes. Pure; called by `findings`."""

from __future__ import annotations

from typing import Any, Final

import tinycss2

from mcphost.templates.budget import MAX_STYLE_CHARS, Budget
from mcphost.templates.page import Page
from mcphost.templates.report import Report

_URL_FUNCTIONS: Final = frozenset({"url", "src", "image", "image-set", "-webkit-image-set"})


def read_styles(page: Page, report: Report) -> None:
    """Add every URL that a style of *page* refers to, and report imports."""
    budget = Budget(report, "the styles")
    room = MAX_STYLE_CHARS
    for css in page.styles:
        if len(css) > room:
            report.add("scan-cut", f"Of {len(css)} characters of style, {room} were read.")
        if room <= 0 or budget.spent():
            return
        _read(css[:room], page, report)
        room -= len(css)


def _read(css: str, page: Page, report: Report) -> None:
    pending: list[Any] = list(tinycss2.parse_component_value_list(css, skip_comments=True))
    importing = False
    while pending:
        token = pending.pop()
        match token.type:
            case "at-keyword" if token.lower_value == "import":
                importing = True
            case "url":
                page.urls.append((token.value, "style"))
            case "function":
                if token.lower_name in _URL_FUNCTIONS:
                    page.urls += [(t.value, "style") for t in token.arguments if t.type == "string"]
                pending += token.arguments
            case "{} block" | "() block" | "[] block":
                pending += token.content
            case _:
                pass
    if importing:
        report.add("style-import", "A style sheet imports another one (@import).")
        page.urls += [(url, "style @import") for url in _imported(css)]


def _imported(css: str) -> list[str]:
    """The strings that stand right after `@import`."""
    found: list[str] = []
    after_import = False
    tokens: list[Any] = list(tinycss2.parse_component_value_list(css, skip_comments=True))
    for token in tokens:
        if token.type == "whitespace":
            continue
        if after_import and token.type == "string":
            found.append(token.value)
        after_import = token.type == "at-keyword" and token.lower_value == "import"
    return found
