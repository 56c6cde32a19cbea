"""JSON lines export: each row's exact canonical text, one row a line.

Law: nothing is re-serialised, so the digests can be computed from the export; a canonical row never
contains a raw line break. Called by `mcphost audit export`, any thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from mcphost.audit.reader import AuditReader


def export_lines(path: Path, *, run: str | None = None) -> Iterator[str]:
    """The rows of the log at *path*, or of one *run*, without line ends. Raises `StorageError`."""
    with closing(AuditReader(path)) as reader:
        for body in reader.rows(run):
            # What is no UTF-8 was not written by the host; the verifier names it.
            yield body.decode("utf-8", "backslashreplace")
