"""`mcphost doctor`: whether each guard is on here, how that was found out, what to do if not.

Starts a host and the engine's self-test off the screen, asks its own proxy for what it must refuse,
connects the built-in demo server, and changes nothing else.
"""

from __future__ import annotations

import argparse
import json
import platform
import textwrap
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from PySide6 import __version__ as pyside_version

from mcphost import __version__
from mcphost.domain.app_grant import AppGrantKind
from mcphost.domain.errors import McpHostError
from mcphost.host import DEMO_KEY, state_folder
from ui.headless.nobody import Nobody
from ui.headless.script import DONE, REFUSED, Stage, run_script
from ui.sandbox import environment, network
from ui.sandbox.guard_words import GUARDS
from ui.sandbox.versions import engine_version

_ELSE = "No App opens here. Report this with what this command prints."
_UNTESTED = (
    "Only Linux is tested. On Windows and macOS the sandbox of the process that draws Apps, the "
    "bounds of its memory, threads and processor time, the lock on what Apps keep, and the end of "
    "local servers with their children are not verified, so no App opens there."
)
_MARKS = {True: "on", False: "OFF", None: "--"}


class Kind(StrEnum):
    """What a finding is about."""

    GUARD = "guard"
    """Something that must be on."""
    FACT = "fact"
    """Something that is good to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor."""

    what: str
    holds: bool
    how: str
    """How this was found out, or what was seen."""
    advice: str = ""
    kind: Kind = Kind.GUARD


def doctor(arguments: argparse.Namespace) -> int:
    """Main thread. 0 when everything holds, 1 when something does not."""
    examined: list[Finding] = []

    async def script(stage: Stage) -> int:
        examined.extend(await _examine(stage))
        return DONE if all(finding.holds for finding in examined) else REFUSED

    code = run_script(script, broker=Nobody())
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in examined], indent=2))  # noqa: T201
    else:
        for line in _lines(examined):
            print(line)  # noqa: T201
    return code


async def _examine(stage: Stage) -> list[Finding]:
    test = stage.self_test
    guards = [
        Finding(what=name, holds=holds, how=how, advice="" if holds else GUARDS[name].advice)
        for name, holds, how in test.checks
    ]
    count = len(guards)
    return [
        _fact("mcphost", f"{__version__}, Python {platform.python_version()}"),
        _fact("engine", f"PySide6 {pyside_version}, Chromium {engine_version()}"),
        _fact("state folder", str(state_folder())),
        _fact("self-test", f"{count} guards tried in {test.milliseconds} ms, before any App"),
        *guards,
        _switches(),
        await stage.main.call(_proxy),
        await _demo_server(stage),
        _fact("secrets", await stage.host.secrets_note()),
        _fact("WebGL", _webgl()),
        _fact("kept storage", await _kept(stage)),
        _system(),
        _fact("other systems", _UNTESTED),
    ]


def _fact(what: str, how: str) -> Finding:
    return Finding(what=what, holds=True, how=how, kind=Kind.FACT)


def _switches() -> Finding:
    """The engine reads its switches from the environment once; a wrong one opens it silently."""
    try:
        environment.require_prepared()
    except McpHostError as error:
        return Finding(what="engine switches", holds=False, how=str(error), advice=_ELSE)
    how = (
        "the environment was read again: the engine's switches are mcphost's own, every other "
        "QTWEBENGINE variable is gone, and with it remote debugging"
    )
    return Finding(what="engine switches", holds=True, how=how)


def _proxy() -> Finding:
    """Main thread."""
    said = network.ask_proxy()
    holds = (said.stranger, said.ungranted) == (407, 403)
    how = (
        "the proxy was asked for a host that nobody granted: without its password it answered "
        f"{said.stranger or 'nothing'} (407 is right), with it {said.ungranted or 'nothing'} "
        "(403 is right)"
    )
    return Finding(what="way out", holds=holds, how=how, advice="" if holds else _ELSE)


def _webgl() -> str:
    if environment.webgl_possible():
        return (
            "this run draws by software for an App that was granted it; other Apps can find a way "
            "to it, too"
        )
    return "off in every App of this run: the engine was started without graphics"


async def _kept(stage: Stage) -> str:
    lines = [line for _pin, line in await stage.host.given_app_grants()]
    sizes = [each.kept_bytes or 0 for each in lines if each.grant.kind is AppGrantKind.STORAGE]
    if not sizes:
        return "no App may keep what it stores; all of it ends with the App"
    return f"Apps that may keep what they store: {len(sizes)}; on the disk: {sum(sizes)} bytes"


def _system() -> Finding:
    name = f"{platform.system()} {platform.release()}"
    if platform.system() == "Linux":
        return Finding(what="system", holds=True, how=f"{name}, where the guards can be verified")
    how = f"{name}: the sandbox of the process that draws Apps cannot be verified here"
    advice = "No App opens here. Everything else works; use Linux for Apps."
    return Finding(what="system", holds=False, how=how, advice=advice)


async def _demo_server(stage: Stage) -> Finding:
    try:
        await stage.host.connect(DEMO_KEY)
    except McpHostError as error:
        advice = "The built-in server runs with mcphost's own Python; install mcphost anew."
        return Finding(what="demo server", holds=False, how=str(error), advice=advice)
    tools = await stage.host.tools(DEMO_KEY)
    return Finding(what="demo server", holds=True, how=f"answers over stdio, {len(tools)} tools")


def _lines(findings: Iterable[Finding]) -> Iterable[str]:
    for finding in findings:
        mark = _MARKS[finding.holds if finding.kind is Kind.GUARD else None]
        yield from textwrap.wrap(
            f"{mark:<4}{finding.what}: {finding.how}", 100, subsequent_indent="      "
        )
        if finding.advice:
            yield from textwrap.wrap(
                f"what to do: {finding.advice}",
                100,
                initial_indent="      ",
                subsequent_indent="      ",
            )
