"""`python -m tests.helpers.app_console NAME …`: what an App complains of here and in a plain host.

The same App of the same server (a name of `tests.helpers.apps.TABLE`), once by `mcphost render` and
once in the plain host on the official bridge (tests/helpers/plain_host.py), in Qt's own engine
without our guards: the same Chromium, so that what differs is ours. It ends with 1 when the App
complains here of something that it does not complain of there and that no refusal explains. A
server that lets no web page in (CORS), as those of the Python SDKs, cannot be compared so.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.apps import TABLE, listening
from tests.helpers.apps_rendering import Rendering, render
from tests.helpers.plain_host import plain_host, qt_browser
from tests.helpers.servers.running import free_port

_ADDRESS = re.compile(r"(?:https?|mcpapp|blob|about):[^\s'\"]*|:\d+(?::\d+)?")
_WRAPPED = re.compile(r"(MCP error -?\d+: )\1+")
"""The official bridge wraps the error of a server once more."""
_REFUSED = re.compile(
    r"content security policy|permissions policy|unsafe-eval|not allowed by|refused to|"
    r"violates the following|wasm|webgl",
    re.IGNORECASE,
)
"""What Chromium says when a guard has refused something."""


class NeverUpError(Exception):
    """The App did not come up here: there is nothing to compare."""


PUBLISHED = [name for name, app in TABLE.items() if app.era == "legacy"]


@dataclass(frozen=True, slots=True)
class Complaints:
    """Error lines of an App's console, without addresses."""

    here: tuple[str, ...]
    there: tuple[str, ...]
    wanted: tuple[str, ...]
    """The grants for want of which it was stopped here."""

    def added(self) -> list[str]:
        """What only this host brings about and no refused permission explains."""
        return [line for line in self.here if line not in self.there and not _REFUSED.search(line)]


def compare(name: str, folder: Path) -> Complaints:
    """Run the App *name* in both; *folder* is an empty one for what they leave."""
    app = TABLE[name]
    grants = [word for grant in app.grants for word in ("--grant", grant)]
    run: Rendering = render(name, "stdio", folder, *grants)
    if not run.view["initialized"]:
        raise NeverUpError(run.report["exitReason"])
    pages, console = folder / "pages", folder / "console"
    pages.mkdir()
    port = free_port()
    env = {key: value.format(port=port) for key, value in app.env}
    words = tuple(word.format(port=port) for word in app.http)
    with listening((*app.command(), *words), port, env), plain_host(pages) as plain:
        plain.visit(
            qt_browser(console),
            server=f"http://127.0.0.1:{port}/mcp",
            tool=app.tool,
            arguments=json.dumps(run.report["run"]["arguments"]),
            rounds=1,
            keep=1,
            settle=1,
        )
    noted = console.read_text("utf-8").splitlines() if console.exists() else []
    return Complaints(
        here=_bare(run.view["consoleErrors"]),
        there=_bare([json.loads(line) for line in noted]),
        wanted=tuple(run.view["grants"]["wanted"]),
    )


def _bare(lines: Sequence[str]) -> tuple[str, ...]:
    """*lines* without addresses and places, which differ from host to host."""
    return tuple(_WRAPPED.sub(r"\1", _ADDRESS.sub("…", line))[:200] for line in lines)


def main(names: list[str]) -> int:
    """Say for each App what it complains of; whether nothing is ours, as an exit code."""
    ours = 0
    for name in names or PUBLISHED:
        try:
            with tempfile.TemporaryDirectory() as folder:
                found = compare(name, Path(folder))
        except NeverUpError as error:
            print(f"{name}: not compared: {error}", flush=True)
            continue
        added = found.added()
        ours += len(added)
        counts = f"{len(found.here)} here, {len(found.there)} in the plain host"
        line = f"{name}: {counts}, {len(added)} that are ours; wanted {list(found.wanted)}"
        print(line, flush=True)
        for line in added:
            print(f"  {line}")
    return 1 if ours else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
