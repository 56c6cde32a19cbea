"""The stdio transport: one message per line, both ways, over a local server's two pipes.

Law: (1) lines are bounded and read in linear time; (2) frames leave in the order in which
`before_send` saw them; (3) an answer that is broken fails the one call it belongs to; (4) when the
process ends, every call in flight fails at once and says how it ended. Loop thread only.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from mcphost.domain.errors import ProtocolViolation, ServerError, ServerUnreachable
from mcphost.domain.ports import Exchange, OutboundFrame
from mcphost.protocol.jsonrpc import (
    ErrorResponse,
    Message,
    MessageId,
    Notification,
    Request,
    Response,
)
from mcphost.protocol.mcp import BATCHING
from mcphost.servers.call import Call
from mcphost.servers.limits import ServerLimits
from mcphost.servers.lines import LineSplitter, TooLong
from mcphost.servers.outbound import depart
from mcphost.servers.pace import Breather
from mcphost.servers.process import ServerProcess
from mcphost.servers.reading import read_messages
from mcphost.servers.sse import Bookmark
from mcphost.servers.wire import Incoming

_log = logging.getLogger(__name__)
_CHUNK: Final = 256 * 1024
_EDGE: Final = 2048
_REMEMBERED: Final = 1024
_MESSAGE: Final = re.compile(rb"\{|\[\s*[{\]]")
"""How a message begins, or several in a list."""
_ID = re.compile(rb'"id"\s*:\s*"?(\d{1,15})')


class OnEnd(Protocol):
    """Told once how a process ended, and whether nobody had asked it to."""

    def __call__(self, how: str, /, *, unasked: bool) -> None:
        """It ended."""
        ...


class StdioWire:
    """The pipes of one process, and who waits for what on them."""

    over_http = False
    authorization_context = ""  # a local server takes its credentials from its environment
    credentials = None
    session: str | None = None

    def __init__(
        self,
        process: ServerProcess,
        *,
        title: str,
        limits: ServerLimits,
        on_end: OnEnd,
    ) -> None:
        self.incoming: Incoming = _ignore
        self.version = ""
        self._process = process
        self._title = title
        self._limits = limits
        self._on_end = on_end
        self._ids = itertools.count(1)
        self._sending = asyncio.Lock()
        self._waiting: dict[int, asyncio.Future[Response | ErrorResponse]] = {}
        self._lasting: set[int] = set()
        self._settled: deque[MessageId] = deque(maxlen=_REMEMBERED)
        self._fate: str | None = None
        self._spoke = False
        self._closing = False
        self._reader = asyncio.create_task(self._read(), name=f"stdio {title}")

    @property
    def alive(self) -> bool:
        """Whether the process still talks."""
        return self._fate is None and not self._reader.done()

    @property
    def last_words(self) -> str:
        """What it wrote last on its standard error, or as a banner on its output."""
        return self._process.last_line

    def forget_session(self) -> None:
        """A process is its own session; there is nothing to forget."""

    def next_id(self) -> int:
        """An id that this process has never seen."""
        return next(self._ids)

    async def call(self, call: Call, frame: OutboundFrame) -> Response | ErrorResponse:
        """Write the request and wait for the line that answers it."""
        if not self.alive:
            raise self._ended()
        answer: asyncio.Future[Response | ErrorResponse] = (
            asyncio.get_running_loop().create_future()
        )
        self._waiting[call.id] = answer
        if call.lasting:
            self._lasting.add(call.id)
        try:
            await self._write(frame, call.exchange, call)
            return await answer
        finally:
            del self._waiting[call.id]
            self._lasting.discard(call.id)
            self._settled.append(call.id)
            if answer.done() and not answer.cancelled():
                answer.exception()

    async def tell(self, frame: OutboundFrame, exchange: Exchange) -> None:
        """Write a line that wants no answer."""
        if not self.alive:
            raise self._ended()
        await self._write(frame, exchange, None)

    async def listen(
        self, exchange: Exchange, bookmark: Bookmark, opened: Callable[[], None]
    ) -> bool:
        """A pipe is heard all the time; it has no second stream."""
        del exchange, bookmark, opened
        return False

    async def offers_old_endpoint(self, exchange: Exchange) -> bool:
        """A pipe is no old HTTP server."""
        del exchange
        return False

    def break_off(self) -> None:
        """The process tree is ended by `trees`, which any thread may do."""

    def cut(self) -> None:
        """End the process tree at once."""
        self._closing = True
        self._fate = self._fate or "was stopped"
        self._process.kill()

    async def close(self, exchange: Exchange) -> None:
        """Stop the process tree. Nothing is said: closing stdin is the goodbye."""
        del exchange
        self._closing = True
        self._fate = self._fate or "was stopped"
        await self._process.stop()
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader
        self._bury()

    async def _write(self, frame: OutboundFrame, exchange: Exchange, call: Call | None) -> None:
        async def send(body: bytes) -> None:
            if call is not None:
                call.sent = True
            self._process.stdin.write(body + b"\n")
            await self._process.stdin.drain()

        async with self._sending:
            try:
                await depart(frame, exchange, send)
            except (BrokenPipeError, ConnectionResetError) as error:
                await asyncio.wait([self._reader], timeout=self._limits.stop)
                raise self._ended() from error

    def _ended(self) -> ServerUnreachable:
        how = self._fate or "closed its input"
        if not self._spoke and not self._closing:
            return ServerUnreachable(
                f"{self._title} ended before it said anything: it {how}. No tool of it was called. "
                "If its command is wrong, add the server anew with the right one; all that it "
                "wrote is in its log."
            )
        return ServerUnreachable(
            f"{self._title} {how}. The call was not sent again: it "
            "may have done its work. Connect the server again if it has not come back by itself."
        )

    async def _read(self) -> None:
        lines = LineSplitter(self._limits.message)
        breather = Breather()
        try:
            with suppress(ConnectionResetError):
                while chunk := await self._process.stdout.read(_CHUNK):
                    breather.begin()
                    for line in lines.feed(chunk):
                        await self._take(line)
                    await breather.rest()
            how = await self._process.obituary()
            self._fate = self._fate or how
        finally:
            self._fate = self._fate or "can no longer be read"
            self._bury()
        await self._process.stop()

    def _bury(self) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(self._ended())
        self._on_end(self._fate or "ended", unasked=not self._closing)
        self._on_end = _nobody

    async def _take(self, line: bytes | TooLong) -> None:
        if isinstance(line, TooLong):
            reason = f"a line of more than {self._limits.message} bytes"
            self._fail(ProtocolViolation(reason), line.start + line.end)
            return
        text = line if line.startswith(b"{") else line.strip()
        if _MESSAGE.match(text) is None:
            # Not a message and not a broken one either: some servers print a banner, or `[INFO] …`.
            self._process.hear(line + b"\n")
            return
        try:
            batches = self.version == BATCHING
            for message in await read_messages(text, self._limits, batches=batches):
                self._deliver(message)
        except ProtocolViolation as violation:
            self._fail(violation, text[:_EDGE] + text[-_EDGE:])

    def _deliver(self, message: Message) -> None:
        self._spoke = True
        if isinstance(message, Request | Notification):
            self.incoming(message, None)
            return
        answer = self._waiting.get(message.id) if isinstance(message.id, int) else None
        if answer is not None and not answer.done():
            answer.set_result(message)
        elif message.id is None and len(self._brief) == 1:
            self._settle_only(message)
        elif message.id not in self._settled:
            self._fail(ProtocolViolation("an answer whose id nobody asked for"), b"")

    @property
    def _brief(self) -> set[int]:
        """The calls that a message without a name can be about: a subscription is none of them."""
        return set(self._waiting) - self._lasting

    def _settle_only(self, message: Response | ErrorResponse) -> None:
        for number in self._brief:
            answer = self._waiting[number]
            if not answer.done():
                answer.set_result(message)

    def _fail(self, violation: ServerError, evidence: bytes) -> None:
        """Fail the call a broken line names, or the only one there is; else it is nobody's."""
        claimed = {int(found) for found in _ID.findall(evidence)} & self._waiting.keys()
        if not claimed and len(self._brief) == 1:
            claimed = self._brief
        if not claimed:
            _log.warning("%s sent %s; it answers no call", self._title, violation)
        for number in claimed:
            if not self._waiting[number].done():
                self._waiting[number].set_exception(violation)


def _ignore(message: Request | Notification, call: Call | None) -> None:
    del message, call


def _nobody(how: str, /, *, unasked: bool) -> None:
    del how, unasked
