"""The official View SDK in its versions, fetched once: pinned, without install scripts, never
committed.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.helpers.npm import installed

PACKAGE = "@modelcontextprotocol/ext-apps"
VERSION = "2.0.4"
VERSIONS = ("0.3.1", "0.4.2", "1.0.0", "1.3.2", "1.7.5", VERSION)
_EXPORTS = re.compile(r"export\s*\{([^{}]*)\}\s*;?")


def view_sdk(version: str = VERSION) -> str:
    """The SDK's own bundle as the text of a module script that sets `globalThis.sdk`.

    Only its export statement is rewritten, since an inline script can export nothing.
    """
    source = (sdk_folder(version) / "app-with-deps.js").read_text()
    exported = _EXPORTS.findall(source)[-1]
    pairs = (entry.split(" as ") for entry in exported.split(","))
    named = ", ".join(f"{pair[-1].strip()}: {pair[0].strip()}" for pair in pairs)
    return _EXPORTS.sub("", source) + f"\nglobalThis.sdk = {{{named}}};\n"


def sdk_folder(version: str) -> Path:
    """Where the built modules of *version* lie."""
    wanted = {f"sdk-{each}": f"npm:{PACKAGE}@{each}" for each in VERSIONS}
    modules = installed("view-sdks", wanted, "--legacy-peer-deps", "--omit=optional", "--omit=peer")
    return modules / f"sdk-{version}" / "dist" / "src"
