"""What a local server wrote to its stderr, and how each of its runs ended: bounded, kept in memory.

Law: the newest `limit` bytes are kept and nothing more, however much is written; what a server
writes here is never taken for an error by itself, and is shown as plain, sanitised text. Loop
thread.
"""

from __future__ import annotations

from mcphost.domain.text import visible


class ServerLog:
    """The last words of one server, over all its runs."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._cut = False

    def hear(self, noise: bytes) -> None:
        """Keep *noise*, dropping the oldest for it."""
        self._kept += noise[-self._limit :]
        if len(self._kept) > self._limit:
            del self._kept[: len(self._kept) - self._limit]
            self._cut = True

    def note(self, words: str) -> None:
        """A line of the host's own, between those of the server."""
        start = b"" if not self._kept or self._kept.endswith(b"\n") else b"\n"
        self.hear(start + f"[mcphost] {words}\n".encode())

    @property
    def text(self) -> str:
        """All of it, safe to show."""
        lines = self._kept.decode("utf-8", "replace")
        if self._cut:
            lines = lines.partition("\n")[2] or lines
        return visible(lines.replace("\r\n", "\n"), limit=self._limit)
