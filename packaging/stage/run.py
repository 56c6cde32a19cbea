"""`./packaging/run`: set up, then hand over to `mcphost`."""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence
from pathlib import Path

import account as accounts
import files
import launch
import layers
import namespaces
import say
import screen
import system

ACCOUNT = "mcphost"
SYSTEM_STORE = Path("/var/cache/mcphost")


def main(checkout: Path, arguments: Sequence[str]) -> int:
    """Set up what is missing and run `mcphost` with *arguments*, or the demo without any."""
    os.umask(0o022 | os.umask(0o022))
    system.ensure(system.PROGRAM_NEEDS)
    store = store_folder()
    namespaces.permit(store)
    base = layers.libraries(store, checkout / "packaging" / "run.lock")
    ready = layers.program(store, checkout, [base])
    layers.forget_unused(store)
    return _as_account(ready, arguments) if accounts.is_root() else _as_caller(ready, arguments)


def store_folder() -> Path:
    """Where the environments live: the caller's cache, or one for the machine when root."""
    if accounts.is_root():
        SYSTEM_STORE.mkdir(mode=0o755, exist_ok=True)
        return SYSTEM_STORE
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(cache) if cache.startswith("/") else home_folder() / ".cache") / "mcphost"


def home_folder() -> Path:
    """The caller's home folder, also when HOME is unset or empty."""
    return Path(os.environ.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir)


def demo_arguments(shown: bool) -> list[str]:
    """What a run without arguments means."""
    if shown:
        say.step("opening the window on the built-in demo server")
        return ["demo"]
    say.step("no display: doing the same without a window")
    return [
        *("demo", "--headless"),
        *("--screenshot", "mcphost-demo.png", "--report", "mcphost-demo.json"),
    ]


def _as_caller(ready: layers.Layer, arguments: Sequence[str]) -> int:
    environment = dict(os.environ)
    environment["HOME"] = str(home_folder())
    environment["LANG"] = accounts.utf8_locale(environment)
    shown = screen.usable(environment)
    if not shown:
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    words = list(arguments) or demo_arguments(shown)
    return launch.replace([str(ready.folder / "bin" / "mcphost"), *words], environment)


def _as_account(ready: layers.Layer, arguments: Sequence[str]) -> int:
    account = accounts.ensure_account(ACCOUNT)
    environment = accounts.environment(account, os.environ)
    screen.share(account, environment)
    shown = screen.usable(environment)
    if not shown:
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    _own_state_folder(account, environment.get("MCPHOST_HOME", ""))
    words = list(arguments) or demo_arguments(shown)
    folder = launch.working_folder(account)
    local = any(word.startswith("stdio:") for word in words)
    if local:
        say.step(f"local servers of this run are started as {account.name}, in {folder}")
    with files.staging(SYSTEM_STORE / "staging", account, stay=local) as staged:
        translated = staged.arguments(words)
        command = [str(ready.folder / "bin" / "mcphost"), *translated]
        code = launch.run_as(account, command, environment, staged.here or folder)
        staged.bring_back()
    return code


def _own_state_folder(account: accounts.Account, wanted: str) -> None:
    """A state folder named by root is made, or taken over while it is empty."""
    if not wanted:
        return
    folder = Path(os.path.abspath(wanted))
    if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
        os.chown(folder, account.uid, account.gid)
    accounts.own_folder(folder, account)
    if not launch.may_enter(account, folder):
        say.refuse(f"{account.name} cannot enter MCPHOST_HOME={folder}: choose another folder")
