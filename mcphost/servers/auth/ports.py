"""What the gate needs of this room, and what the room says of a sign-in.

Law: no value here holds a secret. `servers.auth.desk.AuthorizationDesk` is the real thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mcphost.domain.authorization import Challenge, Doorway, SignInPlan
from mcphost.domain.server import ServerConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInStatus:
    """How a person stands with one server. *issuer* is empty when nobody is signed in."""

    issuer: str = ""
    resource: str = ""
    scopes: tuple[str, ...] = ()
    renewable: bool = False
    """Whether it is renewed in silence when it expires."""
    until: float = 0.0
    """Unix seconds; 0: not said."""


class Authorizations(Protocol):
    """All sign-ins of this host. Loop thread."""

    async def plan(
        self, config: ServerConfig, challenge: Challenge | None, *, invocation: str
    ) -> SignInPlan:
        """Find out where and for what a person would sign in; nothing is opened or registered.
        *challenge* None means that the person asked for it: then earlier refusals are forgotten.

        Raises `SignInNeeded` when it was refused or tried too often before, `UserFacingError` when
        the server's word or its authorization server cannot be trusted, `ServerUnreachable`.
        """
        ...

    async def sign_in(self, plan: SignInPlan, doorway: Doorway, *, invocation: str) -> None:
        """Carry out *plan*, which was the last one made for its server: register if need be, send
        the person through *doorway*, take the tokens. Raises as `plan` does, and `StorageError`.
        """
        ...

    def refused(self, plan: SignInPlan) -> None:
        """The person does not want *plan*: a server that asks for the same again is told so."""
        ...

    async def sign_out(self, config: ServerConfig) -> None:
        """Forget the tokens of *config*, then give them back where that is possible. Raises
        `StorageError`.
        """
        ...

    async def forget(self, config: ServerConfig) -> None:
        """Forget everything that signing in to *config*, which is being removed, has left. Raises
        `StorageError`.
        """
        ...

    async def status(self, config: ServerConfig) -> SignInStatus:
        """How a person stands with *config*. Raises `StorageError`."""
        ...
