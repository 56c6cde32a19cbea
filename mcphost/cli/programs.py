"""Servers on the command line: what a typed command would run, what one wrote, what it spoke."""

from __future__ import annotations

import argparse
import json
import os

from mcphost.cli.session import Session, say, session
from mcphost.domain.errors import UserFacingError
from mcphost.domain.launch import Launch
from mcphost.domain.server import ServerConfig, StdioCommand
from mcphost.domain.text import visible
from mcphost.host.endpoint import parse_alias


def look(run: Session, config: ServerConfig) -> Launch | None:
    """Show what the typed command would run; None for a web address or a missing program."""
    if not isinstance(config.endpoint, StdioCommand):
        return None
    try:
        case = run.run(run.host.program(config))
    except UserFacingError as error:
        say(f"  note: {error} It is asked about when it is first connected.")
        return None
    launch = case.launch
    say(f"approved with this command, until something of it changes (digest {launch.digest}):")
    for number, part in enumerate(launch.argv, start=1):
        say(f"  {number}  {json.dumps(part)}")
    for file in launch.files:
        say(f"  file {visible(file.path)}  sha256 {file.digest}")
    say(f"  folder {visible(launch.cwd)}  variables {', '.join(launch.environment) or 'none'}")
    for warning in case.warnings:
        say(f"  !! {visible(warning)}")
    return launch


def folder(arguments: argparse.Namespace) -> str | None:
    """The folder that was asked for, or this one when the command names files of it."""
    if arguments.cwd is not None:
        return os.path.abspath(arguments.cwd)
    words = arguments.endpoint.removeprefix("stdio:").split()
    relative = (word for word in words if not os.path.isabs(word) and not word.startswith("-"))
    return os.getcwd() if any(os.path.isfile(word) for word in relative) else None


def servers_log(arguments: argparse.Namespace) -> int:
    """What a local server wrote to stderr in its last run that ended, and how it ended."""
    with session(arguments) as run:
        text = run.run(run.host.server_log(parse_alias(arguments.name)))
    if text:
        print(text, end="" if text.endswith("\n") else "\n")
    else:
        say(f"{arguments.name} has left no log: it has not run yet, or it is no local server")
    return 0


def servers_forget_era(arguments: argparse.Namespace) -> int:
    """Accept that a server may speak an older protocol than it did."""
    with session(arguments) as run:
        key = parse_alias(arguments.name)
        era, version = run.run(run.host.remembered_era(key))
        run.run(run.host.forget_era(key))
    say(f"{key} was known to speak {era or 'nothing yet'} {version}".rstrip() + ": forgotten")
    return 0
