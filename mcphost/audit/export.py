"""JSON lines export: each row's exact canonical text, one row a line.

Law: nothing is re-serialised, so the digests can be computed from the export; a canonical row never
contains a raw line break. Only what is shown on a terminal is not exact: `for_terminal`. Called by
`mcphost audit export` and `audit tail`, any thread.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from mcphost.audit.reader import AuditReader
from mcphost.domain.text import hides


def export_lines(path: Path, *, run: str | None = None) -> Iterator[str]:
    """The rows of the log at *path*, or of one *run*, without line ends. Raises `StorageError`."""
    with closing(AuditReader(path)) as reader:
        for body in reader.rows(run):
            yield line_of(body)


def line_of(body: bytes) -> str:
    """The exact text of a row; what is no UTF-8 was not written by the host (see the verifier)."""
    return body.decode("utf-8", "backslashreplace")


def for_terminal(line: str) -> str:
    """*line* with every character that hides or steers a terminal in JSON's own escape: the same
    JSON value, but no longer the bytes that the digests are over.
    """
    return "".join(_escaped(character) if hides(character) else character for character in line)


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1]
