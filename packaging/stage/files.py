"""Files named on the command line, when the program runs under another account than the caller.

Inputs are copied into a folder of that account before the run. Outputs are written there and
brought back afterwards, owned by the caller. Nothing is followed on the way back: only a regular
file with one name, made by that account, is read, and it replaces the name that the caller gave
(a symbolic link there is replaced, not followed).
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import account as accounts
import say

OUTPUTS = frozenset({"--screenshot", "--report", "--sarif", "--output", "--out", "-o"})
INPUTS = frozenset({"--policy", "--config", "--arguments-file"})
INPUT_WORDS = (("servers", "import"), ("audit", "verify"), ("policy", "check"))
"""Commands whose operands are files to read."""
DATABASE_SIDES = ("-wal", "-shm")
"""What belongs to an SQLite file that is in use."""


@dataclass(kw_only=True)
class Staging:
    """One run's folder, and what must come back from it: (staged, wanted) pairs."""

    folder: Path
    account: accounts.Account
    stay: bool = False
    """Whether the program must run in the caller's folder (it starts commands of the caller's)."""
    outputs: list[tuple[Path, Path]] = field(default_factory=list)
    made: int = 0
    here: Path | None = None
    """Where the program must run, so that it can call its outputs by the caller's own names."""

    def arguments(self, given: Sequence[str]) -> list[str]:
        """*given* with every file name replaced by its staged one."""
        translated: list[str] = []
        option = ""
        reads = self._reads_operands(given)
        for position, word in enumerate(given):
            name, equals, value = word.partition("=")
            if option in OUTPUTS | INPUTS:
                translated.append(self._file(option, word))
                option = ""
            elif equals and name in OUTPUTS | INPUTS:
                translated.append(f"{name}={self._file(name, value)}")
            elif reads and position >= 2 and Path(word).is_file():
                translated.append(self._take(word))
            else:
                translated.append(word)
                option = word
        return translated

    def bring_back(self) -> None:
        """Move what the program wrote to where the caller asked for it."""
        for staged, wanted in self.outputs:
            if os.path.lexists(staged):
                _deliver(staged, wanted, self.account.uid)
                say.step(f"wrote {wanted}")

    def _file(self, option: str, name: str) -> str:
        return self._take(name) if option in INPUTS else self._give(name)

    def _take(self, name: str) -> str:
        source = Path(name)
        if not source.is_file():
            return name
        staged = self._own_folder() / source.name
        for suffix in ("", *DATABASE_SIDES):
            part, copy = Path(f"{source}{suffix}"), Path(f"{staged}{suffix}")
            if part.is_file():
                shutil.copyfile(part, copy)
                os.chown(copy, self.account.uid, self.account.gid)
        return str(staged)

    def _give(self, name: str) -> str:
        if name in {"", "-", "/dev/null"}:
            return name
        wanted = Path(os.path.abspath(name))
        if not wanted.parent.is_dir():
            say.refuse(f"cannot write {wanted}: there is no folder {wanted.parent}")
        if wanted.is_dir():
            say.refuse(f"cannot write {wanted}: it is a folder")
        if self.stay or os.sep in name:
            staged = called = self._own_folder() / wanted.name
        else:
            self.here = self.here or self._own_folder()
            staged, called = self.here / name, Path(name)
        self.outputs.append((staged, wanted))
        return str(called)

    def _own_folder(self) -> Path:
        self.made += 1
        folder = self.folder / str(self.made)
        folder.mkdir(mode=0o700)
        os.chown(folder, self.account.uid, self.account.gid)
        return folder

    @staticmethod
    def _reads_operands(given: Sequence[str]) -> bool:
        return tuple(given[:2]) in INPUT_WORDS


@contextmanager
def staging(parent: Path, account: accounts.Account, *, stay: bool) -> Iterator[Staging]:
    """A staging folder of *account* for one run; gone afterwards, whatever happened."""
    parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
    try:
        folder.chmod(0o711)
        yield Staging(folder=folder, account=account, stay=stay)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _deliver(staged: Path, wanted: Path, owner: int) -> None:
    source = os.open(staged, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found = os.fstat(source)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or found.st_uid != owner:
            say.refuse(f"{wanted.name} is not a plain file made by the program: left alone")
        if wanted.exists() and not wanted.is_file():
            with wanted.open("wb") as device:
                _copy(source, device.fileno())
            return
        _replace(source, wanted)
    finally:
        os.close(source)


def _replace(source: int, wanted: Path) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{wanted.name}.", dir=wanted.parent)
    try:
        _copy(source, handle)
        mask = os.umask(0)
        os.umask(mask)
        os.fchmod(handle, 0o666 & ~mask)
        os.fchown(handle, *_caller())
        os.rename(temporary, wanted)
    except OSError:
        os.unlink(temporary)
        raise
    finally:
        os.close(handle)


def _copy(source: int, target: int) -> None:
    while chunk := os.read(source, 1 << 20):
        view = memoryview(chunk)
        while view:
            view = view[os.write(target, view) :]


def _caller() -> tuple[int, int]:
    user, group = os.environ.get("SUDO_UID", ""), os.environ.get("SUDO_GID", "")
    if user.isdecimal() and group.isdecimal():
        return int(user), int(group)
    return os.getuid(), os.getgid()
