"""Starting the program: in place of this process, or as another account with signals passed on."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import account as accounts

_FORWARDED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1}
_FROM_KERNEL = 0x80


def replace(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Become *command*. Signals, terminal and exit code are then its own."""
    os.execve(command[0], list(command), dict(environment))


def run_as(
    account: accounts.Account,
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
) -> int:
    """Run *command* as *account* in *folder*; its exit code (128 + n when signal n ended it).

    A signal sent to this process is passed on. One from the terminal is not: the terminal has
    already sent it to both.
    """
    watched = {*_FORWARDED, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    running = subprocess.Popen(
        command,
        env=dict(environment),
        cwd=folder,
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        umask=0o077,
        preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, watched),
    )
    while running.poll() is None:
        heard = signal.sigtimedwait(watched, 1.0)
        if heard and heard.si_signo in _FORWARDED and heard.si_code != _FROM_KERNEL:
            running.send_signal(heard.si_signo)
    code = running.returncode
    return code if code >= 0 else 128 - code


def working_folder(account: accounts.Account) -> Path:
    """The caller's folder when *account* may use it, else its home."""
    here = Path(os.getcwd())
    return here if may_enter(account, here) else account.home


def may_enter(account: accounts.Account, folder: Path) -> bool:
    """Whether *account* can read and enter *folder*, as the kernel sees it."""
    tried = subprocess.run(
        ["/bin/sh", "-c", 'cd -- "$1" && test -r .', "sh", str(folder)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        stderr=subprocess.DEVNULL,
    )
    return tried.returncode == 0
