"""Who causes an action. Set by host code from the channel an action came by, never read from a
message.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mcphost.domain.ids import ServerKey, ViewId


class PrincipalKind(StrEnum):
    """The kinds of principal the policy knows."""

    USER = "user"
    MODEL = "model"
    VIEW = "view"
    AUTOMATION = "automation"
    HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """*ident* is `local` for the person, the model's name, the View's id, the policy file's digest,
    or `host`.
    """

    kind: PrincipalKind
    ident: str
    server: ServerKey | None = None
    """For a View: the server whose App it is."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.ident}"


USER = Principal(kind=PrincipalKind.USER, ident="local")
HOST = Principal(kind=PrincipalKind.HOST, ident="host")


def view_principal(view: ViewId, server: ServerKey) -> Principal:
    """The principal of one View."""
    return Principal(kind=PrincipalKind.VIEW, ident=view, server=server)
