"""Reading the log: by the activity pane, `mcphost audit tail`, export.

Law: opens read-only, so it works beside a writer, in another process, and can change nothing. What
it reads is shown, not believed: `verify.py` is the judge of the chain. Any thread.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from mcphost.audit.sentence import audit_line
from mcphost.domain.json import Json
from mcphost.domain.summaries import AuditLine
from mcphost.storage.database import open_read_only

_PAGE = 500


class AuditReader:
    """The rows of one log file."""

    def __init__(self, path: Path) -> None:
        self._database = open_read_only(path)

    def tail(self, count: int) -> list[AuditLine]:
        """The last *count* rows, oldest first."""
        rows = self._database.execute(
            "SELECT body FROM row ORDER BY seq DESC LIMIT ?", (max(count, 0),)
        )
        return [audit_line(body) for (body,) in reversed(rows)]

    def row(self, seq: int) -> bytes | None:
        """The exact body of one row."""
        found = self._database.execute("SELECT body FROM row WHERE seq = ?", (seq,))
        return found[0][0] if found else None

    def rows(self, run: str | None = None) -> Iterator[bytes]:
        """The exact bodies of all rows, or of those of one *run*, oldest first."""
        after = 0
        while True:
            page = self._database.execute(
                "SELECT seq, body FROM row WHERE seq > ? ORDER BY seq LIMIT ?", (after, _PAGE)
            )
            for seq, body in page:
                after = seq
                if run is None or _run_of(body) == run:
                    yield body
            if len(page) < _PAGE:
                return

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _run_of(body: bytes) -> str | None:
    try:
        row: Json = json.loads(body)
    except (ValueError, RecursionError):
        return None
    match row:
        case {"run": str(run)}:
            return run
        case _:
            return None
