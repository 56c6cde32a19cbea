"""Signing in and out on the command line, and what may be chosen about it when adding a server.

Law: a secret is never an argument, where every program of this computer could read it: it comes by
standard input.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from mcphost.cli.machine_grant import LONGEST, parse_machine_grant
from mcphost.cli.session import say, session
from mcphost.domain.authorization import AuthorizationSettings
from mcphost.domain.errors import NotConfigured
from mcphost.domain.server import Endpoint, HttpEndpoint
from mcphost.domain.sign_in_choices import LONGEST_SECRET, problems
from mcphost.domain.summaries import Account, AccountState, ServerSummary
from mcphost.host.endpoint import parse_alias


def sign_in(arguments: argparse.Namespace) -> int:
    """Sign in to a server; the consent is asked on the terminal. With --machine the program signs
    in by itself from now on, by what standard input says.
    """
    key = parse_alias(arguments.name)
    if arguments.machine:
        grant = parse_machine_grant(sys.stdin.read(LONGEST + 1))
        with session(arguments) as run:
            found = run.run(run.host.servers())
            accounts = [each.account for each in found if each.config.key == key]
            if any(account is not None and not account.kept for account in accounts):
                say(f"no keyring is here to keep how to sign in to {key}, so nothing was kept")
                return 1
            run.run(run.host.sign_in_by_machine(key, grant))
        say(f"mcphost signs in to {key} by itself from now on ({grant.kind})")
        return 0
    with session(arguments) as run:
        run.run(run.host.sign_in(key))
        found = run.run(run.host.servers())
    [summary] = [each for each in found if each.config.key == key]
    if summary.account is not None:
        say(account_words(summary.account))
    return 0


def sign_out(arguments: argparse.Namespace) -> int:
    """Forget the tokens for a server."""
    key = parse_alias(arguments.name)
    with session(arguments) as run:
        run.run(run.host.sign_out(key))
    say(f"signed out of {key}: its tokens are forgotten here")
    return 0


def account_json(summary: ServerSummary) -> dict[str, Any]:
    """How a person stands with a server; nothing for a local program."""
    account = summary.account
    if account is None:
        return {}
    return {
        "signIn": {
            "state": account.state.value,
            "issuer": account.issuer or None,
            "scopes": list(account.scopes),
            "until": _when(account.until) or None,
            "renewable": account.renewable,
            "keptInKeyring": account.kept,
        }
    }


def account_words(account: Account) -> str:
    """The same as a sentence."""
    if not account.issuer:
        return "sign-in needed" if account.state is AccountState.NEEDED else "not signed in"
    scopes = f" with {', '.join(account.scopes)}" if account.scopes else ""
    until = f", until {_when(account.until)}" if account.until else ""
    renewed = " (then renewed in silence)" if account.until and account.renewable else ""
    kept = "kept in the keyring" if account.kept else "kept only until this program ends"
    return f"signed in at {account.issuer}{scopes}{until}{renewed}; {kept}"


def sign_in_choices(
    arguments: argparse.Namespace, endpoint: Endpoint
) -> tuple[AuthorizationSettings, str]:
    """What was chosen, and the client secret if one was given. Raises `NotConfigured`."""
    secret = ""
    if arguments.client_secret_stdin:
        secret = sys.stdin.readline(LONGEST_SECRET + 1).strip()
        if not secret or not arguments.client_id:
            raise NotConfigured(
                "--client-secret-stdin reads one line and goes with --client-id: give both"
            )
    chosen = AuthorizationSettings(
        client_id=arguments.client_id,
        client_secret=bool(secret),
        issuer=arguments.issuer,
        metadata_url=arguments.client_metadata_url,
        pkce_unstated=arguments.allow_unstated_pkce,
        legacy_endpoints=arguments.allow_legacy_sign_in,
    )
    if chosen != AuthorizationSettings() and not isinstance(endpoint, HttpEndpoint):
        raise NotConfigured("nobody signs in to a local program: these options are for a URL")
    for name, problem in problems(chosen, secret).items():
        raise NotConfigured(f"{name}: {problem}")
    return chosen, secret


def _when(seconds: float) -> str:
    if not seconds:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
