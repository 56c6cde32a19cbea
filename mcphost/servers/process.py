"""A local server's process. The only door of this room to the operating system's processes.

Law: (1) argv, never a shell, and only the program and files that were decided on (`Launch`); (2)
only the few variables every program needs and the configured ones; (3) its own session, so that the
whole tree can be stopped: close stdin, wait, SIGTERM, wait, SIGKILL; (4) its last words are kept,
bounded, for error messages. Called on the loop thread.
"""

from __future__ import annotations

import asyncio
import re
import signal
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from mcphost.domain.errors import HostBugError, UserFacingError
from mcphost.domain.ids import ServerKey
from mcphost.domain.launch import Launch
from mcphost.domain.server import StdioCommand
from mcphost.domain.text import one_line
from mcphost.servers.launching import confirm, minimal_environment
from mcphost.servers.limits import ServerLimits
from mcphost.servers.log import ServerLog
from mcphost.servers.trees import ProcessTrees, end_group

_NODE: Final = re.compile(r"Node\.js v[0-9.]+")
_FAULT: Final = re.compile(r"[\w.]*Error\b.*:")
_CHUNK: Final = 64 * 1024
_GRACE: Final = 0.5


class ServerProcess:
    """A running local server, its two pipes, and the end of its stderr."""

    def __init__(
        self, process: asyncio.subprocess.Process, limits: ServerLimits, log: ServerLog
    ) -> None:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise UserFacingError("The server's process has no pipes. Start the program again.")
        self._process = process
        self._limits = limits
        self._log = log
        self.stdin = process.stdin
        self.stdout = process.stdout
        self._last_words: deque[bytes] = deque()
        self._kept = 0
        self._listener = asyncio.create_task(self._listen(process.stderr))
        self._gone: Callable[[], None] = _nothing

    @classmethod
    async def start(
        cls,
        command: StdioCommand,
        *,
        launch: Launch,
        title: str,
        limits: ServerLimits,
        log: ServerLog | None = None,
        trees: ProcessTrees | None = None,
        owner: ServerKey | None = None,
    ) -> ServerProcess:
        """Start *command* as *launch* says. Raises `UserFacingError` when that cannot be. *trees*
        know it as *owner*'s while it lives.
        """
        names = tuple(sorted({name for name, _ in command.env}))
        if (launch.argv, launch.environment) != (command.argv, names):
            raise HostBugError("a program was to be started that was not the one decided on")
        await confirm(launch, title=title)
        try:
            process = await asyncio.create_subprocess_exec(
                *command.argv,
                executable=launch.executable.path,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=minimal_environment(command),
                cwd=launch.cwd,
                start_new_session=True,
                limit=4 * _CHUNK,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise UserFacingError(
                f"{title}: the command “{one_line(command.argv[0])}” could not be started: "
                f"{one_line(str(reason))}. Add the server anew with the right command."
            ) from error
        started = cls(process, limits, log or ServerLog(limits.stderr))
        if trees is not None and owner is not None:
            started._gone = trees.add(process.pid, owner)
        return started

    @property
    def pid(self) -> int:
        """Process id, which is also the id of its group."""
        return self._process.pid

    @property
    def last_line(self) -> str:
        """The last line the server wrote to stderr, sanitised. Node.js says what went wrong long
        before its own version, which is then the last line.
        """
        text = b"".join(self._last_words).decode("utf-8", "replace")
        lines = [line for line in text.splitlines() if line.strip()]
        if lines and _NODE.fullmatch(lines[-1]):
            lines = [line for line in lines if _FAULT.match(line)] or lines
        return one_line(lines[-1], limit=300) if lines else ""

    def hear(self, noise: bytes) -> None:
        """Keep *noise* that is no message (a banner on stdout) with the last words."""
        self._log.hear(noise)
        kept = noise[-self._limits.stderr :]
        self._last_words.append(kept)
        self._kept += len(kept)
        while self._kept > self._limits.stderr and len(self._last_words) > 1:
            self._kept -= len(self._last_words.popleft())

    async def obituary(self) -> str:
        """How it ended, in words. Waits briefly for the exit code."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                await self._process.wait()
                await asyncio.wait([self._listener])
        code = self._process.returncode
        match code:
            case None:
                how = "closed its output"
            case code if code < 0:
                how = f"was ended by signal {_signal_name(-code)}"
            case _:
                how = f"stopped with exit code {code}"
        return f"{how}; its last words were: {self.last_line}" if self.last_line else how

    def kill(self) -> None:
        """End the whole tree at once. `stop` follows."""
        end_group(self.pid)

    async def stop(self) -> None:
        """Stop the whole tree, politely first. Bounded by three times the stop limit."""
        try:
            self.stdin.close()
            if not await self._ended():
                end_group(self.pid, politely=True)
                await self._ended()
        finally:
            # Also when the leader has left, and when this wait is cut short: children it started
            # must not outlive it.
            end_group(self.pid)
        await self._ended()
        self._gone()
        self._listener.cancel()
        await self._let_go()

    async def _let_go(self) -> None:
        # WORKAROUND(CPython 3.11): asyncio keeps the pipes open while a grandchild that left the
        # session holds their other ends, and offers no public way to drop them.
        # Test: tests/unit/servers/test_process.py; re-check when 3.12 is the floor.
        transport = getattr(self._process, "_transport", None)
        if isinstance(transport, asyncio.SubprocessTransport):
            transport.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(self._limits.stop):
                await self.stdin.wait_closed()

    async def _ended(self) -> bool:
        try:
            async with asyncio.timeout(self._limits.stop):
                await self._process.wait()
        except TimeoutError:
            return False
        return True

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        while chunk := await stderr.read(_CHUNK):
            self.hear(chunk)


def _nothing() -> None:
    """Nobody else knows of it."""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
