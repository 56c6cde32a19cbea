"""A plain web host on the official bridge and client, in a browser: what ours is compared with.

    with plain_host(folder, page) as plain: plain.visit(qt_browser(...), tool="show", rounds=12)

The bridge and the client come from npm, fetched and bundled by the run. The browser is Chromium,
where there is one, or Qt's own engine without any guard of ours; each is a process of its own, as
is the server.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.npm import installed, missing
from tests.helpers.servers.served import process

ASSETS = Path(__file__).parent.parent / "assets" / "bridge"
PACKAGES = {
    "@modelcontextprotocol/ext-apps": "2.0.4",
    "@modelcontextprotocol/client": "2.0.0",
    "@modelcontextprotocol/core": "2.0.0",
    "zod": "4.2.0",
}
_BUNDLERS = {"x86_64": "@esbuild/linux-x64", "aarch64": "@esbuild/linux-arm64"}
_BUNDLER_VERSION = "0.25.12"
_CHROMIUM_VARIABLE = "MCPHOST_TEST_CHROMIUM"
"""Names a Chromium that is not on the path."""
SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Browser:
    """How a browser is started; its last argument is the address. *console*: where its console
    errors are noted, if it can say them.
    """

    name: str
    argv: tuple[str, ...]
    after: tuple[str, ...] = ()


def qt_browser(console: Path) -> Browser:
    """Qt's own engine without our guards; its console errors go to the file *console*."""
    argv = (sys.executable, "-m", "tests.helpers.plain_browser")
    return Browser("Qt's engine, unguarded", argv, (str(console),))


def chromium(profile: Path) -> Browser | None:
    """The Chromium of this machine, or None. *profile* is an empty folder for it."""
    names = (os.environ.get(_CHROMIUM_VARIABLE, ""), "chromium", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        return None
    quiet = ("--no-first-run", "--disable-background-networking", "--disable-component-update")
    argv = (found, "--headless=new", *quiet, f"--user-data-dir={profile}")
    return Browser("Chromium", (*argv, "--window-size=1280,860"))


@dataclass(frozen=True, slots=True)
class PlainHost:
    """The pages are served at *port*, out of *folder*."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """The server of the page that was given."""
        return f"http://127.0.0.1:{self.port}/mcp"

    def visit(self, browser: Browser, *, trips: int = 0, **query: object) -> list[float]:
        """Have *browser* open Apps as *query* says (tests/assets/bridge/host.js); milliseconds from
        call to `initialized`, of each. With *trips*: until one more App has told of that many.
        """
        figures = self.folder / "figures.json"
        figures.unlink(missing_ok=True)
        wanted = len(self.trips()) + bool(trips)
        query = {**query, "trips": trips or None}
        words = urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})
        address = f"http://127.0.0.1:{self.port}/host.html?{words}"
        with _running((*browser.argv, address, *browser.after)) as running:
            deadline = time.monotonic() + SECONDS
            while not figures.exists() or len(self.trips()) < wanted:
                assert running.poll() is None, f"{browser.name} ended by itself"
                assert time.monotonic() < deadline, f"{browser.name} measured nothing"
                time.sleep(0.05)
        return json.loads(figures.read_text())["took"]

    def trips(self) -> list[list[float]]:
        """What Apps said of their trips so far: milliseconds, a list for each App."""
        noted = self.folder / "trips.jsonl"
        if not noted.exists():
            return []
        return [json.loads(line) for line in noted.read_text().splitlines()]


@contextmanager
def plain_host(folder: Path, page: str = "<!doctype html>") -> Iterator[PlainHost]:
    """Serve the host's pages, and a server whose App is *page*."""
    for name in ("host.html", "sandbox.html"):
        shutil.copyfile(ASSETS / name, folder / name)
    _bundle(folder / "host.js")
    (folder / "app.html").write_text(page, encoding="utf-8")
    module = "tests.helpers.servers.bridge_shop"
    with process(sys.executable, "-m", module, str(folder), "{port}") as port:
        yield PlainHost(folder, port)


def _bundle(made: Path) -> None:
    """host.js with all it imports, as one file."""
    package = _BUNDLERS.get(platform.machine())
    if package is None:
        missing(f"there is no esbuild for {platform.machine()}")
    wanted = {**PACKAGES, package: _BUNDLER_VERSION}
    modules = installed("bridge", wanted, "--legacy-peer-deps")
    words = ("--bundle", "--format=esm", "--minify", "--log-level=error", f"--outfile={made}")
    command = [modules / package / "bin" / "esbuild", ASSETS / "host.js", *words]
    here = {**os.environ, "NODE_PATH": str(modules)}
    subprocess.run(command, check=True, timeout=60, env=here)


@contextmanager
def _running(argv: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    quiet = subprocess.DEVNULL
    running = subprocess.Popen(
        argv, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        yield running
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
