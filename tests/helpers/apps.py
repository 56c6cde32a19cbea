"""Real Apps of other people's making, behind a tap: what they are, how to start them.

`tapped(app, transport, folder)` gives the `SERVER` word for the command line and the record of all
that the host says to the server.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.helpers.cli import until
from tests.helpers.npm import EARLIER, VERSIONS, example_server
from tests.helpers.servers.running import free_port

_HERE = Path(__file__).parent
_WIRE = (sys.executable, str(_HERE / "cli_wire.py"))
_FAST_VARIABLE = "MCPHOST_TEST_FASTMCP_PYTHON"
"""Names another interpreter that has `fastmcp[apps]`, where this one has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A server with an App. *clicks* make its View call *called*, if it has such a button."""

    tool: str
    command: Callable[[], tuple[str, ...]]
    era: str
    stdio: tuple[str, ...] = ("stdio",)
    http: tuple[str, ...] = ("http", "{port}")
    env: tuple[tuple[str, str], ...] = ()
    clicks: tuple[str, ...] = ()
    called: str = ""
    theme: str = "light"
    grants: tuple[str, ...] = ()
    """What its View cannot do without."""
    arguments: str = "{}"
    offline: str = ""
    """What becomes of it where there is no internet; empty of one that does not need it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as it went over the wire."""

    verb: str
    body: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    @property
    def method(self) -> str:
        return json.loads(self.body).get("method", "") if self.body else ""


def _example(name: str, tool: str, *, earlier: bool = False, **more: object) -> App:
    wide = {"stdio": ("--stdio",), "http": (), "env": (("PORT", "{port}"),), "era": "legacy"}
    command = partial(example_server, name, earlier=earlier)
    return App(tool=tool, command=command, **{**wide, **more})  # type: ignore[arg-type]


def _sdk() -> tuple[str, ...]:
    return (sys.executable, str(_HERE / "apps_sdk.py"))


def _fast() -> tuple[str, ...]:
    given = os.environ.get(_FAST_VARIABLE)
    needed = (importlib.util.find_spec(name) for name in ("fastmcp", "prefab_ui"))
    if given is None and None in needed:
        pytest.fail(
            f"fastmcp[apps] is not installed here; {_FAST_VARIABLE} can name another Python"
        )
    return (
        "env",
        "PREFAB_BUNDLED_RENDERER=1",
        given or sys.executable,
        str(_HERE / "apps_fast.py"),
    )


APPS = {
    "basic-vanillajs": _example(
        "basic-vanillajs", "get-time", clicks=("#get-time-btn",), called="get-time"
    ),
    "basic-react": _example(
        "basic-react", "get-time", clicks=("button",), called="get-time", theme="dark"
    ),
    "budget-allocator": _example("budget-allocator", "get-budget-data"),
    "cohort-heatmap": _example("cohort-heatmap", "get-cohort-data", theme="dark"),
    "system-monitor": _example(
        "system-monitor",
        "get-system-info",
        clicks=("#poll-toggle-btn", "#poll-toggle-btn"),
        called="poll-system-stats",
    ),
    "threejs": _example("threejs", "show_threejs_scene"),
    "sdk": App(
        tool="show_counter",
        command=_sdk,
        era="modern",
        clicks=("#count-one",),
        called="count_one",
        theme="dark",
    ),
    "fastmcp": App(
        tool="show_counter",
        command=_fast,
        era="modern",
        clicks=("button",),
        called="count_one",
    ),
}


_DRAWN = {
    **dict.fromkeys((name for name in VERSIONS if name.startswith("basic-")), "get-time"),
    "budget-allocator": "get-budget-data",
    "cohort-heatmap": "get-cohort-data",
    "customer-segmentation": "get-customer-data",
    "map": "show-map",
    "pdf": "display_pdf",
    "scenario-modeler": "get-scenario-data",
    "shadertoy": "render-shadertoy",
    "sheet-music": "play-sheet-music",
    "system-monitor": "get-system-info",
    "threejs": "show_threejs_scene",
    "transcript": "transcribe",
    "video-resource": "play_video",
    "wiki-explorer": "get-first-degree-links",
}
"""The tool of each published example that has the App."""
_GRANTS = {
    "threejs": ("webgl", "unsafe-eval"),
    "shadertoy": ("webgl",),
    "pdf": ("made-scripts",),
}
_PAPER = _HERE.parent / "assets" / "garden.pdf"
_OFFLINE = {
    "map": "says itself that its globe could not be loaded",
    "video-resource": "says itself that its server could not fetch the video",
    "wiki-explorer": "a page without links: its server could not fetch any",
}


def _published(name: str, *, earlier: bool) -> App:
    found = APPS.get(name)
    clicks, called = (found.clicks, found.called) if found is not None else ((), "")
    more: dict[str, object] = {"offline": _OFFLINE.get(name, "")}
    if name == "pdf":
        more["stdio"], more["http"] = ("--stdio", str(_PAPER)), (str(_PAPER),)
        more["arguments"] = json.dumps({"url": _PAPER.as_uri()})
    return _example(
        name,
        _DRAWN[name],
        earlier=earlier,
        clicks=clicks,
        called=called,
        grants=_GRANTS.get(name, ()),
        **more,
    )


TABLE = {
    **{f"{name} {VERSIONS[name]}": _published(name, earlier=False) for name in VERSIONS},
    **{f"{name} {EARLIER[name]}": _published(name, earlier=True) for name in EARLIER},
    **{name: APPS[name] for name in ("sdk", "fastmcp")},
}
"""Every App of `python -m tests.e2e.app_table`, by name and version."""


@contextmanager
def tapped(app: App, transport: str, record: Path) -> Iterator[str]:
    """The `SERVER` word of *app* behind a tap that writes to *record*."""
    if transport == "stdio":
        command = (*_WIRE, "tee", str(record), *app.command(), *app.stdio)
        yield f"stdio:{shlex.join(command)}"
        return
    with ExitStack() as stack:
        inner, outer = free_port(), free_port()
        words = tuple(word.format(port=inner) for word in app.http)
        env = {name: value.format(port=inner) for name, value in app.env}
        stack.enter_context(listening((*app.command(), *words), inner, env))
        relay = (*_WIRE, "relay", str(record), str(outer), str(inner))
        stack.enter_context(listening(relay, outer, {}))
        yield f"http://127.0.0.1:{outer}/mcp"


def sent(record: Path) -> list[Sent]:
    """What the tap has noted, in order."""
    if not record.exists():
        return []
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    return [Sent(line["verb"], base64.b64decode(line["body"])) for line in lines]


@contextmanager
def listening(command: tuple[str, ...], port: int, env: dict[str, str]) -> Iterator[None]:
    """Run *command* until the block ends; entered once *port* answers."""
    quiet = subprocess.DEVNULL
    whole = {**os.environ, **env}
    process = subprocess.Popen(
        command, env=whole, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        assert until(lambda: _answers(port) or process.poll() is not None, 30), command
        assert process.poll() is None, f"{command} ended at once"
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
