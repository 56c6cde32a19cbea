"""The grants of Apps that are kept with the approval of their template, in `state.db`.

Law: (1) a grant is found only by the whole pin it was given to: the server's identity, the
template's address, its bytes and its metadata; (2) what cannot be read is not granted. Calls are
short and synchronous; the loop thread makes them.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcphost.domain.app_grant import AppGrant, AppGrantKind, parse_grant
from mcphost.domain.template import TemplatePin
from mcphost.storage.database import Database

_PIN = "server_identity = ? AND uri = ? AND content = ? AND meta = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptGrant:
    """One stored grant. *given_at* is Unix seconds."""

    grant: AppGrant
    given_at: float
    given_by: str


class AppGrantBook:
    """The `app_grant` table of `state.db`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, pin: TemplatePin, kept: KeptGrant) -> None:
        """Remember *kept* for *pin*; durable when this returns. One that is there stays as it is.
        Raises `StorageError`.
        """
        self._database.execute(
            "INSERT OR IGNORE INTO app_grant "
            "(server_identity, uri, content, meta, name, given_at, given_by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*_key(pin), kept.grant.name, kept.given_at, kept.given_by),
        )

    def of(self, pin: TemplatePin) -> tuple[KeptGrant, ...]:
        """What *pin* was given, by name."""
        rows = self._database.execute(
            f"SELECT name, given_at, given_by FROM app_grant WHERE {_PIN} ORDER BY name",
            _key(pin),
        )
        return tuple(kept for row in rows if (kept := _kept(*row)) is not None)

    def held_anywhere(self, kind: AppGrantKind) -> bool:
        """Whether any template was given something of *kind* that has no host. It counts only
        where the template still stands approved, and falls with it.
        """
        rows = self._database.execute("SELECT 1 FROM app_grant WHERE name = ? LIMIT 1", (kind,))
        return bool(rows)

    def with_kind(self, kind: AppGrantKind) -> list[tuple[str, str, str, str, float]]:
        """Server identity, address, content, metadata and moment of every grant of *kind* that has
        no host.
        """
        rows = self._database.execute(
            "SELECT server_identity, uri, content, meta, given_at FROM app_grant WHERE name = ?",
            (kind,),
        )
        return [(str(a), str(b), str(c), str(d), float(at)) for a, b, c, d, at in rows]

    def forget(self, pin: TemplatePin, grant: AppGrant) -> None:
        """Take *grant* back; a missing one is fine."""
        self._database.execute(
            f"DELETE FROM app_grant WHERE {_PIN} AND name = ?", (*_key(pin), grant.name)
        )

    def forget_all(self, pin: TemplatePin) -> None:
        """Take back whatever *pin* was given."""
        self._database.execute(f"DELETE FROM app_grant WHERE {_PIN}", _key(pin))


def _key(pin: TemplatePin) -> tuple[str, str, str, str]:
    return (pin.server_identity, pin.uri, pin.content, pin.meta)


def _kept(name: str, at: float, by: str) -> KeptGrant | None:
    try:
        return KeptGrant(grant=parse_grant(name), given_at=at, given_by=by)
    except ValueError:
        return None
