"""Is the renderer really in Chromium's sandbox? Asked before anything untrusted is mounted.

Chromium downgrades silently when it has no user namespaces, so the host reads what the kernel says
of the renderer process. Main thread; blocks only for reading a few lines of `/proc`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

_ROOT = (
    "Apps are not opened as root, because Chromium's sandbox does not work there. "
    "Start the program as an ordinary user."
)
_WEAK = (
    "Chromium's sandbox is incomplete here ({missing}), so the App was not opened. Allow "
    "unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
    "user.max_user_namespaces above 0, or an AppArmor profile for this program) and try again."
)
_UNVERIFIED = (
    "Chromium's sandbox is not verified on this system ({system}), so the App was not opened. "
    "Apps are opened on Linux only for now."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxReport:
    """What is known of one renderer. *checks* are (name, holds) pairs."""

    adequate: bool
    checks: tuple[tuple[str, bool], ...]
    sentence: str
    """Empty, or why no App is opened and what to do."""


def refusal_before_start() -> str:
    """Why the engine must not even be started, or the empty string."""
    if sys.platform == "linux":
        return _ROOT if os.geteuid() == 0 else ""
    return _UNVERIFIED.format(system=sys.platform)


def probe_renderer(pid: int, proc: Path = Path("/proc")) -> SandboxReport:
    """Check the renderer process *pid*."""
    if sys.platform != "linux":
        sentence = _UNVERIFIED.format(system=sys.platform)
        return SandboxReport(adequate=False, checks=(), sentence=sentence)
    try:
        checks = _checks(proc / str(pid), proc / "self")
    except (OSError, ValueError):
        checks = (("readable", False),)
    missing = ", ".join(name for name, holds in checks if not holds)
    sentence = _WEAK.format(missing=missing) if missing else ""
    return SandboxReport(adequate=not missing, checks=checks, sentence=sentence)


def _checks(renderer: Path, own: Path) -> tuple[tuple[str, bool], ...]:
    status = _status(renderer)
    arguments = (renderer / "cmdline").read_bytes()
    return (
        ("seccomp filter", status.get("Seccomp") == "2"),
        ("no new privileges", status.get("NoNewPrivs") == "1"),
        ("process namespace", len(status.get("NSpid", "").split()) > 1),
        ("network namespace", _differs(renderer, own, "net")),
        ("user namespace", _differs(renderer, own, "user")),
        ("no capabilities", int(status.get("CapEff", "1"), 16) == 0),
        ("no switch against it", b"--no-sandbox" not in arguments),
    )


def _status(process: Path) -> dict[str, str]:
    lines = (process / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {name: value.strip() for name, value in pairs}


def _differs(renderer: Path, own: Path, namespace: str) -> bool:
    """A link the kernel does not let us read belongs to another user namespace: it differs."""
    ours = (own / "ns" / namespace).readlink()
    try:
        theirs = (renderer / "ns" / namespace).readlink()
    except PermissionError:
        return True
    return theirs != ours
