"""Local servers on the command line: what a typed command would run, shown whole."""

from __future__ import annotations

import argparse
import json
import os

from mcphost.cli.session import Session, say
from mcphost.domain.errors import UserFacingError
from mcphost.domain.launch import Launch
from mcphost.domain.server import ServerConfig, StdioCommand
from mcphost.domain.text import visible


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
