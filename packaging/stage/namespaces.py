"""Ubuntu's restriction of user namespaces. Chromium's sandbox is built from them, and Ubuntu 24.04
and newer deny them to programs without an AppArmor profile.

The remedy is a profile for the interpreter of our own environments, and for nothing else. Those
environments then hold a copy of the interpreter, because a profile applies to the real file, and a
link would lead to everybody's Python.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import say
import system

_SWITCH = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_PROFILES = Path("/etc/apparmor.d")


def restricted() -> bool:
    """Whether this kernel denies user namespaces to programs that AppArmor does not know."""
    try:
        return _SWITCH.read_text(encoding="ascii").strip() == "1"
    except OSError:
        return False


def permit(store: Path) -> None:
    """Have a profile for the interpreters below *store*, or say how to get it."""
    if not restricted():
        return
    target = _PROFILES / profile_name(store)
    text = profile(store)
    if target.is_file() and target.read_text(encoding="utf-8") == text:
        return
    privilege = system.privilege()
    if privilege is None or shutil.which("apparmor_parser", path="/usr/sbin:/sbin") is None:
        say.step(
            "this system denies user namespaces to unknown programs, and Chromium's sandbox needs "
            f"them: no App will open. To permit them to this program only, put this into {target} "
            f"and run `sudo apparmor_parser -r {target}`:\n{text}"
        )
        return
    say.step(f"permitting user namespaces to this program only: {target}")
    _as_root(privilege, ["tee", str(target)], text)
    _as_root(privilege, ["apparmor_parser", "-r", "-W", str(target)], "")


def profile_name(store: Path) -> str:
    """One profile for each store."""
    return f"mcphost-{hashlib.sha256(os.fsencode(store)).hexdigest()[:12]}"


def profile(store: Path) -> str:
    """An AppArmor profile that only names the interpreters below *store* and allows `userns`."""
    return (
        "abi <abi/4.0>,\n"
        f'profile {profile_name(store)} "{store}/program-*/bin/python*" flags=(unconfined) {{\n'
        "  userns,\n"
        "}\n"
    )


def _as_root(privilege: tuple[str, ...], command: list[str], text: str) -> None:
    done = subprocess.run(
        [*privilege, *command], input=text, text=True, capture_output=True, check=False
    )
    if done.returncode != 0:
        say.step(f"{command[0]} failed, so no App may open: {done.stderr.strip()[-300:]}")
