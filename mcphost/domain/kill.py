"""The kill switch in words: what a switch covers, and one that is on.

Law: a scope covers what it names and nothing is ever outside `all`; a text that is no scope raises.
Pure; the switch itself is `gate.kill`, its files are `storage.kill_flags`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mcphost.domain.ids import ConversationId, ServerKey, ViewId

_IDENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
FORMS: Final = "all, server:NAME, conversation:ID or view:ID"


class KillKind(StrEnum):
    """What a switch can be about."""

    ALL = "all"
    SERVER = "server"
    CONVERSATION = "conversation"
    VIEW = "view"


@dataclass(frozen=True, slots=True, kw_only=True)
class KillScope:
    """What is stopped. *ident* is empty for `all`."""

    kind: KillKind
    ident: str = ""

    def __str__(self) -> str:
        return self.kind.value if self.kind is KillKind.ALL else f"{self.kind.value}:{self.ident}"

    @property
    def words(self) -> str:
        """What is stopped, for a sentence."""
        match self.kind:
            case KillKind.ALL:
                return "everything"
            case KillKind.SERVER:
                return f"the server {self.ident}"
            case KillKind.CONVERSATION:
                return f"the conversation {self.ident}"
            case KillKind.VIEW:
                return f"the View {self.ident}"

    def covers(
        self,
        *,
        server: ServerKey | None = None,
        conversation: ConversationId | None = None,
        view: ViewId | None = None,
    ) -> bool:
        """Whether something of *server*, *conversation* and *view* is in scope."""
        match self.kind:
            case KillKind.ALL:
                return True
            case KillKind.SERVER:
                return server == self.ident
            case KillKind.CONVERSATION:
                return conversation == self.ident
            case KillKind.VIEW:
                return view == self.ident


ALL = KillScope(kind=KillKind.ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """A switch that is on: what it covers, who turned it, how, and when (Unix seconds)."""

    scope: KillScope
    who: str
    how: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What one switch has ended in this program."""

    views: int = 0
    actions: int = 0
    servers: int = 0
    connections: int = 0
    grants: int = 0


def parse_scope(text: str) -> KillScope:
    """`all`, `server:NAME`, `conversation:ID` or `view:ID`. Raises `ValueError`."""
    kind, colon, ident = text.strip().partition(":")
    try:
        known = KillKind(kind)
    except ValueError as error:
        raise ValueError(f"a scope is {FORMS}") from error
    if known is KillKind.ALL:
        if colon:
            raise ValueError(f"a scope is {FORMS}")
        return ALL
    if not _IDENT.fullmatch(ident):
        raise ValueError(f"a scope is {FORMS}")
    return KillScope(kind=known, ident=ident)
