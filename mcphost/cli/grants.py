"""Grants on the command line: which are in force, and taking one back."""

from __future__ import annotations

import argparse
import time
from typing import Any

from mcphost.cli.session import print_json, say, session
from mcphost.domain.grant import Grant
from mcphost.domain.text import one_line


def grants_list(arguments: argparse.Namespace) -> int:
    """The standing grants, and those that ended lately. All others end with the window."""
    with session(arguments) as run:
        found = run.run(run.host.grants())
    if arguments.json:
        print_json([_json(grant) for grant in found])
        return 0
    for grant in found:
        print(f"{grant.id}  {grant.server}  {one_line(grant.tool)}  {one_line(grant.words)}")
        print(f"    {grant.principal.value} {one_line(grant.ident)}: {_state(grant)}")
    if not found:
        say("no grants")
    return 0


def grants_revoke(arguments: argparse.Namespace) -> int:
    """Take grants back."""
    with session(arguments) as run:
        for ident in arguments.id:
            run.run(run.host.revoke_grant(ident))
            say(f"revoked {one_line(ident)}")
    return 0


def _state(grant: Grant) -> str:
    if grant.ended_at is not None:
        return f"ended {_day(grant.ended_at)}: {grant.ended}"
    used = f"used {grant.uses} of {grant.max_uses} times"
    idle = grant.unused_days(time.time())
    rest = f", not for {idle} days" if idle else ""
    return f"until {_day(grant.expires_at)}, {used}{rest}"


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def _json(grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "server": grant.server,
        "tool": grant.tool,
        "definition": grant.definition,
        "holder": f"{grant.principal.value}:{grant.ident}",
        "scope": grant.scope.value,
        "words": grant.words,
        "constraints": [
            {"pointer": each.pointer, "rule": each.rule.value, "value": each.value}
            for each in grant.constraints
        ],
        "issuedAt": grant.issued_at,
        "expiresAt": grant.expires_at,
        "uses": grant.uses,
        "maxUses": grant.max_uses,
        "usedAt": grant.used_at,
        "unusedDays": grant.unused_days(time.time()),
        "ended": grant.ended,
    }
