"""Which tools of its server a script calls, as far as the names stand in it. Pure; of `script`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tree_sitter import Node

from mcphost.templates.report import Report

CALLERS: Final = frozenset({"callTool", "callServerTool"})
METHOD: Final = "tools/call"
_TEXTS: Final = frozenset({"string", "template_string"})
_MEMBERS: Final = 40

Text = Callable[[Node | None], str]


def read_tool_call(first: Node | None, text: Text, report: Report) -> None:
    """Report the tool that a known caller is given as its argument *first*."""
    if first is not None and first.type in _TEXTS:
        report.add("tool-called", _unquoted(first, text))
    else:
        _report_named(first, text, report)


def read_message(node: Node, text: Text, report: Report) -> None:
    """Report the tool of a hand-made `tools/call` message whose method is the string at *node*."""
    string = node if node.type in _TEXTS else node.parent
    holder = None if string is None else string.parent
    if string is None or holder is None or string.type not in _TEXTS:
        return
    if holder.type == "arguments":
        _report_named(string.next_named_sibling, text, report)
    elif holder.type == "pair":
        _report_named(_member(holder.parent, "params", text), text, report)


def _report_named(node: Node | None, text: Text, report: Report) -> None:
    named = _member(node, "name", text)
    if named is not None and named.type == "string":
        report.add("tool-called", _unquoted(named, text))
    else:
        report.add(
            "tool-computed",
            "It calls a tool whose name is only made at run time, so no reading can tell which.",
        )


def _member(node: Node | None, key: str, text: Text) -> Node | None:
    """The value of *key* in the object literal *node*."""
    if node is None or node.type != "object":
        return None
    for pair in node.named_children[:_MEMBERS]:
        if pair.type == "pair" and text(pair.child_by_field_name("key")).strip("\"'") == key:
            return pair.child_by_field_name("value")
    return None


def _unquoted(node: Node, text: Text) -> str:
    return text(node)[1:-1]
