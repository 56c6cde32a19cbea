"""`mcphost doctor`: guard by guard, whether it holds here, how that was found out, what to do.

Starts a host and the engine's self-test off the screen, connects the built-in demo server, and
changes nothing else.
"""

from __future__ import annotations

import argparse
import json
import platform
from dataclasses import asdict, dataclass

from PySide6 import __version__ as pyside_version

from mcphost import __version__
from mcphost.domain.errors import McpHostError
from mcphost.host import DEMO_KEY
from ui.headless.nobody import Nobody
from ui.headless.script import DONE, REFUSED, Stage, run_script
from ui.sandbox.versions import engine_version

_WHAT_TO_DO = {
    "chromium sandbox": (
        "run mcphost as an ordinary user on a system that allows user namespaces; the reason "
        "above says what is missing"
    ),
}
_ELSE = "no App will be opened here; report this with the output of this command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor."""

    what: str
    holds: bool
    how: str
    """How this was found out, or what was seen."""
    advice: str = ""


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
        for finding in examined:
            _print(finding)
    return code


async def _examine(stage: Stage) -> list[Finding]:
    found = [
        Finding(what="mcphost", holds=True, how=f"{__version__}, Python {_python()}"),
        Finding(what="engine", holds=True, how=f"PySide6 {pyside_version}, {engine_version()}"),
    ]
    for name, holds, detail in stage.self_test.checks:
        advice = "" if holds else _WHAT_TO_DO.get(name, _ELSE)
        found.append(Finding(what=name, holds=holds, how=f"self-test: {detail}", advice=advice))
    found.append(_system())
    note = await stage.host.secrets_note()
    found.append(Finding(what="secrets", holds=True, how=note))
    found.append(await _demo_server(stage))
    return found


def _system() -> Finding:
    if platform.system() == "Linux":
        return Finding(what="system", holds=True, how=f"{platform.system()} {platform.release()}")
    return Finding(
        what="system",
        holds=False,
        how=f"{platform.system()}: the sandbox of the renderer is not verified here",
        advice="mcphost verifies Chromium's sandbox on Linux only so far",
    )


async def _demo_server(stage: Stage) -> Finding:
    try:
        await stage.host.connect(DEMO_KEY)
    except McpHostError as error:
        return Finding(what="demo server", holds=False, how=str(error), advice=_ELSE)
    tools = await stage.host.tools(DEMO_KEY)
    return Finding(what="demo server", holds=True, how=f"answers over stdio, {len(tools)} tools")


def _python() -> str:
    return platform.python_version()


def _print(finding: Finding) -> None:
    mark = "ok  " if finding.holds else "NO  "
    print(f"{mark}{finding.what}: {finding.how}")  # noqa: T201
    if finding.advice:
        print(f"      what to do: {finding.advice}")  # noqa: T201
