"""Tools on the command line: what a server offers, how a tool changed, what a person says of it."""

from __future__ import annotations

import argparse
from typing import Any

from mcphost.cli.session import Session, print_json, say, session
from mcphost.domain.errors import NotConfigured
from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.pin import FIRST_SEEN, ToolPin
from mcphost.domain.summaries import ToolSummary
from mcphost.domain.text import one_line, visible
from mcphost.domain.tool import Effect

_JUDGED = {effect.value: effect for effect in Effect if effect is not Effect.UNKNOWN}


def tools(arguments: argparse.Namespace) -> int:
    """List the tools of a server, after doing what was asked about some of them."""
    accepted = [_pair(text, "--accept TOOL=DIGEST") for text in arguments.accept]
    judged = [_judgement(text) for text in arguments.effect]
    with session(arguments) as run:
        key = run.server(arguments.server)
        _review(run, key, accepted, judged)
        found = run.run(run.host.tools(key))
    if arguments.json:
        print_json([_json(each) for each in found])
        return 0
    for each in found:
        _print(each, arguments.server)
    return 0


def _review(
    run: Session,
    key: ServerKey,
    accepted: list[tuple[str, str]],
    judged: list[tuple[str, Effect]],
) -> None:
    for tool, seen in accepted:
        run.run(run.host.accept_tool(key, tool, Digest(seen)))
        say(f"accepted {one_line(tool)} as it is now")
    for tool, effect in judged:
        run.run(run.host.classify_tool(key, tool, effect))
        say(f"{one_line(tool)} is taken to be: {effect.value}")


def _print(each: ToolSummary, server: str) -> None:
    app = f"  App {each.tool.ui_resource}" if each.tool.ui_resource else ""
    name = one_line(each.tool.name)  # a server's own words must not steer a terminal
    pin = each.pin
    print(f"{name}  [{each.effect.value}]  {standing(pin)}{app}\n    {each.tool.title}")
    if pin is None or pin.offered is None:
        return
    for change in pin.changes:
        print(f"    {change.kind.value}: {one_line(change.what)}. {change.why}")
        print("\n".join(_quoted("-", change.untrusted_before)))
        print("\n".join(_quoted("+", change.untrusted_after)))
    print(f"    to accept it: mcphost tools {server} --accept '{name}={pin.offered}'")


def standing(pin: ToolPin | None) -> str:
    """How a tool is remembered, in words."""
    if pin is None:
        return "not remembered, so never called"
    if pin.suspended:
        return "SUSPENDED: its server changed it"
    return "remembered as first seen" if pin.reviewer == FIRST_SEEN else "reviewed"


def _quoted(sign: str, untrusted: str) -> list[str]:
    return [f"      {sign} {line}" for line in visible(untrusted, limit=4000).split("\n") if line]


def _json(each: ToolSummary) -> dict[str, Any]:
    pin = each.pin
    return {
        "name": each.tool.name,
        "title": each.tool.title,
        "effect": each.effect.value,
        "template": each.tool.ui_resource,
        "model": each.tool.visible_to_model,
        "app": each.tool.visible_to_app,
        "definition": each.tool.definition_digest,
        "inputSchema": each.tool.input_schema,
        "pin": None if pin is None else _pin_json(pin),
    }


def _pin_json(pin: ToolPin) -> dict[str, Any]:
    return {
        "digest": pin.digest,
        "pinnedAt": pin.pinned_at,
        "reviewer": pin.reviewer,
        "suspended": pin.suspended,
        "offered": pin.offered,
        "changes": [
            {
                "kind": change.kind.value,
                "what": change.what,
                "before": change.untrusted_before,
                "after": change.untrusted_after,
                "why": change.why,
            }
            for change in pin.changes
        ],
    }


def _pair(text: str, usage: str) -> tuple[str, str]:
    name, sign, value = text.rpartition("=")
    if not sign or not name or not value:
        raise NotConfigured(f"use {usage}")
    return name, value


def _judgement(text: str) -> tuple[str, Effect]:
    tool, said = _pair(text, "--effect TOOL=read|write|destructive")
    if said not in _JUDGED:
        raise NotConfigured(f"{one_line(said)} is not one of {', '.join(_JUDGED)}")
    return tool, _JUDGED[said]
