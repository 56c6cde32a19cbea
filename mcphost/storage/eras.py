"""Which protocol era each server spoke when it was last reached, by server identity.

Law: it is a memory, no permission: the servers room decides what a changed era means. Loop thread.
"""

from __future__ import annotations

from mcphost.domain.errors import StorageError
from mcphost.domain.ids import Digest
from mcphost.domain.tool import Era
from mcphost.storage.database import Database


class EraBook:
    """The `era` table of `state.db`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remembered(self, identity: Digest) -> Era | None:
        """The era of the server with *identity*, if it was ever reached."""
        found = self._find(identity)
        try:
            return None if found is None else Era(found[0])
        except ValueError as error:
            raise StorageError("a stored era is none that this version knows.") from error

    def protocol_version(self, identity: Digest) -> str:
        """The protocol version it spoke then; empty when that is not known."""
        found = self._find(identity)
        return "" if found is None else found[1]

    def remember(self, identity: Digest, era: Era, protocol_version: str = "") -> None:
        """Keep how the server with *identity* speaks."""
        self._database.execute(
            "INSERT INTO era (server_identity, era, protocol_version) VALUES (?, ?, ?) "
            "ON CONFLICT (server_identity) DO UPDATE SET "
            "era = excluded.era, protocol_version = excluded.protocol_version",
            (identity, era.value, protocol_version),
        )

    def forget(self, identity: Digest) -> None:
        """Forget it: the next connection probes anew."""
        self._database.execute("DELETE FROM era WHERE server_identity = ?", (identity,))

    def _find(self, identity: Digest) -> tuple[str, str] | None:
        rows = self._database.execute(
            "SELECT era, protocol_version FROM era WHERE server_identity = ?", (identity,)
        )
        return (rows[0][0], rows[0][1]) if rows else None
