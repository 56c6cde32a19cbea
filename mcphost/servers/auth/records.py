"""What is kept of sign-ins, as values and as text for the credential book.

Law: (1) tokens are bound to one issuer and one resource, a registration to one issuer; what does
not say so exactly is not used; (2) what cannot be read is as if it were not there; (3) every secret
is a `Secret` outside the text itself. Loop thread.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from mcphost.domain.authorization import CredentialBook, client_secret_name
from mcphost.domain.secret import Secret
from mcphost.domain.server import ServerConfig
from mcphost.protocol.oauth_token import Registration

MACHINE_KINDS: Final = frozenset({"client_credentials", "enterprise", "workload"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """One grant. *asked* are the scopes requested so far, *granted* what was given (None: all).
    *account* tells this sign-in from every other; it outlives a refresh.
    """

    issuer: str
    resource: str
    token_endpoint: str
    client: Registration
    asked: tuple[str, ...]
    granted: tuple[str, ...] | None
    access: Secret
    refresh: Secret | None
    expires_at: float
    account: str
    dpop_key: Secret | None = None
    machine: bool = False
    revocation_endpoint: str = ""
    """Where they are given back (RFC 7009); empty: nowhere."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """What may be done with it, as far as is known."""
        return self.asked if self.granted is None else self.granted

    @property
    def context(self) -> str:
        """A digest of account and scopes, from which nothing can be read."""
        parts = [self.account, self.issuer, self.resource, *sorted(self.scopes)]
        return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineGrant:
    """How a program signs in where no person is: by its own credentials (`client_credentials`), by
    an identity provider of an enterprise (`enterprise`) or by its workload's identity (`workload`).
    """

    kind: str
    client_id: str
    issuer: str = ""
    """The one authorization server it is for; empty: it has not been used, and the first is it."""
    client_secret: Secret | None = None
    private_key: Secret | None = None
    algorithm: str = ""
    id_token: Secret | None = None
    idp_issuer: str = ""
    idp_client_id: str = ""
    idp_token_endpoint: str = ""
    assertion: Secret | None = field(default=None)


class Records:
    """The credential book, as this room reads and writes it."""

    def __init__(self, book: CredentialBook) -> None:
        self._book = book

    async def tokens(self, config: ServerConfig) -> Tokens | None:
        """The tokens of *config*."""
        found = await self._load(_tokens_name(config))
        if found is None:
            return None
        try:
            return _tokens_from(found)
        except (KeyError, TypeError, ValueError):
            return None

    async def keep_tokens(self, config: ServerConfig, tokens: Tokens) -> None:
        """Keep *tokens* for *config*. Raises `StorageError`."""
        await self._save(_tokens_name(config), _tokens_to(tokens))

    async def forget_tokens(self, config: ServerConfig) -> None:
        """Forget the tokens of *config*. Raises `StorageError`."""
        await self._book.forget(_tokens_name(config))

    async def registration(self, issuer: str, redirect_uri: str) -> Registration | None:
        """What was registered at exactly *issuer* for exactly *redirect_uri*."""
        found = await self._load(_client_name(issuer))
        if found is None or (found.get("issuer"), found.get("redirect_uri")) != (
            issuer,
            redirect_uri,
        ):
            return None
        try:
            return _registration_from(found["client"])
        except (KeyError, TypeError, ValueError):
            return None

    async def keep_registration(self, issuer: str, redirect_uri: str, client: Registration) -> None:
        """Keep *client* for *issuer*. Raises `StorageError`."""
        document = {"issuer": issuer, "redirect_uri": redirect_uri, "client": _client_to(client)}
        await self._save(_client_name(issuer), document)

    async def forget_registration(self, issuer: str) -> None:
        """Forget what was registered at *issuer*. Raises `StorageError`."""
        await self._book.forget(_client_name(issuer))

    async def bound_issuer(self, config: ServerConfig) -> str:
        """The issuer a pre-registered client id of *config* was first used with."""
        found = await self._load(_bound_name(config))
        return "" if found is None else str(found.get("issuer", ""))

    async def bind_issuer(self, config: ServerConfig, issuer: str) -> None:
        """Use the pre-registered client id of *config* with *issuer* alone from now on."""
        await self._save(_bound_name(config), {"issuer": issuer})

    async def secret(self, name: str) -> Secret | None:
        """A secret that a person gave."""
        text = await self._book.load(name)
        return None if text is None else Secret(text)

    async def machine_grant(self, config: ServerConfig) -> MachineGrant | None:
        """How this program itself signs in to *config*, if it does."""
        found = await self._load(_grant_name(config))
        return None if found is None else _grant_from(found)

    async def keep_machine_grant(self, config: ServerConfig, grant: MachineGrant) -> None:
        """Sign in to *config* by *grant* from now on. Raises `StorageError`."""
        await self._save(_grant_name(config), _grant_to(grant))

    async def forget_machine_grant(self, config: ServerConfig) -> None:
        """Let a person sign in to *config* again. Raises `StorageError`."""
        await self._book.forget(_grant_name(config))

    async def forget_server(self, config: ServerConfig) -> None:
        """Forget everything that is kept for *config* alone. Raises `StorageError`."""
        for name in (
            _tokens_name(config),
            _grant_name(config),
            _bound_name(config),
            client_secret_name(config.key),
        ):
            await self._book.forget(name)

    async def _load(self, name: str) -> dict[str, Any] | None:
        text = await self._book.load(name)
        if text is None:
            return None
        try:
            found = json.loads(text)
        except ValueError:
            return None
        return cast("dict[str, Any]", found) if isinstance(found, dict) else None

    async def _save(self, name: str, document: Mapping[str, object]) -> None:
        await self._book.save(name, json.dumps(document))


def _tokens_name(config: ServerConfig) -> str:
    return f"tokens:{_short(config.key)}:{config.identity[:32]}"


def _bound_name(config: ServerConfig) -> str:
    return f"bound:{_short(config.key)}:{_short(config.authorization.client_id)}"


def _grant_name(config: ServerConfig) -> str:
    return f"grant:{_short(config.key)}:{config.identity[:32]}"


def _client_name(issuer: str) -> str:
    return f"client:{_short(issuer)}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _shown(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def _hidden(text: object) -> Secret | None:
    return Secret(text) if isinstance(text, str) else None


def _client_to(client: Registration) -> dict[str, object]:
    return {
        "client_id": client.client_id,
        "secret": _shown(client.secret),
        "auth_method": client.auth_method,
        "expires_at": client.expires_at,
    }


def _registration_from(found: Mapping[str, Any]) -> Registration:
    return Registration(
        client_id=str(found["client_id"]),
        secret=_hidden(found["secret"]),
        auth_method=str(found["auth_method"]),
        expires_at=float(found["expires_at"]),
    )


def _tokens_to(tokens: Tokens) -> dict[str, object]:
    return {
        "issuer": tokens.issuer,
        "resource": tokens.resource,
        "token_endpoint": tokens.token_endpoint,
        "client": _client_to(tokens.client),
        "asked": list(tokens.asked),
        "granted": None if tokens.granted is None else list(tokens.granted),
        "access": tokens.access.reveal(),
        "refresh": _shown(tokens.refresh),
        "expires_at": tokens.expires_at,
        "account": tokens.account,
        "dpop_key": _shown(tokens.dpop_key),
        "machine": tokens.machine,
        "revocation_endpoint": tokens.revocation_endpoint,
    }


def _tokens_from(found: Mapping[str, Any]) -> Tokens:
    granted = found["granted"]
    return Tokens(
        issuer=str(found["issuer"]),
        resource=str(found["resource"]),
        token_endpoint=str(found["token_endpoint"]),
        client=_registration_from(found["client"]),
        asked=tuple(str(scope) for scope in found["asked"]),
        granted=None if granted is None else tuple(str(scope) for scope in granted),
        access=Secret(str(found["access"])),
        refresh=_hidden(found["refresh"]),
        expires_at=float(found["expires_at"]),
        account=str(found["account"]),
        dpop_key=_hidden(found["dpop_key"]),
        machine=found["machine"] is True,
        revocation_endpoint=str(found.get("revocation_endpoint", "")),
    )


_GRANT_TEXTS: Final = (
    "kind",
    "client_id",
    "issuer",
    "algorithm",
    "idp_issuer",
    "idp_client_id",
    "idp_token_endpoint",
)
_GRANT_SECRETS: Final = ("client_secret", "private_key", "id_token", "assertion")


def _grant_to(grant: MachineGrant) -> dict[str, object]:
    texts: dict[str, object] = {name: getattr(grant, name) for name in _GRANT_TEXTS}
    return {**texts, **{name: _shown(getattr(grant, name)) for name in _GRANT_SECRETS}}


def _grant_from(found: Mapping[str, Any]) -> MachineGrant | None:
    if found.get("kind") not in MACHINE_KINDS:
        return None
    texts: dict[str, Any] = {name: str(found.get(name, "")) for name in _GRANT_TEXTS}
    hidden: dict[str, Any] = {name: _hidden(found.get(name)) for name in _GRANT_SECRETS}
    return MachineGrant(**texts, **hidden)
