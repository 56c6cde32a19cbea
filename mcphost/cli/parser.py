"""The command line of DESIGN §12, as `argparse` sees it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from mcphost import __version__
from mcphost.cli import accounts, budgets, commands, grants, offers, policy, programs
from mcphost.cli.conformance import conformance_client
from mcphost.cli.kill import kill
from mcphost.cli.tools import tools as list_tools

if TYPE_CHECKING:
    _Verbs: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]

_SERVER_HELP = "a configured name, an http(s) URL, or 'stdio:COMMAND ARGS…'"


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse *argv*; exits with 2 on a usage error, as argparse does."""
    parser = argparse.ArgumentParser(
        prog="mcphost", description="A sandboxed MCP Apps host. Without a command: the window."
    )
    parser.add_argument("--version", action="version", version=f"mcphost {__version__}")
    parser.set_defaults(command=commands.window)
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND")
    _window_commands(verbs)
    _call_commands(verbs)
    _offer_commands(verbs)
    _server_commands(verbs)
    _kill_command(verbs)
    _evidence_commands(verbs)
    return parser.parse_args(list(argv))


def _verb(
    verbs: _Verbs,
    name: str,
    command: Callable[[argparse.Namespace], int],
    help: str,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=help, description=help)
    parser.set_defaults(command=command)
    return parser


def _window_commands(verbs: _Verbs) -> None:
    demo = _verb(verbs, "demo", commands.demo, "the main job on the built-in demo server")
    demo.add_argument("--headless", action="store_true", help="without a window on the screen")
    demo.add_argument("--screenshot", type=Path, metavar="PNG")
    demo.add_argument("--report", type=Path, metavar="JSON")
    render = _verb(verbs, "render", commands.render, "run a tool and draw its App into a picture")
    _server_and_tool(render, optional=True)
    render.add_argument("--screenshot", type=Path, metavar="PNG", required=True)
    render.add_argument("--report", type=Path, metavar="JSON", required=True)
    told = "write every message of the App, with contents, as the inspector saves it"
    render.add_argument("--exchange", type=Path, metavar="JSON", help=told)
    told = "play a saved exchange to --template, instead of calling TOOL of SERVER"
    render.add_argument("--replay", type=Path, metavar="JSON", help=told)
    render.add_argument("--template", type=Path, metavar="HTML", help="the template to play it to")
    render.add_argument(
        "--approve-template",
        metavar="SHA256|all",
        action="append",
        default=[],
        help="approve the template with this digest, or whatever it is, for this run's pin",
    )
    render.add_argument(
        "--grant",
        metavar="NAME",
        action="append",
        default=[],
        help="give the App one thing that the sandbox keeps from it: webgl, unsafe-eval, "
        "'connect https://HOST', camera, …; kept with the approval, or for this one View",
    )
    render.add_argument(
        "--downloads",
        metavar="FOLDER",
        type=Path,
        help="save the files that the App offers here, where the policy agrees; without: none",
    )
    render.add_argument("--settle", type=float, default=2.0, metavar="SECONDS")
    render.add_argument("--click", action="append", default=[], metavar="CSS")
    render.add_argument("--size", default="900x640", metavar="WxH")
    render.add_argument("--theme", choices=("light", "dark"), default="light")
    doctor = _verb(verbs, "doctor", commands.doctor, "check this machine, guard by guard")
    _json(doctor)


def _call_commands(verbs: _Verbs) -> None:
    call = _verb(verbs, "call", commands.call, "call a tool down the one path")
    _server_and_tool(call)
    _json(call)
    about = "list the tools of a server, say what they do, accept how they changed"
    tools = _verb(verbs, "tools", list_tools, about)
    tools.add_argument("server", help=_SERVER_HELP)
    told = "accept a changed tool; the digest is printed beside the change"
    tools.add_argument("--accept", action="append", default=[], metavar="TOOL=DIGEST", help=told)
    told = "say what a tool does: read, write or destructive"
    tools.add_argument("--effect", action="append", default=[], metavar="TOOL=CLASS", help=told)
    _json(tools)


def _offer_commands(verbs: _Verbs) -> None:
    prompts = _verb(verbs, "prompts", offers.prompts, "list the prompts of a server, or get one")
    prompts.add_argument("server", help=_SERVER_HELP)
    prompts.add_argument("--get", metavar="NAME", help="what this prompt comes to")
    prompts.add_argument("--arguments", default="{}", metavar="JSON", help="all values are text")
    _policy(prompts)
    _json(prompts)
    about = "list the resources and templates of a server, or read one"
    resources = _verb(verbs, "resources", offers.resources, about)
    resources.add_argument("server", help=_SERVER_HELP)
    resources.add_argument("--read", metavar="URI", help="what is at this address of the server")
    _policy(resources)
    _json(resources)
    complete = _verb(verbs, "complete", offers.complete, "ask a server for suggestions")
    complete.add_argument("server", help=_SERVER_HELP)
    of = complete.add_mutually_exclusive_group(required=True)
    of.add_argument("--prompt", metavar="NAME")
    of.add_argument("--template", metavar="URI_TEMPLATE")
    complete.add_argument("argument", help="the argument or variable to fill in")
    complete.add_argument("value", nargs="?", default="", help="what is typed so far; it is sent")
    complete.add_argument(
        "--context", default="{}", metavar="JSON", help="the values given so far; they are sent"
    )
    _json(complete)


def _server_commands(verbs: _Verbs) -> None:
    servers = verbs.add_parser("servers", help="configured servers")
    inner = servers.add_subparsers(required=True, metavar="ACTION")
    add = _verb(inner, "add", commands.servers_add, "configure a server")
    add.add_argument("name", help="local alias: a-z, 0-9 and -, at most 40 characters")
    add.add_argument("endpoint", help="an http(s) URL, or 'stdio:COMMAND ARGS…'")
    add.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    add.add_argument("--cwd")
    bound = "the largest message it may send, 64K to 256M (default: 16M)"
    add.add_argument("--max-message", metavar="SIZE", help=bound)
    _sign_in_options(add)
    _json(_verb(inner, "list", commands.servers_list, "list the configured servers"))
    show = _verb(inner, "show", commands.servers_show, "connect to a server and describe it")
    show.add_argument("server", help=_SERVER_HELP)
    _json(show)
    log = _verb(inner, "log", programs.servers_log, "what a local server wrote, and how it ended")
    log.add_argument("name")
    forget = _verb(
        inner, "forget-era", programs.servers_forget_era, "let a server speak an older protocol"
    )
    forget.add_argument("name")
    about = "say how much a server and each of its Apps may be asked, and choose otherwise"
    much = _verb(inner, "budgets", budgets.servers_budgets, about)
    much.add_argument("name")
    told = "such as app-calls=60, or app-calls=usual; again for each number"
    much.add_argument("--set", action="append", default=[], metavar="NAME=NUMBER", help=told)
    _json(much)
    bring = _verb(inner, "import", commands.servers_import, "add servers of an mcpServers file")
    bring.add_argument("file", type=Path)
    about = "sign in to a server: agree here, then finish in your browser"
    enter = _verb(inner, "sign-in", accounts.sign_in, about)
    enter.add_argument("name")
    machine = "sign in by itself from now on, by the JSON object on standard input"
    enter.add_argument("--machine", action="store_true", help=machine)
    leave = _verb(inner, "sign-out", accounts.sign_out, "forget the tokens for a server")
    leave.add_argument("name")
    remove = _verb(inner, "remove", commands.servers_remove, "forget a server")
    remove.add_argument("name")


def _sign_in_options(add: argparse.ArgumentParser) -> None:
    about = add.add_argument_group("signing in (only for servers that want it otherwise)")
    about.add_argument("--client-id", default="", help="of this program, registered in advance")
    about.add_argument(
        "--client-secret-stdin", action="store_true", help="read its secret from standard input"
    )
    about.add_argument("--client-metadata-url", default="", metavar="URL")
    about.add_argument("--issuer", default="", metavar="URL", help="where it was registered")
    about.add_argument(
        "--allow-unstated-pkce",
        action="store_true",
        help="sign in although the authorization server does not say that it supports PKCE",
    )
    about.add_argument(
        "--allow-legacy-sign-in",
        action="store_true",
        help="let a server without metadata be its own authorization server (2025-03-26)",
    )


def _kill_command(verbs: _Verbs) -> None:
    about = "stop everything, or one part, until you resume it"
    stop = _verb(verbs, "kill", kill, about)
    stop.add_argument(
        "--scope",
        default="all",
        metavar="SCOPE",
        help="all (default), server:NAME, conversation:ID or view:ID",
    )
    what = stop.add_mutually_exclusive_group()
    what.add_argument("--resume", action="store_true", help="turn it off again")
    what.add_argument("--list", action="store_true", help="only say what it is on for; 1 if it is")
    what.add_argument(
        "--revoke-tokens",
        action="store_true",
        help="also sign out of the servers in scope and give their tokens back (RFC 7009)",
    )
    _json(stop)


def _evidence_commands(verbs: _Verbs) -> None:
    pins = verbs.add_parser("pins", help="reviewed templates")
    inner = pins.add_subparsers(required=True, metavar="ACTION")
    _json(_verb(inner, "list", commands.pins_list, "list the templates and their review"))
    _json(_verb(inner, "verify", commands.pins_verify, "re-hash every stored template"))
    given = verbs.add_parser("grants", help="what tools and Apps may do without asking again")
    inner = given.add_subparsers(required=True, metavar="ACTION")
    _json(_verb(inner, "list", grants.grants_list, "list what tools and Apps were given"))
    revoke = _verb(inner, "revoke", grants.grants_revoke, "take grants back")
    revoke.add_argument("id", nargs="+")
    audit = verbs.add_parser("audit", help="the audit log")
    inner = audit.add_subparsers(required=True, metavar="ACTION")
    tail = _verb(inner, "tail", commands.audit_tail, "the newest rows")
    tail.add_argument("-n", type=int, default=20, dest="count")
    _json(tail)
    verify = _verb(inner, "verify", commands.audit_verify, "check the chain of the whole log")
    verify.add_argument("file", type=Path, nargs="?", help="another log than this home's")
    verify.add_argument("--head", metavar="SEQ:DIGEST", help="a checkpoint kept elsewhere")
    _json(verify)
    export = _verb(inner, "export", commands.audit_export, "write the log as JSON lines")
    export.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
    rules = verbs.add_parser("policy", help="the policy")
    inner = rules.add_subparsers(required=True, metavar="ACTION")
    _policy_verbs(inner)
    about = "play a scenario of the official conformance suite, which starts this command"
    play = _verb(verbs, "conformance-client", conformance_client, about)
    play.add_argument("server", metavar="URL")


def _policy_verbs(inner: _Verbs) -> None:
    about = "check the default rules, the managed ones and these files against the schema"
    check = _verb(inner, "check", policy.check, about)
    check.add_argument("files", type=Path, nargs="*")
    _json(check)
    about = "say which rules decide an action, and why"
    explain = _verb(inner, "explain", policy.explanation, about)
    explain.add_argument("kind", nargs="?", metavar="KIND", help="of action, such as tool_call")
    known = "what is known of it, such as effect=read; again for each fact"
    explain.add_argument(
        "-f", "--fact", action="append", default=[], metavar="NAME=VALUE", help=known
    )
    explain.add_argument("--row", type=int, metavar="N", help="an action of the log, by its row")
    explain.add_argument("--by", default="user", help="user, model, view, automation or host")
    explain.add_argument("--server", default="", metavar="NAME")
    explain.add_argument("--tool", default="", metavar="NAME")
    explain.add_argument("--target", default="", metavar="TEXT", help="URI, address or name")
    _policy(explain)
    _json(explain)


def _server_and_tool(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    many = "?" if optional else None
    parser.add_argument("server", nargs=many, help=_SERVER_HELP)
    parser.add_argument("tool", nargs=many)
    parser.add_argument(
        "--arguments",
        default="{}",
        metavar="JSON",
        help="what is left out takes the default that the tool declares",
    )
    _policy(parser)


def _policy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--policy",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a Cedar file added for this run; it is how automation consents",
    )


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="machine-readable output")
