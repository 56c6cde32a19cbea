"""A name that somebody else chose for a file, made fit for a folder of the person's.

Law: (1) one segment and never a path, on any system, whatever was encoded; (2) nothing in it hides,
reorders or is a device, an option or a dotfile; (3) it is bounded with its ending kept, because the
ending says what opens it. Pure; called by `protocol.downloads`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import unquote

from mcphost.domain.text import hides

MAX_NAME_BYTES: Final = 150
"""UTF-8; file systems allow 255, and a number may have to be added."""
_MAX_ENDING: Final = 20
_FALLBACK: Final = "download"
_SEPARATORS: Final = re.compile(r"[/\\]")
_UNFIT: Final = frozenset('<>:"|?*/\\\n\t')
_DEVICES: Final = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789¹²³"}
)
"""Names that Windows takes for devices, with any ending."""
_RUNS: Final = frozenset(
    {"apk", "app", "appimage", "bat", "cmd", "com", "command", "cpl", "deb", "desktop", "dll"}
    | {"dmg", "exe", "hta", "htm", "html", "jar", "js", "jse", "lnk", "msi", "msix", "pkg", "ps1"}
    | {"py", "reg", "rpm", "scf", "scr", "sh", "svg", "url", "vb", "vbs", "ws", "wsf", "xhtml"}
    | {"xll"}
)
"""Endings of what runs, or opens as a page of its own, when a person opens it."""


def file_name_of(untrusted_uri: str, *, otherwise: str = "") -> str:
    """A fit name from the last segment of *untrusted_uri*, else from *otherwise*."""
    path = untrusted_uri.partition("#")[0].partition("?")[0]
    for untrusted in (unquote(path), otherwise):
        name = fit_file_name(untrusted)
        if name:
            return name
    return _FALLBACK


def fit_file_name(untrusted: str) -> str:
    """The last segment of *untrusted* as a fit name; empty when nothing is left of it."""
    # 1. one segment
    segment = _SEPARATORS.split(unicodedata.normalize("NFC", untrusted))[-1]
    # 2. only what can be seen, and what every system takes
    shown = "".join("_" if hides(each) or each in _UNFIT else each for each in segment)
    # 3. no dotfile, no option, no end that Windows drops
    name = " ".join(shown.split()).lstrip(".- ").rstrip(". ")
    if not name.strip("_. "):
        return ""
    # 4. no device
    if name.partition(".")[0].rstrip(" ").upper() in _DEVICES:
        name = f"_{name}"
    # 5. bounded
    return _bounded(name)


def runs_when_opened(name: str) -> bool:
    """Whether a file of this name can run something when it is opened."""
    return name.rpartition(".")[2].lower() in _RUNS


def numbered(name: str, number: int) -> str:
    """*name* with *number* before its ending: what is there already is never overwritten."""
    stem, ending = _parted(name)
    return f"{stem} ({number}){ending}"


def _bounded(name: str) -> str:
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, ending = _parted(name)
    room = MAX_NAME_BYTES - len(ending.encode())
    return f"{stem.encode()[:room].decode(errors='ignore').rstrip('. ')}{ending}"


def _parted(name: str) -> tuple[str, str]:
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem or len(ending.encode()) > _MAX_ENDING:
        return name, ""
    return stem, f".{ending}"
