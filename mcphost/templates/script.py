"""The scripts of a template, by tree-sitter: what they call, build and reach for.

Words worth a look are found in the text; the syntax tree then says whether each is code (a comment
or a string is not). The tree is never queried: a query's time grows with the square of the nesting
and it cannot be stopped; the parser is stopped through its progress callback. What a script
computes at run time is invisible here. Pure; called by `findings`.
"""

from __future__ import annotations

import re
from typing import Final

import tree_sitter
import tree_sitter_javascript
from tree_sitter import Node, Tree

from mcphost.templates.budget import MAX_SCRIPT_BYTES, Budget
from mcphost.templates.page import Page
from mcphost.templates.report import Report
from mcphost.templates.script_names import (
    GLOBALS,
    MEMBERS,
    NOT_USED,
    PERMISSIONS,
    SINKS,
    TIMERS,
    WORDS,
)
from mcphost.templates.tool_names import CALLERS, METHOD, read_message, read_tool_call

_LANGUAGE: Final = tree_sitter.Language(tree_sitter_javascript.language())
_PIECE: Final = 65_536
_URL: Final = re.compile(rb"[\"'`]((?:https?|wss?)://[^\s\"'`<>\\]{3,200})")
_NAMED: Final = frozenset({"identifier", "property_identifier", "import"})
_TEXTS: Final = frozenset({"string", "template_string"})
_WINDOWS: Final = frozenset({"window", "self", "globalThis"})
_PACKED: Final = re.compile(rb"[A-Za-z0-9+/=]{4096,}|(?:\\x[0-9a-fA-F]{2}){64,}")
_MANGLED: Final = re.compile(rb"\b_0x[0-9a-f]{3,}")
_MANGLED_MANY: Final = 40


def read_scripts(page: Page, report: Report) -> None:
    """Report what the scripts of *page* do, and add the URLs and permissions they mention."""
    budget = Budget(report, "the scripts")
    room = MAX_SCRIPT_BYTES
    for script in page.scripts:
        source = script.encode("utf-8", "replace")
        if len(source) > room:
            report.add("scan-cut", f"Of {len(source)} bytes of script, {room} were read.")
        if room <= 0 or budget.spent():
            return
        _Reader(source[:room], page, report).read(budget)
        room -= len(source)


class _Reader:
    """Reads one script."""

    def __init__(self, source: bytes, page: Page, report: Report) -> None:
        self._source = source
        self._page = page
        self._report = report
        self._settled: set[str] = set()
        """Words that have led to a finding; their further places say nothing new."""

    def read(self, budget: Budget) -> None:
        """Look at every word worth it, as far as *budget* allows."""
        self._read_looks()
        tree = self._parse(budget)
        if tree is None:
            return
        if tree.root_node.has_error:
            self._report.add(
                "script-unparsed",
                "A script is not JavaScript as mcphost knows it; parts of it were not read.",
            )
        for found in WORDS.finditer(self._source):
            word = found.group().decode()
            if word in self._settled:
                continue
            if budget.spent():
                return
            node = tree.root_node.descendant_for_byte_range(found.start(), found.end())
            if node is not None:
                self._read_word(word, node)

    def _parse(self, budget: Budget) -> Tree | None:
        parser = tree_sitter.Parser(_LANGUAGE)
        source = self._source
        try:
            return parser.parse(
                lambda offset, _: source[offset : offset + _PIECE],
                progress_callback=lambda _, __: budget.spent(),
            )
        except ValueError:  # the callback stopped it; the budget has said so
            return None

    def _read_looks(self) -> None:
        packed = sum(len(found.group()) for found in _PACKED.finditer(self._source))
        if packed:
            self._report.add("script-obfuscated", f"{packed} bytes of encoded text")
        mangled = sum(1 for _ in _MANGLED.finditer(self._source))
        if mangled >= _MANGLED_MANY:
            self._report.add("script-obfuscated", f"{mangled} names like _0x1a2b")
        urls = dict.fromkeys(_URL.findall(self._source))
        self._page.mentioned += [url.decode("utf-8", "replace") for url in urls]

    def _read_word(self, word: str, node: Node) -> None:
        if word == METHOD:
            read_message(node, self._text, self._report)
        elif node.type in _NAMED and self._text(node) == word:
            self._read_name(word, node)

    def _read_name(self, word: str, node: Node) -> None:
        parent = node.parent
        kind = "" if parent is None else parent.type
        if node.type == "property_identifier" and kind == "member_expression":
            owner = self._text(_last_name(parent and parent.child_by_field_name("object")))
            self._read_member(word, owner, parent)
        elif node.type != "property_identifier":
            if word in GLOBALS and kind not in NOT_USED.get(word, ()):
                self._tell(GLOBALS[word], word, word)
            if kind == "call_expression":
                self._read_call(word, parent)

    def _read_member(self, word: str, owner: str, member: Node | None) -> None:
        full = f"{owner}.{word}"
        user = None if member is None else member.parent
        if full in MEMBERS:
            self._tell(MEMBERS[full], full, word if word != "href" else "")
        elif owner in _WINDOWS and word in GLOBALS:
            self._tell(GLOBALS[word], full, word)
        elif word in SINKS and self._is_made_here(user, member):
            self._tell("script-markup-sink", word, word)
        if word in PERMISSIONS:
            self._page.permissions |= PERMISSIONS[word]
        elif owner == "clipboard" and word in ("write", "writeText"):
            self._page.permissions.add("clipboard-write")
        if user is not None and user.type == "call_expression":
            self._read_call(word, user)

    def _is_made_here(self, user: Node | None, member: Node | None) -> bool:
        """Whether a markup sink is fed something other than a constant string."""
        if user is None or member is None:
            return False
        if user.type == "call_expression":
            return True
        right = user.child_by_field_name("right")
        assigned = user.child_by_field_name("left") == member
        return assigned and right is not None and right.type != "string"

    def _read_call(self, word: str, call: Node | None) -> None:
        arguments = None if call is None else call.child_by_field_name("arguments")
        if arguments is None:
            return
        first = arguments.named_child(0) if arguments.named_child_count else None
        if word in TIMERS and first is not None and first.type in _TEXTS:
            self._tell("script-eval", f"{word} with text", word)
        elif word in CALLERS:
            read_tool_call(first, self._text, self._report)

    def _tell(self, check: str, message: str, settled: str) -> None:
        self._report.add(check, message)
        self._settled.add(settled)

    def _text(self, node: Node | None) -> str:
        if node is None:
            return ""
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def _last_name(node: Node | None) -> Node | None:
    """The name a chain ends with: `c` in `a.b.c`."""
    if node is None or node.type != "member_expression":
        return node
    return node.child_by_field_name("property")
