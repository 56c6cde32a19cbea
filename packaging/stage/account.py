"""Who runs the program. Chromium's sandbox cannot protect root, so root hands over to an account
made for this one purpose; an ordinary user runs it as is.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import say

_KEPT = ("TERM", "COLORTERM", "NO_COLOR", "TZ", "DISPLAY", "CI")
_KEPT_PREFIXES = ("LC_", "QT_", "MCPHOST_", "OTEL_")
_NEVER = ("MCPHOST_PYTHON", "QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH")


@dataclass(frozen=True, kw_only=True)
class Account:
    """An unprivileged system account with a home of its own."""

    name: str
    uid: int
    gid: int
    home: Path


def is_root() -> bool:
    """Whether this process may not run Chromium itself."""
    return os.geteuid() == 0


def ensure_account(name: str) -> Account:
    """The account *name* with its home under /var/lib, made when it is missing."""
    home = Path("/var/lib") / name
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        say.step(f"creating the system account {name}, which runs the program instead of root")
        _create(name, home)
        entry = pwd.getpwnam(name)
    if entry.pw_uid == 0 or entry.pw_dir != str(home):
        say.refuse(f"an account {name} exists that is not ours (its home is {entry.pw_dir})")
    account = Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid, home=home)
    own_folder(home, account)
    return account


def own_folder(folder: Path, account: Account) -> None:
    """Make *folder* a private folder of *account*. Root's own or another's is refused."""
    if not os.path.lexists(folder):
        folder.mkdir(mode=0o700)
        os.chown(folder, account.uid, account.gid)
    found = os.lstat(folder)
    if not folder.is_dir() or folder.is_symlink() or found.st_uid != account.uid:
        say.refuse(f"{folder} must be a folder that belongs to {account.name}")


def environment(account: Account, caller: Mapping[str, str]) -> dict[str, str]:
    """A clean environment for *account*: nothing of root's but what the screen and clock need."""
    kept = {
        name: value
        for name, value in caller.items()
        if (name in _KEPT or name.startswith(_KEPT_PREFIXES)) and name not in _NEVER
    }
    runtime = account.home / "run"
    own_folder(runtime, account)
    return {
        **kept,
        "HOME": str(account.home),
        "USER": account.name,
        "LOGNAME": account.name,
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "XDG_RUNTIME_DIR": str(runtime),
        "LANG": utf8_locale(caller),
    }


def utf8_locale(caller: Mapping[str, str]) -> str:
    """The caller's language when it is a UTF-8 one; Qt needs UTF-8."""
    language = caller.get("LANG", "")
    return language if "utf" in language.lower() else "C.UTF-8"


def _create(name: str, home: Path) -> None:
    tool = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if tool is None:
        say.refuse("needs `useradd` (Debian package: passwd) to make an unprivileged account")
    options = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    subprocess.run([tool, *options, "--home-dir", str(home), name], check=True)
