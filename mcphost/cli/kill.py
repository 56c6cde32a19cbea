"""`mcphost kill`: stop everything, or one server, conversation or View, from outside.

The order: flag first, then whoever runs is waited for, then the row, then tokens. It opens no host
before the flag is up, so it works while the window hangs; one that does not answer is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import threading
import time
from typing import Final

from mcphost import __version__
from mcphost.audit.log import AuditLog
from mcphost.cli.session import print_json, say, session
from mcphost.domain.audit import AuditRecord
from mcphost.domain.errors import McpHostError, NotConfigured, StorageError
from mcphost.domain.kill import ALL, Kill, KillKind, KillScope, parse_scope
from mcphost.domain.principal import USER
from mcphost.domain.server import HttpEndpoint
from mcphost.host.kill import BY_COMMAND, turned
from mcphost.storage.kill_flags import KillFlags
from mcphost.storage.paths import Paths
from mcphost.storage.running import CAN_LOCK, Running, running

WHO: Final = str(USER)
PATIENCE: Final = 2.0
"""Seconds a running program has to say that it has stopped."""
_LOOK: Final = 0.05


def kill(arguments: argparse.Namespace) -> int:
    """Turn the kill switch on, or off with `--resume`; `--list` only says what is on."""
    paths = Paths.from_environment()
    flags = KillFlags(paths.kill)
    if arguments.list:
        return _list(flags, json=arguments.json)
    try:
        scope = parse_scope(arguments.scope)
    except ValueError as error:
        raise NotConfigured(f"--scope: {error}") from error
    if arguments.resume:
        return _resume(flags, paths, scope)
    flags.turn_on(Kill(scope=scope, who=WHO, how=BY_COMMAND, at=time.time()))
    print(f"The kill switch is on for {scope.words}.")
    _see_it_through(paths, scope)
    code = _record(paths, turned(scope, on=True, who=WHO, how=BY_COMMAND))
    if arguments.revoke_tokens:
        code = max(code, _revoke(arguments, scope))
    print(f"To go on: mcphost kill --resume --scope {scope}")
    return code


def _resume(flags: KillFlags, paths: Paths, scope: KillScope) -> int:
    if scope in {known.scope for known in flags.read()}:
        code = _record(paths, turned(scope, on=False, who=WHO, how=BY_COMMAND))
        flags.turn_off(scope)
    else:
        raise NotConfigured(f"the kill switch is not on for {scope.words}: mcphost kill --list")
    left = flags.read()
    print(f"The kill switch is off for {scope.words}.")
    for other in left:
        print(f"It is still on for {other.scope.words}.")
    return code


def _list(flags: KillFlags, *, json: bool) -> int:
    found = flags.read()
    if json:
        print_json([{"scope": str(k.scope), "who": k.who, "how": k.how, "at": k.at} for k in found])
    elif not found:
        print("The kill switch is off.")
    else:
        for one in found:
            print(f"{one.scope}  {one.who}, by {one.how}")
    return 1 if found else 0


def _see_it_through(paths: Paths, scope: KillScope) -> None:
    """Wait for every program of this home to say that it has stopped; end those that do not."""
    if not CAN_LOCK:
        say("mcphost: on this system nobody can be asked whether a running program has seen it")
        return
    deadline, clock = time.monotonic() + PATIENCE, threading.Event()
    waiting = running(paths.running)
    while waiting and time.monotonic() < deadline:
        clock.wait(_LOOK)
        waiting = [each for each in running(paths.running) if not each.has_seen(scope)]
    for each in waiting:
        _force(each, scope)


def _force(hung: Running, scope: KillScope) -> None:
    match scope.kind:
        case KillKind.ALL:
            hung.end()
            say(f"mcphost: process {hung.pid} did not answer within {PATIENCE:g} s; it was ended")
        case KillKind.SERVER:
            hung.end_servers([scope.ident])
            say(
                f"mcphost: process {hung.pid} did not answer within {PATIENCE:g} s; its local "
                f"server was ended. To end the process as well: mcphost kill --scope {ALL}"
            )
        case KillKind.CONVERSATION | KillKind.VIEW:
            say(
                f"mcphost: process {hung.pid} did not answer within {PATIENCE:g} s. To end it: "
                f"mcphost kill --scope {ALL}"
            )


def _record(paths: Paths, record: AuditRecord) -> int:
    """The row, in a run of its own. A log that cannot be written takes nothing back."""

    async def write() -> None:
        run = secrets.token_hex(8)
        log = await AuditLog.open(paths.audit, on_row=None, run_id=run, host_version=__version__)
        try:
            await log.append(record)
        finally:
            await log.close()

    try:
        asyncio.run(write())
    except StorageError as error:
        say(f"mcphost: done, but it is not on the log: {error}")
        return 1
    return 0


def _revoke(arguments: argparse.Namespace, scope: KillScope) -> int:
    """Forget the tokens of every server in scope and give them back (RFC 7009)."""
    code = 0
    with session(arguments) as run:
        for summary in run.run(run.host.servers()):
            config, account = summary.config, summary.account
            signed_in = account is not None and bool(account.issuer)
            if not isinstance(config.endpoint, HttpEndpoint) or not signed_in:
                continue
            if not scope.covers(server=config.key):
                continue
            try:
                run.run(run.host.sign_out(config.key))
                print(f"Signed out of {config.key}; its tokens are forgotten and were given back.")
            except McpHostError as error:
                say(f"mcphost: {config.key}: {error}")
                code = 1
    return code
