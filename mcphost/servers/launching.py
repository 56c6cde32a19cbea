"""Looking at a command before it runs: which program it is, which bytes, in which folder.

Law: (1) nothing is started here; (2) what is hashed is the opened file, a regular one, and the
same open file is asked for its stamp; (3) `confirm` runs right before the program does and refuses
when a stamp has changed since. What remains: a change between that look and the kernel's own
reading, and whatever the program loads by itself. File reading happens in a worker thread.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import stat
from collections import OrderedDict
from typing import Final

from mcphost.domain.errors import UserFacingError
from mcphost.domain.ids import Digest
from mcphost.domain.launch import HashedFile, Launch
from mcphost.domain.server import StdioCommand
from mcphost.domain.text import one_line

_INHERITED: Final = frozenset(
    {
        *("HOME", "PATH", "LANG", "TMPDIR", "USER", "LOGNAME", "TERM", "SHELL", "TZ"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
        *("http_proxy", "https_proxy", "no_proxy", "all_proxy"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        "NODE_EXTRA_CA_CERTS",
    }
)
_INTERPRETER: Final = re.compile(
    r"(python|pypy|node|nodejs|deno|bun|ruby|perl|php|lua|java|dotnet|env|uv|uvx|npx|tsx|ts-node"
    r"|sh|bash|zsh|dash|ksh|fish|Rscript)[\d.]*"
)
_PROGRAM_IN_ARGUMENTS: Final = frozenset({"-c", "-e", "-m", "--eval", "-r"})
_REMEMBERED: Final = 64
_known: OrderedDict[tuple[str, tuple[int, ...]], Digest] = OrderedDict()


def minimal_environment(command: StdioCommand) -> dict[str, str]:
    """The environment of a local server: what every program needs, and what was configured."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.startswith("LC_")
    }
    return {**inherited, **dict(command.env)}


async def inspect(command: StdioCommand, *, title: str, folder: str | None = None) -> Launch:
    """What would run. Without a configured folder it runs in *folder*, or in the current one.

    Raises `UserFacingError` saying what is wrong with the command.
    """
    return await asyncio.to_thread(_inspect, command, title, folder)


async def confirm(launch: Launch, *, title: str) -> None:
    """Raise `UserFacingError` when a file of *launch* was changed since it was hashed."""
    for file in launch.files:
        try:
            now = _stamp(os.stat(file.path))
        except OSError:
            now = ()
        if now != file.stamp:
            raise UserFacingError(
                f"{title} was not started: {one_line(file.path, limit=400)} was changed while it "
                "was being started. Connect it again to see what changed."
            )


def _inspect(command: StdioCommand, title: str, folder: str | None) -> Launch:
    cwd = os.path.abspath(command.cwd or folder or os.getcwd())
    if not command.argv or not command.argv[0]:
        raise UserFacingError(f"{title}: no command is configured. Add the server anew with one.")
    if not os.path.isdir(cwd):
        raise UserFacingError(
            f"{title}: the folder {one_line(cwd)} does not exist. "
            "Create it, or add the server anew with the right folder."
        )
    program = _program(command, cwd, title)
    script = _script(command.argv, cwd)
    return Launch(
        argv=command.argv,
        cwd=cwd,
        environment=tuple(sorted({name for name, _ in command.env})),
        executable=_hashed(program, title),
        script=None if script is None else _hashed(script, title),
    )


def _program(command: StdioCommand, cwd: str, title: str) -> str:
    """Say in words what `exec` would only say with an error number."""
    program = command.argv[0]
    spelled = os.path.join(cwd, program) if os.sep in program else program
    try:
        found = shutil.which(spelled, path=minimal_environment(command).get("PATH"))
    except ValueError:  # a NUL in it
        found = None
    if found is not None:
        return os.path.join(cwd, found)  # a relative folder in PATH is one of the server's own
    if os.sep in program and os.path.exists(spelled):
        raise UserFacingError(
            f"{title}: {one_line(program)} is not an executable file. "
            "Make it executable, or add the server anew with the right command."
        )
    raise UserFacingError(
        f"{title}: the command “{one_line(program)}” was not found. "
        "Install it, or add the server anew with its full path."
    )


def _script(argv: tuple[str, ...], cwd: str) -> str | None:
    """The file an interpreter is told to run: its first argument that is a file."""
    if not _INTERPRETER.fullmatch(os.path.basename(argv[0])):
        return None
    for word in argv[1:]:
        if word in _PROGRAM_IN_ARGUMENTS:
            return None
        if word.startswith("-") or "\0" in word:
            continue
        path = os.path.join(cwd, word)
        if os.path.isfile(path):
            return path
    return None


def _hashed(path: str, title: str) -> HashedFile:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise UserFacingError(
                    f"{title}: {one_line(path)} is no ordinary file. "
                    "Add the server anew with the right command."
                )
            stamp = _stamp(found)
            digest = _known.get((path, stamp)) or Digest(
                hashlib.file_digest(file, "sha256").hexdigest()
            )
            if _stamp(os.fstat(file.fileno())) != stamp:
                raise UserFacingError(
                    f"{title}: {one_line(path)} is being changed. Try again when that is done."
                )
    except PermissionError as error:
        raise UserFacingError(
            f"{title}: {one_line(path)} may be run but not read, so nobody can say what it is. "
            "Make it readable."
        ) from error
    except OSError as error:
        raise UserFacingError(
            f"{title}: {one_line(path)} cannot be read: {error.strerror}. "
            "Add the server anew with the right command."
        ) from error
    _known[path, stamp] = digest
    while len(_known) > _REMEMBERED:
        _known.popitem(last=False)
    return HashedFile(path=path, digest=digest, stamp=stamp)


def _stamp(found: os.stat_result) -> tuple[int, ...]:
    # The time of change (ctime) is set by the kernel alone: nobody can set it back.
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
