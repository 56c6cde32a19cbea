"""The commands themselves. Each takes the parsed arguments and returns the exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from mcphost.audit.export import export_lines, for_terminal, line_of
from mcphost.audit.reader import AuditReader
from mcphost.audit.verify import verify_file
from mcphost.cli.accounts import account_json, sign_in_choices
from mcphost.cli.programs import folder, look
from mcphost.cli.session import need_object, print_json, say, session
from mcphost.cli.work import say_work
from mcphost.domain.conversation import RunState
from mcphost.domain.errors import NotConfigured, UserFacingError
from mcphost.domain.server import ServerConfig, StdioCommand, describe
from mcphost.domain.sizes import DEFAULT_MESSAGE, parse_message_size
from mcphost.domain.text import one_line
from mcphost.host.endpoint import parse_alias, parse_endpoint
from mcphost.storage.paths import Paths


def window(arguments: argparse.Namespace) -> int:
    """Open the window."""
    return _shell("window")(arguments)


def demo(arguments: argparse.Namespace) -> int:
    """The main job on the built-in demo server: in the window, or headless."""
    _need_folders(arguments.screenshot, arguments.report)
    return _shell("demo" if arguments.headless else "window")(arguments)


def render(arguments: argparse.Namespace) -> int:
    """Run a tool and draw its App, or play a saved exchange to a changed template."""
    named = (arguments.server is not None) + (arguments.tool is not None)
    played = (arguments.replay is not None) + (arguments.template is not None)
    if (named, played) not in {(2, 0), (0, 2)}:
        raise NotConfigured("render takes SERVER and TOOL, or --replay and --template")
    if played and arguments.arguments != "{}":
        raise NotConfigured("--arguments: a replay takes its arguments from the exchange")
    arguments.arguments = need_object(arguments.arguments)
    if named:
        parse_endpoint(arguments.server)
    _need_folders(arguments.screenshot, arguments.report, arguments.exchange)
    return _shell("render")(arguments)


def doctor(arguments: argparse.Namespace) -> int:
    """Check this machine."""
    return _shell("doctor")(arguments)


def call(arguments: argparse.Namespace) -> int:
    """Call a tool; the card's words go to standard output, refusals to standard error."""
    values = need_object(arguments.arguments)
    with session(arguments, events=say_work()) as run:
        key = run.server(arguments.server)
        conversation = run.run(run.host.new_conversation(f"call {arguments.tool}"))
        whole = run.run(run.host.with_defaults(key, arguments.tool, values))
        try:
            card = run.run(run.host.run_tool(conversation, key, arguments.tool, whole))
        except KeyboardInterrupt:
            run.run(run.host.cancel_runs())  # the server hears it before we are gone
            raise
    good = card.state is RunState.DONE
    if arguments.json:
        print_json({"state": card.state.value, "text": card.text, "result": card.result})
    elif good or card.state is RunState.TOOL_ERROR:
        print(card.text)
    if not good:
        say(f"mcphost: {card.text if card.state is not RunState.TOOL_ERROR else 'tool error'}")
    if card.state in (RunState.FAILED, RunState.TASK_LEFT):
        return 3
    return 0 if good else 1


def servers_add(arguments: argparse.Namespace) -> int:
    """Configure a server. Typing the exact command here, and nothing else, approves it."""
    env = tuple(_pair(text) for text in arguments.env)
    endpoint = parse_endpoint(arguments.endpoint, env=env, cwd=folder(arguments))
    if endpoint is None:
        raise NotConfigured("give an http(s) URL, or 'stdio:COMMAND ARGS…'")
    key = parse_alias(arguments.name)
    chosen, secret = sign_in_choices(arguments, endpoint)
    most = None if arguments.max_message is None else parse_message_size(arguments.max_message)
    config = ServerConfig(
        key=key,
        title=arguments.name,
        endpoint=endpoint,
        authorization=chosen,
        max_message=most,
    )
    with session(arguments) as run:
        run.run(run.host.add_server(config, approved=look(run, config)))
        if secret:
            run.run(run.host.keep_client_secret(key, secret))
    say(f"added {key}: {describe(endpoint)}")
    return 0


def servers_import(arguments: argparse.Namespace) -> int:
    """Add the servers of an `mcpServers` file, as other clients write it."""
    from mcphost.cli.importing import read_servers

    found = read_servers(arguments.file)
    with session(arguments) as run:
        known = {summary.config.key for summary in run.run(run.host.servers())}
        for config in found:
            if config.key in known:
                say(f"kept {config.key}: it is configured already")
                continue
            run.run(run.host.add_server(config))
            say(f"added {config.key}: {describe(config.endpoint)}")
            if isinstance(config.endpoint, StdioCommand):
                say("  its command was written by somebody else: you are asked before it runs")
    return 0


def servers_list(arguments: argparse.Namespace) -> int:
    """List the configured servers, without connecting."""
    with session(arguments) as run:
        found = [summary.config for summary in run.run(run.host.servers())]
    if arguments.json:
        print_json([_server_json(config) for config in found])
        return 0
    for config in found:
        print(f"{config.key}  {describe(config.endpoint)}{'  (built in)' * config.builtin}")
    return 0


def servers_show(arguments: argparse.Namespace) -> int:
    """Connect and describe a server."""
    with session(arguments) as run:
        key = run.server(arguments.server)
        summary = next(s for s in run.run(run.host.servers()) if s.config.key == key)
    info = summary.info
    shown: dict[str, Any] = {
        **_server_json(summary.config),
        "era": None if info is None else info.era.value,
        "protocolVersion": None if info is None else info.protocol_version,
        "claims": None if info is None else {"name": info.name, "version": info.version},
        "tools": summary.tools,
        "templatesPending": summary.templates_pending,
        "problem": summary.problem,
        **account_json(summary),
    }
    if arguments.json:
        print_json(shown)
        return 0
    for name, value in shown.items():
        print(f"{name}: {value}")
    return 0


def servers_remove(arguments: argparse.Namespace) -> int:
    """Forget a server."""
    with session(arguments) as run:
        run.run(run.host.remove_server(parse_alias(arguments.name)))
    say(f"removed {arguments.name}")
    return 0


def pins_list(arguments: argparse.Namespace) -> int:
    """List the templates and their review."""
    with session(arguments) as run:
        found = run.run(run.host.templates())
    rows = [
        {
            "server": review.pin.server,
            "uri": review.pin.uri,
            "content": review.pin.content,
            "meta": review.pin.meta,
            "state": review.state.value,
            "size": review.size,
            "findings": len(review.findings),
        }
        for review in found
    ]
    if arguments.json:
        print_json(rows)
        return 0
    for row in rows:
        print("{state:9} {content}  {server}  {uri}".format(**row))
    return 0


def pins_verify(arguments: argparse.Namespace) -> int:
    """Re-hash every stored template."""
    with session(arguments) as run:
        bad = run.run(run.host.pins_verify())
    if arguments.json:
        print_json([{"server": pin.server, "uri": pin.uri, "content": pin.content} for pin in bad])
    for pin in bad:
        say(f"{pin.server} {pin.uri}: the stored bytes are not those of {pin.content}")
    if not bad:
        say("every stored template matches its pin")
    return 1 if bad else 0


def audit_tail(arguments: argparse.Namespace) -> int:
    """The newest rows."""
    path = Paths.from_environment().audit
    if not path.exists():
        say("the log is empty: nothing has run here yet")
        return 0
    reader = AuditReader(path)
    for line in reader.tail(arguments.count):
        if arguments.json:
            _print_row(line_of(line.body))
        else:
            print(f"{line.seq:6} {line.at} {line.principal or '-':18} {line.text}")
    return 0


def audit_verify(arguments: argparse.Namespace) -> int:
    """Check the chain; needs nothing but the file."""
    path = arguments.file or Paths.from_environment().audit
    report = verify_file(path, head=arguments.head)
    if arguments.json:
        print_json(
            {
                "status": report.status.name.lower(),
                "rows": report.rows,
                "atSeq": report.at_seq,
                "problem": report.problem,
                "notes": list(report.notes),
                "checkpoint": report.checkpoint,
            }
        )
    else:
        print(report.text)
    return report.exit_code


def audit_export(arguments: argparse.Namespace) -> int:
    """The log as JSON lines."""
    path = Paths.from_environment().audit
    if arguments.output is None:
        for line in export_lines(path):
            _print_row(line)
        return 0
    count = 0
    try:
        with arguments.output.open("w", encoding="utf-8") as out:
            for line in export_lines(path):
                out.write(line + "\n")
                count += 1
    except OSError as error:
        raise UserFacingError(f"cannot write {arguments.output}: {error.strerror}") from error
    say(f"wrote {count} rows to {arguments.output}")
    return 0


def _shell(name: str) -> Callable[[argparse.Namespace], int]:
    """The window's entry point *name*. Raises `NotConfigured` where the window cannot be loaded."""
    entry = next(iter(entry_points(group="mcphost.shell", name=name)), None)
    if entry is None:
        raise NotConfigured("this needs the window, which is not installed here: mcphost[window]")

    def run(arguments: argparse.Namespace) -> int:
        try:
            return entry.load()(arguments)
        except ModuleNotFoundError as error:
            raise NotConfigured(
                f"this needs the window, which is not installed here (no {error.name}): "
                "install mcphost[window]"
            ) from error
        except ImportError as error:
            raise NotConfigured(
                f"the window cannot be loaded here: {one_line(str(error))}"
            ) from error

    return run


def _need_folders(*paths: Path | None) -> None:
    """Say before anything runs that its outcome could not be written."""
    for path in paths:
        if path is not None and not path.absolute().parent.is_dir():
            raise NotConfigured(f"cannot write {path}: there is no such folder")


def _server_json(config: ServerConfig) -> dict[str, Any]:
    return {
        "name": config.key,
        "endpoint": describe(config.endpoint),
        "identity": config.identity,
        "builtin": config.builtin,
        "maxMessage": config.max_message or DEFAULT_MESSAGE,
    }


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise NotConfigured("--env takes NAME=VALUE")
    return name, value


def _print_row(line: str) -> None:
    """The exact bytes, but for a terminal, which characters of a server could steer."""
    print(for_terminal(line) if sys.stdout.isatty() else line)
