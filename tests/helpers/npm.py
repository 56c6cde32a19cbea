"""The official example servers, fetched once for each run: pinned, without install scripts.

`example_server(name)` is the argv (without `--stdio`) of one of them. The folder is given by
`MCPHOST_TEST_CACHE`, else it lies under the system's temporary folder; several test processes may
ask at once. A test that uses this is marked `npm`; it is skipped where npm or the registry is not
to be had, unless `MCPHOST_TEST_NPM=required` says that this is a failure.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

VERSIONS = {
    "basic-vanillajs": "2.0.3",
    "basic-react": "2.0.3",
    "budget-allocator": "2.0.3",
    "cohort-heatmap": "2.0.3",
    "system-monitor": "2.0.3",
}
_SCOPE = "@modelcontextprotocol"


def cache_folder() -> Path:
    """Where the test run keeps what it fetches."""
    given = os.environ.get("MCPHOST_TEST_CACHE")
    folder = (
        Path(given) if given else Path(tempfile.gettempdir()) / f"mcphost-test-cache-{os.getuid()}"
    )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def example_server(name: str) -> tuple[str, ...]:
    """The argv of one example server; add `--stdio`, or set PORT for HTTP. Installs at need."""
    package = _installed() / "node_modules" / _SCOPE / f"server-{name}"
    entry = json.loads((package / "package.json").read_text())["bin"]
    script = entry if isinstance(entry, str) else next(iter(entry.values()))
    return ("node", str(package / script))


def _installed() -> Path:
    folder = cache_folder() / "example-servers"
    folder.mkdir(exist_ok=True)
    wanted = {f"{_SCOPE}/server-{name}": version for name, version in VERSIONS.items()}
    done = folder / "installed.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or json.loads(done.read_text()) != wanted:
            _install(folder, wanted)
            done.write_text(json.dumps(wanted))
    return folder


def _install(folder: Path, wanted: dict[str, str]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        _missing("npm is not installed")
        return
    manifest = {"name": "example-servers", "private": True, "dependencies": wanted}
    (folder / "package.json").write_text(json.dumps(manifest))
    command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=110, check=False)
    if done.returncode != 0:
        _missing(f"npm install failed: {done.stderr.decode(errors='replace')[-500:]}")


def _missing(why: str) -> None:
    if os.environ.get("MCPHOST_TEST_NPM") == "required":
        pytest.fail(why)
    pytest.skip(why)
