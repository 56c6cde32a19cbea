"""All static findings about one template. Called by `store`, on a worker thread.

Law: findings disclose, they never decide; scanning is bounded by `budget`; nothing here contacts
anything. Order: characters, markup by two parsers, styles, scripts, words, and what all that
reaches for, compared with what was declared.
"""

from __future__ import annotations

from typing import Final

from mcphost.domain.template import DeclaredUi
from mcphost.templates.budget import parsers_can_bear
from mcphost.templates.markup import read_markup
from mcphost.templates.page import Page
from mcphost.templates.reach import compare_reach
from mcphost.templates.report import Report
from mcphost.templates.script import read_scripts
from mcphost.templates.second_parser import compare_parsers
from mcphost.templates.style import read_styles
from mcphost.templates.words import read_characters, read_words

_LIBRARIES: Final = (
    ("@modelcontextprotocol/ext-apps", "the MCP Apps SDK"),
    ("ui/notifications/initialized", "messages of the MCP Apps protocol"),
    ("fastmcp", "code of FastMCP"),
    ("ui-lifecycle-iframe-ready", "code of mcp-ui, which is older than MCP Apps"),
    ("window.openai", "ChatGPT's own App interface"),
)


def examine(html: bytes, declared: DeclaredUi, report: Report) -> None:
    """Add to *report* what stands in *html*, compared with what was *declared*."""
    text = html.decode("utf-8", "replace")
    page = Page()
    read_characters(text, report)
    if parsers_can_bear(html, report):
        read_markup(text, page, report)
        compare_parsers(text, page, report)
    read_styles(page, report)
    read_scripts(page, report)
    read_words(text, page, report)
    compare_reach(page, declared, report)
    for mark, library in _LIBRARIES:
        if mark in text:
            report.add("sdk-known", library)
