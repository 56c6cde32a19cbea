"""Signing in to a server: the values that pass between transport, gate and person, and the ports.

Law: (1) no value here holds a secret: tokens, codes and verifiers stay in `servers.auth`; (2) what
a server or an authorization server said is parsed before it is put here, and still untrusted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from mcphost.domain.ids import ServerKey


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationSettings:
    """What a person chose about signing in to one server. Every default is the strict one, and none
    needs to be changed for a server that follows the specification.
    """

    client_id: str = ""
    """This program's id at the authorization server, registered there in advance; empty: none."""
    client_secret: bool = False
    """Whether a secret goes with *client_id*: the credential book has it under
    `client_secret_name`.
    """
    issuer: str = ""
    """The authorization server where *client_id* was registered; empty: whichever comes first."""
    metadata_url: str = ""
    """The https address of a document that describes this program (CIMD); empty: none."""
    pkce_unstated: bool = False
    """Sign in although the authorization server does not say that it supports PKCE."""
    legacy_endpoints: bool = False
    """Let a server without metadata be its own authorization server, as of 2025-03-26."""


STRICT = AuthorizationSettings()


def client_secret_name(server: ServerKey) -> str:
    """Where the credential book keeps the secret that a person gave with a client id."""
    return f"client-secret:{server}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """The Bearer challenge of a refusal (RFC 6750 §3, RFC 9728 §5.1): HTTP 401, or 403 with
    `insufficient_scope`. *scopes* are those of the challenge, in its order; () when it named none.
    """

    status: int
    scopes: tuple[str, ...] = ()
    error: str = ""
    untrusted_metadata_url: str | None = None
    operation: str = ""
    """What was refused, for counting tries: a method and what it is about."""
    dpop: bool = False
    """Whether tokens that are bound to a key are taken there (RFC 9449)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPlan:
    """What a person is asked to agree to before anything is opened. *issuer* is the exact string
    of the authorization server (RFC 8414), *resource* the canonical URI of RFC 8707; *added* are
    the scopes that were not asked for before (all of them, the first time).
    """

    server: ServerKey
    resource: str
    issuer: str
    scopes: tuple[str, ...]
    added: tuple[str, ...]
    known_as: str
    """How this program is known there, in words: registered in advance, by document, or anew."""
    page: str = ""
    """The origin of the page that opens; empty: that of *issuer*."""


class Doorway(Protocol):
    """One visit of a person to an authorization server."""

    @property
    def redirect_uri(self) -> str:
        """Where the browser is to come back to."""
        ...

    async def visit(self, url: str) -> str:
        """Open *url* in the person's own browser; the URL by which it came back, unchecked. Raises
        `UserFacingError` when nobody came back in time.
        """
        ...


OpenDoorway: TypeAlias = "Callable[[], AbstractAsyncContextManager[Doorway]]"
"""A doorway for one attempt; leaving it closes the listener."""


class CredentialBook(Protocol):
    """Where registrations and tokens are kept, by a name without secrets. Raises `StorageError`."""

    async def load(self, name: str) -> str | None:
        """The text kept under *name*."""
        ...

    async def save(self, name: str, secret: str) -> None:
        """Keep *secret* under *name*."""
        ...

    async def forget(self, name: str) -> None:
        """Forget what is kept under *name*; nothing happens when there is nothing."""
        ...


OnChallenge: TypeAlias = "Callable[[Challenge], Awaitable[None]]"
"""Signs a person in, or raises. When it returns, the request may be sent once more."""
