"""What is remembered of tools, by server identity and name, in `state.db`.

Law: a pin outlives the tool's removal, so that what comes back is held against it; only a review or
a first sight writes one. Short and synchronous; the loop thread makes the calls.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcphost.domain.errors import StorageError
from mcphost.domain.ids import Digest
from mcphost.domain.json import JsonObject, canonical_bytes
from mcphost.storage.database import Database

_COLUMNS = "tool, digest, definition, pinned_at, reviewer, offered_digest, offered, offered_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinRow:
    """One remembered tool, and the definition that waits for a review, if any."""

    tool: str
    digest: Digest
    definition: JsonObject
    pinned_at: float
    reviewer: str
    offered_digest: Digest | None = None
    offered: JsonObject | None = None
    offered_at: float | None = None


class PinTable:
    """The `tool_pin` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, identity: Digest) -> Mapping[str, PinRow]:
        """Everything remembered of one server, by the tool's name."""
        rows = self._database.execute(
            f"SELECT {_COLUMNS} FROM tool_pin WHERE server_identity = ?", (identity,)
        )
        return {row[0]: _row(row) for row in rows}

    def digest(self, identity: Digest, tool: str) -> tuple[Digest, str] | None:
        """The remembered digest of one tool, and who looked at it."""
        rows = self._database.execute(
            "SELECT digest, reviewer FROM tool_pin WHERE server_identity = ? AND tool = ?",
            (identity, tool),
        )
        return (Digest(rows[0][0]), rows[0][1]) if rows else None

    def find(self, identity: Digest, tool: str) -> PinRow | None:
        """One remembered tool."""
        rows = self._database.execute(
            f"SELECT {_COLUMNS} FROM tool_pin WHERE server_identity = ? AND tool = ?",
            (identity, tool),
        )
        return _row(rows[0]) if rows else None

    def size(self, identity: Digest) -> int:
        """Characters that are kept of one server's definitions."""
        [(size,)] = self._database.execute(
            "SELECT coalesce(sum(length(definition) + length(coalesce(offered, ''))), 0) "
            "FROM tool_pin WHERE server_identity = ?",
            (identity,),
        )
        return int(size)

    def save(self, identity: Digest, row: PinRow) -> None:
        """Remember *row*; durable when this returns."""
        self._database.execute(
            f"INSERT OR REPLACE INTO tool_pin (server_identity, {_COLUMNS}) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                identity,
                row.tool,
                row.digest,
                canonical_bytes(row.definition).decode(),
                row.pinned_at,
                row.reviewer,
                row.offered_digest,
                None if row.offered is None else canonical_bytes(row.offered).decode(),
                row.offered_at,
            ),
        )


def _row(row: tuple[Any, ...]) -> PinRow:
    tool, digest, definition, pinned_at, reviewer, offered_digest, offered, offered_at = row
    return PinRow(
        tool=tool,
        digest=Digest(digest),
        definition=_object(definition),
        pinned_at=pinned_at,
        reviewer=reviewer,
        offered_digest=None if offered_digest is None else Digest(offered_digest),
        offered=None if offered is None else _object(offered),
        offered_at=offered_at,
    )


def _object(text: str) -> JsonObject:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StorageError("a remembered tool cannot be read.") from error
    if not isinstance(value, dict):
        raise StorageError("a remembered tool cannot be read.")
    return value  # pyright: ignore[reportUnknownVariableType]
