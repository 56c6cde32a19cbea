"""Budgets on the command line: what a server and its Apps may be asked, and choosing otherwise."""

from __future__ import annotations

import argparse
from typing import Any

from mcphost.cli.session import print_json, say, session
from mcphost.domain.budget import BOUNDS, Limit, Limits
from mcphost.domain.errors import NotConfigured
from mcphost.domain.text import one_line
from mcphost.host.endpoint import parse_alias

USUAL_WORD = "usual"


def servers_budgets(arguments: argparse.Namespace) -> int:
    """Say the budgets of a server, after choosing what was asked for."""
    key = parse_alias(arguments.name)
    choice = dict(_choice(text) for text in arguments.set)
    with session(arguments) as run:
        if choice:
            run.run(run.host.change_budgets(key, choice))
            say(f"changed the budgets of {key}")
        limits = run.run(run.host.budgets(key))
    if arguments.json:
        print_json({limit.value: _json(limits, limit) for limit in Limit})
        return 0
    for limit in Limit:
        bounds, number = BOUNDS[limit], limits.value(limit)
        whose = "each App" if limit.of_app else "the server"
        span = f"usual {limits.usual(limit)}, from {bounds.least} to {limits.most(limit)}"
        print(f"{limit.value:12} {number:5}  {whose}: {bounds.words} ({span})")
    return 0


def _json(limits: Limits, limit: Limit) -> dict[str, Any]:
    bounds = BOUNDS[limit]
    return {
        "value": limits.value(limit),
        "usual": limits.usual(limit),
        "least": bounds.least,
        "most": limits.most(limit),
    }


def _choice(text: str) -> tuple[Limit, int | None]:
    name, _, number = text.partition("=")
    if name not in {limit.value for limit in Limit}:
        names = ", ".join(limit.value for limit in Limit)
        raise NotConfigured(f"there is no budget called {one_line(name, limit=40)}; it is {names}")
    if number == USUAL_WORD:
        return Limit(name), None
    if not number.isascii() or not number.isdecimal() or len(number) > 9:
        raise NotConfigured(f"--set {name}=NUMBER takes a whole number, or {name}={USUAL_WORD}")
    return Limit(name), int(number)
