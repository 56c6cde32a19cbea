"""Whether there is a display, and letting another account use it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Mapping

import account as accounts
import say


def usable(environment: Mapping[str, str]) -> bool:
    """Whether a window can be shown with *environment*."""
    if environment.get("QT_QPA_PLATFORM", "").startswith(("offscreen", "minimal")):
        return False
    display = environment.get("DISPLAY", "")
    return _answers(display) if display else bool(environment.get("WAYLAND_DISPLAY"))


def share(account: accounts.Account, environment: dict[str, str]) -> None:
    """Give *account* the key of root's X display, and only that."""
    display = environment.get("DISPLAY", "")
    if not display:
        if os.environ.get("WAYLAND_DISPLAY"):
            say.step("a Wayland display belongs to its user alone: run this as that user instead")
        return
    xauth = shutil.which("xauth")
    if xauth is None:
        return
    key = subprocess.run([xauth, "extract", "-", display], capture_output=True).stdout
    target = account.home / "run" / "xauthority"
    target.unlink(missing_ok=True)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    os.fchown(handle, account.uid, account.gid)
    os.close(handle)
    if key:
        merged = subprocess.run(
            [xauth, "-q", "-f", str(target), "merge", "-"],
            input=key,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            env={"HOME": str(account.home), "PATH": "/usr/bin:/bin"},
            capture_output=True,
        )
        if merged.returncode != 0:
            say.step("could not pass on the key of the display; the window may not open")
    environment["XAUTHORITY"] = str(target)


def _answers(display: str) -> bool:
    host, _, number = display.rpartition(":")
    if host not in {"", "unix"}:
        return True
    name = f"/tmp/.X11-unix/X{number.split('.')[0]}"
    return any(_connects(address) for address in (name, "\0" + name))


def _connects(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        try:
            probe.connect(address)
        except OSError:
            return False
        return True
