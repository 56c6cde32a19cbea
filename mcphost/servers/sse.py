"""Server-sent events, bounded and in linear time. Pure; called by the HTTP transport.

Law: (1) an event's data is held up to the limit and no further; (2) comments are ignored; (3) lines
may end in CR, LF or CRLF, also when the pair is split between two chunks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mcphost.domain.errors import ProtocolViolation

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"
_EVENT_ID = re.compile(r"[\x21-\x7e]{1,1024}")
_RETRY = 1.0
_LONGEST_RETRY = 30.0
BITE = 4_096
"""Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent:
    """One dispatched event. *data* may be empty: such an event only carries an id."""

    event: str
    data: bytes
    id: str | None
    retry: int | None


class Bookmark:
    """Where an event stream can be taken up again, and how soon."""

    def __init__(self) -> None:
        self.last_id: str | None = None
        self.retry = _RETRY

    def follow(self, event: ServerEvent) -> None:
        """Note what *event* says about it."""
        if event.id is not None and _EVENT_ID.fullmatch(event.id):
            self.last_id = event.id
        if event.retry is not None:
            self.retry = min(event.retry / 1000, _LONGEST_RETRY)


def bites(chunk: bytes) -> Iterator[bytes]:
    """*chunk* in pieces of a few milliseconds' work: it may hold ten thousand empty lines."""
    for start in range(0, len(chunk), BITE):
        yield chunk[start : start + BITE]


class EventSplitter:
    """Feed chunks, get events. Raises `ProtocolViolation` for one that is too large."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pending = bytearray()
        self._skip_lf = False
        self._first = True
        self._reset()

    def feed(self, chunk: bytes) -> Iterator[ServerEvent]:
        """The events that *chunk* completes."""
        if not chunk:
            return
        after_cr, self._skip_lf = self._skip_lf, chunk.endswith(b"\r")
        if after_cr:
            chunk = chunk.removeprefix(b"\n")
        start = 0
        for end in _LINE_END.finditer(chunk):
            event = self._line(self._take(chunk[start : end.start()]))
            start = end.end()
            if event is not None:
                yield event
        self._hold(chunk[start:])

    def _hold(self, piece: bytes) -> None:
        if piece:
            self._pending += piece
            self._check(len(self._pending))

    def _take(self, piece: bytes) -> bytes:
        line = bytes(self._pending) + piece if self._pending else piece
        self._pending = bytearray()
        if self._first:
            self._first = False
            line = line.removeprefix(_BOM)
        return line

    def _check(self, more: int) -> None:
        if len(self._data) + more > self._limit + 1:
            raise ProtocolViolation(f"an event of more than {self._limit} bytes")

    def _line(self, line: bytes) -> ServerEvent | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        match field:
            case b"data":
                self._check(len(value) + 1)
                self._data += value
                self._data += b"\n"
            case b"event":
                self._event = value.decode("utf-8", "replace")
            case b"id" if b"\0" not in value:
                self._id = value.decode("utf-8", "replace")
            case b"retry" if value.isdigit() and len(value) < 10:
                self._retry = int(value)
            case _:
                pass
        return None

    def _dispatch(self) -> ServerEvent | None:
        if not self._data and self._id is None and self._retry is None:
            self._reset()
            return None
        event = ServerEvent(
            event=self._event or "message",
            data=bytes(self._data[:-1]),
            id=self._id,
            retry=self._retry,
        )
        self._reset()
        return event

    def _reset(self) -> None:
        self._data = bytearray()  # one growing block: a million empty lines are a million bytes
        self._event = ""
        self._id: str | None = None
        self._retry: int | None = None
