"""Grants: a yes that lasts for a conversation. In memory only; a restart forgets them.

Law: (1) a grant names one principal, one server identity, one tool definition and one conversation,
and covers nothing else: a model's never covers a View, a View's never a model or another View, and
a tool whose definition changes by one byte has none; (2) every grant expires; (3) all can be
revoked at once. Held by the `ConsentDesk`; loop thread only.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcphost.domain.ids import ConversationId, Digest, ServerKey
from mcphost.domain.principal import Principal, PrincipalKind
from mcphost.domain.server import ServerConfig
from mcphost.domain.tool import Tool

GRANT_SECONDS = 8 * 3600.0
MAX_GRANTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantKey:
    """Exactly what a grant is about."""

    principal: PrincipalKind
    ident: str
    server: ServerKey
    server_identity: Digest
    tool: str
    definition: Digest
    conversation: ConversationId


def grant_key(
    principal: Principal,
    config: ServerConfig,
    tool: Tool,
    conversation: ConversationId | None,
) -> GrantKey | None:
    """The key for *principal* calling *tool*, or None where no grant can exist."""
    if conversation is None:
        return None
    return GrantKey(
        principal=principal.kind,
        ident=principal.ident,
        server=config.key,
        server_identity=config.identity,
        tool=tool.name,
        definition=tool.definition_digest,
        conversation=conversation,
    )


class GrantBook:
    """The grants in force."""

    def __init__(self) -> None:
        self._until: dict[GrantKey, float] = {}

    def issue(self, key: GrantKey, *, now: float) -> float:
        """Grant *key*; returns when it expires."""
        self._until = {k: until for k, until in self._until.items() if until > now}
        if len(self._until) >= MAX_GRANTS:
            del self._until[next(iter(self._until))]
        self._until[key] = now + GRANT_SECONDS
        return self._until[key]

    def covers(self, key: GrantKey, *, now: float) -> bool:
        """Whether *key* is granted at *now*."""
        return self._until.get(key, now) > now

    def revoke_server(self, server: ServerKey) -> int:
        """Forget what was granted for *server* (removed or edited)."""
        kept = {key: until for key, until in self._until.items() if key.server != server}
        count = len(self._until) - len(kept)
        self._until = kept
        return count

    def __len__(self) -> int:
        """How many grants are remembered."""
        return len(self._until)
