"""Lines from a pipe, bounded and in linear time. Pure; called by the stdio transport.

Law: a byte is looked at once and copied a constant number of times; a line that is too long is
never held: its first and last bytes are reported and the rest is dropped up to its end.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

_EDGE = 2048


@dataclass(frozen=True, slots=True)
class TooLong:
    """A line over the limit, of which only the two ends were kept."""

    start: bytes
    end: bytes


class LineSplitter:
    """Feed chunks, get whole lines without their line feed."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = bytearray()  # one growing block: small pieces cost no more than large ones
        self._dropped: TooLong | None = None

    def feed(self, chunk: bytes) -> deque[bytes | TooLong]:
        """The lines that *chunk* completes, in order."""
        done: deque[bytes | TooLong] = deque()
        pieces = chunk.split(b"\n")
        for piece in pieces[:-1]:
            self._add(piece)
            done.append(self._finish())
        self._add(pieces[-1])
        return done

    def _add(self, piece: bytes) -> None:
        if self._dropped is not None:
            self._dropped = TooLong(self._dropped.start, (self._dropped.end + piece)[-_EDGE:])
            return
        self._held += piece
        if len(self._held) > self._limit:
            self._dropped = TooLong(bytes(self._held[:_EDGE]), bytes(self._held[-_EDGE:]))
            self._held = bytearray()

    def _finish(self) -> bytes | TooLong:
        line = self._dropped or bytes(self._held)
        self._held = bytearray()
        self._dropped = None
        return line
