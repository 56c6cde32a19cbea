"""`python -m tests.e2e.app_table [WORD …]`: every published example App, rendered, in a row.

Each is run by `mcphost render` over standard input and output, with the grants that it cannot do
without (tests/helpers/apps.py), as an ordinary user. Only Apps whose name has one of the WORDs are
run, if there are any. It ends with 1 when an App did not come up, or a click in it led to no call;
what needs the internet is said, and is no fault.
"""

from __future__ import annotations

import socket
import sys
import tempfile
from pathlib import Path

from tests.helpers.apps import TABLE
from tests.helpers.apps_rendering import Rendering, drawn_share, render

BLANK = 0.005
"""The share of a picture, other than its commonest colour, below which nothing was drawn."""
SETTLE = ("--settle", "4")
"""Some draw only after a while, on a busy machine."""
OFFLINE = "needs the internet"
HEAD = "| App | protocol | ms | drawn | console errors | refused | wanted | verdict |"


def row(name: str, run: Rendering) -> str:
    """One App in a line of Markdown."""
    version = (run.report["server"] or {}).get("protocolVersion")
    view = run.report["view"]
    if view is None:
        return f"| {name} | {version} | – | – | – | – | – | {run.report['exitReason']} |"
    drawn = f"{drawn_share(run.picture):.0%}" if run.picture.exists() else "–"
    wanted = ", ".join(view["grants"]["wanted"])
    cells = (
        *(name, version, view["initializedMs"], drawn, len(view["consoleErrors"])),
        *(len(view["denials"]), wanted, verdict(run)),
    )
    return f"| {' | '.join(map(str, cells))} |"


def verdict(run: Rendering) -> str:
    """What came of it: `good`, or what is wrong."""
    if run.app.offline and not _online():
        return f"{OFFLINE}: {run.app.offline}"
    if run.finished.code != 0:
        return str(run.report["exitReason"])
    if not run.picture.exists() or drawn_share(run.picture) < BLANK:
        return "it shook hands and drew nothing"
    methods = [entry["method"] for entry in run.view["messages"]]
    called = "host→view", "tools/call (answer)"
    answered = called in [(e["direction"], e["method"]) for e in run.view["messages"]]
    if run.app.called and not answered:
        return f"the click led to no answered call, only to {', '.join(methods)}"
    return "good"


def _online() -> bool:
    """Whether this computer finds names of the internet."""
    try:
        socket.getaddrinfo("modelcontextprotocol.io", 443)
    except OSError:
        return False
    return True


def main(words: list[str]) -> int:
    """Print the table; whether all is good, as an exit code."""
    names = [name for name in TABLE if not words or any(word in name for word in words)]
    print(f"{HEAD}\n|{'---|' * 8}")
    bad: list[str] = []
    for name in names:
        app = TABLE[name]
        grants = [word for grant in app.grants for word in ("--grant", grant)]
        with tempfile.TemporaryDirectory() as folder:
            run = render(name, "stdio", Path(folder), *grants, *SETTLE)
            print(row(name, run), flush=True)
            if run.report["view"] is None or not verdict(run).startswith(("good", OFFLINE)):
                bad.append(name)
    print(f"\n{len(names) - len(bad)} of {len(names)} are good")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
