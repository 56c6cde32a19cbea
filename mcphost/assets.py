"""The one accessor for `resources/`: data that ships with the program.

In an installed wheel the folder is `mcphost/_data`; in a checkout it is `resources/` beside the
package.
"""

from __future__ import annotations

from pathlib import Path

from mcphost.domain.errors import HostBugError

_PACKAGED = Path(__file__).parent / "_data"
_CHECKOUT = Path(__file__).parent.parent / "resources"


def asset_path(name: str) -> Path:
    """Path of the asset *name* (`policy/default.cedar`). Raises `HostBugError` when missing."""
    base = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
    path = base / name
    if not path.exists():
        raise HostBugError(f"the asset {name} is missing from {base}: the installation is broken")
    return path


def asset_text(name: str) -> str:
    """The asset *name* as UTF-8 text."""
    return asset_path(name).read_text(encoding="utf-8")
