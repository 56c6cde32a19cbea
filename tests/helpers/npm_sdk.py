"""The official View SDK, fetched once: pinned, without install scripts, never committed."""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.npm import cache_folder

PACKAGE = "@modelcontextprotocol/ext-apps"
VERSION = "2.0.4"
_EXPORTS = re.compile(r"export\s*\{([^{}]*)\}\s*;?")


def view_sdk() -> str:
    """The SDK's own bundle as the text of a module script that sets `globalThis.sdk`.

    Only its export statement is rewritten, since an inline script can export nothing.
    """
    found = _installed() / "node_modules" / PACKAGE / "dist" / "src" / "app-with-deps.js"
    source = found.read_text()
    exported = _EXPORTS.findall(source)[-1]
    pairs = (entry.split(" as ") for entry in exported.split(","))
    named = ", ".join(f"{pair[-1].strip()}: {pair[0].strip()}" for pair in pairs)
    return _EXPORTS.sub("", source) + f"\nglobalThis.sdk = {{{named}}};\n"


def _installed() -> Path:
    folder = cache_folder() / f"view-sdk-{VERSION}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _install(folder)
            (folder / "done").touch()
    return folder


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund"]
    more = ["--legacy-peer-deps", f"{PACKAGE}@{VERSION}"]
    done = subprocess.run([*command, *more], cwd=folder, capture_output=True, timeout=110)
    if done.returncode != 0:
        pytest.skip(f"npm install failed: {done.stderr.decode(errors='replace')[-300:]}")
