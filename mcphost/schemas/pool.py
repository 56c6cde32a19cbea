"""Checking JSON against schemas that others wrote, in a process that can be killed.

Law: (1) bounds first (`bounds.py`), then the worker; (2) a schema that is too slow, too hungry or
makes the worker die costs its own check and nothing else: the worker is killed and the next check
gets a fresh one; (3) what cannot be checked is refused, never waved through. Loop thread; one
check at a time, so one hostile schema delays others by at most its budget.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias, cast

from mcphost.domain.errors import HostBugError, ProtocolViolation, UserFacingError
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line
from mcphost.schemas.bounds import encode_schema
from mcphost.schemas.encoding import encode, is_small

MAX_INSTANCE = 4 * 1024 * 1024
_WORKER = Path(__file__).with_name("worker.py")
_START_SECONDS = 20.0
_WALL_SECONDS = 3.0
"""Ends a check whose worker does not even run; the processor budget is the worker's own."""

_Answer: TypeAlias = "dict[str, Json]"


class _Lost(Exception):
    """The worker died or had to be killed; the message says why, as the end of a sentence."""


class SchemaValidator:
    """Owns one worker process."""

    def __init__(self, *, budget: float = 0.25, memory: int = 512 * 1024 * 1024) -> None:
        """*budget* is processor seconds for each check, *memory* bytes of address space."""
        self._budget = budget
        self._memory = memory
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._closed = False

    async def start(self) -> None:
        """Start the worker now, so that the first check does not wait for it."""
        async with self._turn:
            await self._running()

    async def check(self, schema: JsonObject, instance: Json, *, what: str) -> None:
        """Return when *instance* satisfies *schema*. Otherwise raises `ProtocolViolation`, which
        names *what*, the JSON path and what was expected there.
        """
        if problem := await self._problem(schema, instance, what):
            raise ProtocolViolation(f"{what} does not fit its schema: {problem}.")

    async def check_arguments(
        self, schema: JsonObject, arguments: JsonObject, *, tool: str
    ) -> None:
        """As `check`, for the arguments of *tool*: a misfit is a `UserFacingError`."""
        what = f"the arguments of {one_line(tool, limit=80)}"
        if problem := await self._problem(schema, arguments, what):
            raise UserFacingError(f"{what} do not fit: {problem}. Nothing was sent.")

    async def require_usable(self, schema: JsonObject, what: str) -> None:
        """Return when something can be checked against *schema* at all. Otherwise raises
        `ProtocolViolation`, which names *what*.
        """
        await self._problem(schema, {}, what)

    async def close(self) -> None:
        """End the worker, within a second or so."""
        self._closed = True
        async with self._turn:
            await self._discard(patience=0.5)

    async def _problem(self, schema: JsonObject, instance: Json, what: str) -> str:
        """What does not fit, with its place; empty when everything does."""
        try:
            dialect, encoded = encode_schema(schema)
            question = await _encoded([dialect.value, instance])
            async with self._turn:
                answer = await self._ask(encoded, question)
            if answer.get("part") == "schema":
                raise ProtocolViolation(_misfit(answer))
        except (ProtocolViolation, _Lost, ValueError, RecursionError) as error:
            raise ProtocolViolation(
                f"{what} cannot be checked, the schema is unusable: {error}."
            ) from error
        return _misfit(answer) if answer else ""

    async def _ask(self, schema: bytes, question: bytes) -> _Answer:
        process = await self._running()
        done = False
        try:
            async with asyncio.timeout(_WALL_SECONDS):
                answer = await _exchange(process, schema, question)
            done = True
            return answer
        except TimeoutError as error:
            raise _Lost(f"checking took longer than {_WALL_SECONDS:g} s") from error
        except (OSError, EOFError) as error:
            raise _Lost(await self._cause(process)) from error
        finally:
            if not done:  # also when the caller was cancelled: an answer is still on its way
                await self._discard()

    async def _cause(self, process: asyncio.subprocess.Process) -> str:
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await process.wait()
        if process.returncode == -signal.SIGPROF:
            return f"checking took longer than {self._budget * 1000:g} ms"
        return "checking needed more memory than it may have"

    async def _running(self) -> asyncio.subprocess.Process:
        """The worker, started if there is none."""
        if self._closed:
            raise HostBugError("the schema checker was used after it was closed")
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self._discard()
        started = False
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", str(_WORKER), str(self._budget), str(self._memory)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
                start_new_session=True,
            )
            async with asyncio.timeout(_START_SECONDS):
                await _receive(self._process)
            started = True
            return self._process
        except (OSError, EOFError, TimeoutError) as error:
            raise HostBugError("the schema checker could not be started") from error
        finally:
            if not started:
                await self._discard()

    async def _discard(self, *, patience: float = 0.0) -> None:
        """End the worker: let it go by itself for *patience* seconds, then kill it."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if patience:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await process.wait()
        if process.returncode is None:
            _kill(process)
        await process.wait()


def _kill(process: asyncio.subprocess.Process) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    # Not `process.kill()`: it asks first whether the worker has ended, and when it has, asyncio's
    # own watcher finds nothing any more and warns of an unknown child.
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)


async def _encoded(question: Json) -> bytes:
    """*question* as JSON; a large one is made beside the loop, which must go on."""
    if is_small(question):
        return encode(question, limit=MAX_INSTANCE)
    return await asyncio.to_thread(encode, question, limit=MAX_INSTANCE)


async def _exchange(process: asyncio.subprocess.Process, schema: bytes, question: bytes) -> _Answer:
    if process.stdin is None:
        raise EOFError
    for part in (schema, question):
        process.stdin.write(struct.pack(">I", len(part)) + part)
    await process.stdin.drain()
    return await _receive(process)


async def _receive(process: asyncio.subprocess.Process) -> _Answer:
    if process.stdout is None:
        raise EOFError
    (length,) = struct.unpack(">I", await process.stdout.readexactly(4))
    return cast("_Answer", json.loads(await process.stdout.readexactly(length)))


def _misfit(answer: _Answer) -> str:
    message = one_line(str(answer.get("message")), limit=300).rstrip(".")
    return f"at `{_pointer(answer.get('path'))}`, {message}"


def _pointer(path: Json) -> str:
    """RFC 6901, `/` for the whole."""
    parts = path if isinstance(path, Sequence) and not isinstance(path, str) else ()
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return one_line("/" + "/".join(escaped), limit=200)
