"""How a person stands with each server: signed in or not, by their own command or a server's wish.

Law: (1) signing in walks the gate like everything else; (2) signing out and removing a server
forget every token and secret of it, after a row; (3) no secret is in what is told. Loop thread;
used by `mcphost.host.fleet` and the façade.
"""

from __future__ import annotations

import secrets

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.errors import NotConfigured, StorageError
from mcphost.domain.ids import InvocationId, ServerKey
from mcphost.domain.lineage import Lineage
from mcphost.domain.ports import AuditSink
from mcphost.domain.principal import Principal
from mcphost.domain.server import HttpEndpoint, ServerConfig
from mcphost.domain.summaries import Account, AccountState
from mcphost.domain.text import one_line
from mcphost.gate.path import Gate
from mcphost.gate.sign_in import METHOD
from mcphost.gate.sign_in_desk import SignIns
from mcphost.servers.auth.ports import Authorizations, SignInStatus
from mcphost.storage.credentials import KeyringBook


class Accounts:
    """All accounts of this host."""

    def __init__(
        self,
        *,
        gate: Gate,
        desk: Authorizations,
        sign_ins: SignIns,
        book: KeyringBook,
        audit: AuditSink,
    ) -> None:
        self._gate = gate
        self._desk = desk
        self._sign_ins = sign_ins
        self._book = book
        self._audit = audit
        self._known: dict[ServerKey, SignInStatus] = {}

    async def sign_in(self, config: ServerConfig, principal: Principal, lineage: Lineage) -> None:
        """Sign a person in who asked for it. Raises what stopped it."""
        if not isinstance(config.endpoint, HttpEndpoint):
            raise NotConfigured(
                f"{one_line(config.title)} is a local program: it takes its keys from its "
                "environment, and nobody signs in to it"
            )
        await self._gate.sign_in(
            Action(
                kind=ActionKind.SIGN_IN,
                principal=principal,
                lineage=lineage,
                invocation=InvocationId(secrets.token_hex(8)),
                method=METHOD,
                params={},
                server=config.key,
            )
        )
        await self.look(config)

    def give_up(self, key: ServerKey) -> None:
        """Stop waiting for the browser of a sign-in to *key*."""
        self._sign_ins.give_up(key)

    async def sign_out(self, config: ServerConfig) -> None:
        """Forget the tokens of *config*. Raises `StorageError`."""
        await self.look(config)
        await self._record_signed_out(config)
        await self._desk.sign_out(config)
        await self.look(config)

    async def _record_signed_out(self, config: ServerConfig) -> None:
        await self._audit.append(
            AuditRecord(
                kind=AuditKind.SIGNED_OUT,
                data={"issuer": self._known.get(config.key, SignInStatus()).issuer},
                principal="user:local",
                server=config.key,
            )
        )

    async def forget(self, config: ServerConfig) -> None:
        """Forget everything that is secret about a server that is being removed."""
        self._sign_ins.give_up(config.key)
        if isinstance(config.endpoint, HttpEndpoint):
            await self.look(config)
            if self._known.get(config.key, SignInStatus()).issuer:
                await self._record_signed_out(config)
            await self._desk.forget(config)
        self._known.pop(config.key, None)
        self._sign_ins.settle(config.key)

    async def look(self, config: ServerConfig) -> None:
        """Ask the book of credentials again; a silent keyring is as if nobody were signed in."""
        if not isinstance(config.endpoint, HttpEndpoint):
            return
        try:
            self._known[config.key] = await self._desk.status(config)
        except StorageError:
            self._known.pop(config.key, None)

    def standing(self, config: ServerConfig) -> Account | None:
        """How a person stands with *config*, as far as it is known; None for a local program."""
        if not isinstance(config.endpoint, HttpEndpoint):
            return None
        status = self._known.get(config.key, SignInStatus())
        return Account(
            state=self._state(config.key, status),
            issuer=one_line(status.issuer, limit=400),
            scopes=tuple(one_line(scope) for scope in status.scopes),
            until=status.until,
            renewable=status.renewable,
            kept=self._book.lasting,
        )

    def _state(self, key: ServerKey, status: SignInStatus) -> AccountState:
        if self._sign_ins.waits(key):
            return AccountState.WAITING
        if self._sign_ins.needed(key):
            return AccountState.NEEDED
        return AccountState.SIGNED_IN if status.issuer else AccountState.NONE
