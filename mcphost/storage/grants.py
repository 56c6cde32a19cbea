"""Standing grants, which outlive the program, in `state.db`.

Law: (1) a use is taken by one statement, so that two calls, two threads or two programs never share
the last one; (2) an ended grant is never in force again; (3) what cannot be read back is a
`StorageError`, never a grant. Short and synchronous.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mcphost.domain.decision import Tier
from mcphost.domain.errors import StorageError
from mcphost.domain.grant import Constraint, ConstraintRule, Grant, GrantScope
from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.principal import PrincipalKind
from mcphost.storage.database import Database

_COLUMNS = (
    "id, principal, ident, server_key, server_identity, tool, definition, policy, tier, words, "
    "constraints, issued_at, expires_at, max_uses, uses, used_at, ended_at, ended"
)


class GrantTable:
    """The `tool_grant` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, grant: Grant) -> None:
        """Keep *grant*; durable when this returns."""
        self._database.execute(
            f"INSERT INTO tool_grant ({_COLUMNS}) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                grant.id,
                grant.principal.value,
                grant.ident,
                grant.server,
                grant.identity,
                grant.tool,
                grant.definition,
                grant.policy,
                int(grant.tier),
                grant.words,
                _dump(grant.constraints),
                grant.issued_at,
                grant.expires_at,
                grant.max_uses,
                grant.uses,
                grant.used_at,
                grant.ended_at,
                grant.ended,
            ),
        )

    def all(self) -> tuple[Grant, ...]:
        """Every grant that is remembered, ended ones too, oldest first."""
        rows = self._database.execute(f"SELECT {_COLUMNS} FROM tool_grant ORDER BY issued_at, id")
        return tuple(_grant(row) for row in rows)

    def open_for(self, identity: Digest, tool: str) -> tuple[Grant, ...]:
        """The grants for one tool of one server that have not ended."""
        rows = self._database.execute(
            f"SELECT {_COLUMNS} FROM tool_grant "
            "WHERE server_identity = ? AND tool = ? AND ended_at IS NULL ORDER BY issued_at, id",
            (identity, tool),
        )
        return tuple(_grant(row) for row in rows)

    def get(self, ident: str) -> Grant | None:
        """One grant."""
        rows = self._database.execute(f"SELECT {_COLUMNS} FROM tool_grant WHERE id = ?", (ident,))
        return _grant(rows[0]) if rows else None

    def take(self, ident: str, *, now: float) -> bool:
        """Use it once, if it is still in force and not used up."""
        rows = self._database.execute(
            "UPDATE tool_grant SET uses = uses + 1, used_at = ? WHERE id = ? AND ended_at IS NULL "
            "AND uses < max_uses AND issued_at <= ? AND expires_at > ? RETURNING id",
            (now, ident, now, now),
        )
        return bool(rows)

    def end(self, ident: str, why: str, *, now: float) -> bool:
        """End it; whether it had not ended before."""
        rows = self._database.execute(
            "UPDATE tool_grant SET ended_at = ?, ended = ? WHERE id = ? AND ended_at IS NULL "
            "RETURNING id",
            (now, why, ident),
        )
        return bool(rows)

    def prune(self, *, before: float) -> None:
        """Forget what ended before then; the log still knows it."""
        self._database.execute(
            "DELETE FROM tool_grant WHERE ended_at IS NOT NULL AND ended_at < ?", (before,)
        )


def _dump(constraints: Sequence[Constraint]) -> str:
    return json.dumps([[c.pointer, c.rule.value, c.value] for c in constraints])


def _grant(row: tuple[Any, ...]) -> Grant:
    (ident, principal, who, key, identity, tool, definition, policy, tier, words, constraints) = (
        row[:11]
    )
    issued_at, expires_at, max_uses, uses, used_at, ended_at, ended = row[11:]
    try:
        return Grant(
            id=ident,
            principal=PrincipalKind(principal),
            ident=who,
            server=ServerKey(key),
            identity=Digest(identity),
            tool=tool,
            definition=Digest(definition),
            policy=policy,
            tier=Tier(tier),
            scope=GrantScope.STANDING,
            words=words,
            constraints=tuple(
                Constraint(pointer=str(pointer), rule=ConstraintRule(rule), value=str(value))
                for pointer, rule, value in json.loads(constraints)
            ),
            issued_at=issued_at,
            expires_at=expires_at,
            max_uses=max_uses,
            uses=uses,
            used_at=used_at,
            ended_at=ended_at,
            ended=ended,
        )
    except (ValueError, TypeError, RecursionError) as error:
        raise StorageError("a stored grant cannot be read; it covers nothing.") from error
