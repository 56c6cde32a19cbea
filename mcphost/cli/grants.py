"""Grants on the command line, of tools and of Apps: which are in force, and taking one back."""

from __future__ import annotations

import argparse
import time
from typing import Any

from mcphost.cli.session import print_json, say, session
from mcphost.domain.app_grant import AppGrantLine, app_grant_id
from mcphost.domain.grant import Grant
from mcphost.domain.template import TemplatePin
from mcphost.domain.text import one_line


def grants_list(arguments: argparse.Namespace) -> int:
    """The standing grants, those that ended lately, and what Apps were given. All others end with
    the window, or with their View.
    """
    with session(arguments) as run:
        found = run.run(run.host.grants())
        of_apps = run.run(run.host.given_app_grants())
    if arguments.json:
        print_json([_json(grant) for grant in found] + [_app_json(*each) for each in of_apps])
        return 0
    for grant in found:
        print(f"{grant.id}  {grant.server}  {one_line(grant.tool)}  {one_line(grant.words)}")
        print(f"    {grant.principal.value} {one_line(grant.ident)}: {_state(grant)}")
    for pin, line in of_apps:
        ident, words = app_grant_id(pin, line.grant), one_line(line.grant.words)
        print(f"{ident}  {pin.server}  {one_line(pin.uri)}  may {words}")
        print(f"    app: {_app_state(line)}")
    if not found and not of_apps:
        say("no grants")
    return 0


def grants_revoke(arguments: argparse.Namespace) -> int:
    """Take grants back."""
    with session(arguments) as run:
        of_apps = {
            app_grant_id(pin, line.grant): (pin, line.grant)
            for pin, line in run.run(run.host.given_app_grants())
        }
        for ident in arguments.id:
            if ident in of_apps:
                run.run(run.host.take_back_app_grant(*of_apps[ident]))
                say(f"revoked {one_line(ident)}")
            else:
                run.run(run.host.revoke_grant(ident))
                say(f"revoked {one_line(ident)}")
    return 0


def _app_state(line: AppGrantLine) -> str:
    kept = f", keeps {line.kept_bytes} bytes" if line.kept_bytes is not None else ""
    return f"given {_day(line.given_at or 0.0)} by {one_line(line.given_by)}{kept}"


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
        "type": "tool",
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


def _app_json(pin: TemplatePin, line: AppGrantLine) -> dict[str, Any]:
    return {
        "type": "app",
        "id": app_grant_id(pin, line.grant),
        "server": pin.server,
        "template": pin.uri,
        "content": pin.content,
        "meta": pin.meta,
        "grant": line.grant.name,
        "words": line.grant.words,
        "givenAt": line.given_at,
        "givenBy": line.given_by,
        "keptBytes": line.kept_bytes,
    }
