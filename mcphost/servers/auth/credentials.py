"""What one server is shown of a person: the token, on every request, and nowhere else.

Law: (1) a token leaves only for the origin and the resource it was given for; (2) one renewal at a
time, and whoever waited for it uses its result; (3) a refresh token is used once, where it came
from; what came of it is kept before it is used; (4) nothing is renewed that was new a moment ago:
then the server does not want it. `servers.wire.Credentials`; loop thread.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.authorization import Challenge
from mcphost.domain.errors import ServerUnreachable, UserFacingError
from mcphost.domain.json import Json
from mcphost.domain.ports import AuditSink
from mcphost.domain.text import one_line
from mcphost.protocol.headers import Headers
from mcphost.protocol.oauth_challenge import UNAUTHORIZED, USE_DPOP_NONCE
from mcphost.protocol.oauth_metadata import covers, origin_of
from mcphost.protocol.oauth_scopes import scopes_to_ask
from mcphost.servers.auth.discovery import discover
from mcphost.servers.auth.fetch import Errand, Fetcher
from mcphost.servers.auth.grants import machine_token
from mcphost.servers.auth.proof import DPOP_ALGORITHM, dpop_proof, new_dpop_key
from mcphost.servers.auth.records import MachineGrant, Records, Tokens
from mcphost.servers.auth.token_endpoint import Caller, TokenEndpoint, TokenRefused

EARLY: Final = 30.0
"""Seconds before its end at which a token is renewed; half of what is left of a shorter life."""
JUST_NOW: Final = 10.0
FINAL: Final = frozenset(
    {
        "invalid_grant",
        "invalid_client",
        "invalid_request",
        "invalid_scope",
        "invalid_target",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
"""The refusals after which a refresh token is of no use; everything else may pass."""
_MAX_NONCE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every server's credentials share."""

    fetcher: Fetcher
    endpoint: TokenEndpoint
    records: Records
    audit: AuditSink
    clock: Callable[[], float]


class ServerCredentials:
    """One for each configured HTTP server. Made by the desk."""

    def __init__(
        self, errand_of: Callable[[str], Errand], tools: Tools, on_settled: Callable[[str], None]
    ) -> None:
        """*errand_of* gives the errand for an invocation."""
        self._errand_of = errand_of
        self._tools = tools
        self._on_settled = on_settled
        self._turn = asyncio.Lock()
        self._tokens: Tokens | None = None
        self._loaded = False
        self._generation = 0
        self._renewed_at = float("-inf")
        self._early = EARLY
        self._nonce: str | None = None
        self._nonce_shown: str | None = None
        self._closed = False
        self._refreshing: set[asyncio.Task[bool]] = set()

    @property
    def context(self) -> str:
        """A digest of account and scopes; empty without any."""
        return "" if self._tokens is None else self._tokens.context

    @property
    def generation(self) -> int:
        """Rises whenever what is shown changes."""
        return self._generation

    async def tokens(self) -> Tokens | None:
        """The tokens in use, read from the book once."""
        if not self._loaded:
            async with self._turn:
                await self._load()
        return self._tokens

    async def headers(self, verb: str, url: str, invocation: str) -> Headers:
        """The token for one request, if there is one for exactly that place."""
        tokens = await self.tokens()
        if tokens is not None and self._ending(tokens) and tokens.refresh is not None:
            with suppress(ServerUnreachable, UserFacingError):  # the old one may still do
                await self._refresh_once(self._generation, invocation)
            tokens = self._tokens
        if tokens is None or not self._fits(tokens, url):
            return ()
        if tokens.dpop_key is None:
            return (("Authorization", f"Bearer {tokens.access.reveal()}"),)
        self._nonce_shown = self._nonce
        proof = dpop_proof(
            tokens.dpop_key,
            verb=verb,
            url=url,
            now=self._tools.clock(),
            nonce=self._nonce,
            token=tokens.access,
        )
        return (("Authorization", f"DPoP {tokens.access.reveal()}"), ("DPoP", proof))

    def hear(self, nonce: str) -> None:
        """The server wants *nonce* in the proofs to come."""
        if 0 < len(nonce) <= _MAX_NONCE and nonce.isascii() and nonce.isprintable():
            self._nonce = nonce

    async def renew(self, challenge: Challenge, shown: int, invocation: str) -> bool:
        """Whether the request may be tried again without asking anybody."""
        await self.tokens()
        if shown != self._generation:
            return True
        if challenge.error == USE_DPOP_NONCE:
            return self._nonce is not None and self._nonce != self._nonce_shown
        if challenge.status != UNAUTHORIZED or self._just_renewed():
            return False
        if self._tokens is not None and self._tokens.refresh is not None:
            return await self._refresh_once(shown, invocation)
        return await self._by_machine(challenge, shown, invocation)

    def settled(self, operation: str) -> None:
        """What had been refused was served after a sign-in."""
        self._on_settled(operation)

    async def take(self, tokens: Tokens, invocation: str, what: str) -> None:
        """Use *tokens* from now on, once they are kept; a refresh under way ends first. Raises
        `StorageError`.
        """
        async with self._turn:
            await self._take(tokens, invocation, what)

    def close(self) -> None:
        """The server is being removed: nothing is taken from now on."""
        self._closed = True

    async def _take(self, tokens: Tokens, invocation: str, what: str) -> None:
        errand = self._errand_of(invocation)
        if self._closed:
            raise UserFacingError(
                f"{errand.config.title} was removed meanwhile, so its sign-in was not kept."
            )
        await self._tools.records.keep_tokens(errand.config, tokens)
        self._use(tokens)
        await self.record(invocation, what, tokens.issuer, tokens.scopes)

    async def drop(self) -> None:
        """Forget the tokens. Raises `StorageError`."""
        async with self._turn:
            self._use(None)
            await self._tools.records.forget_tokens(self._errand_of("").config)

    async def record(
        self, invocation: str, what: str, issuer: str, scopes: tuple[str, ...] = (), why: str = ""
    ) -> None:
        """The outcome row."""
        data: dict[str, Json] = {"outcome": what, "issuer": one_line(issuer)}
        if scopes:
            data["scopes"] = [one_line(scope, limit=120) for scope in scopes]
        if why:
            data["reason"] = why
        await self._tools.audit.append(
            AuditRecord(
                kind=AuditKind.AUTHORIZATION_OUTCOME,
                data=data,
                invocation=invocation or None,
                server=self._errand_of(invocation).config.key,
            )
        )

    async def _load(self) -> None:
        if self._loaded:
            return
        errand = self._errand_of("")
        kept = await self._tools.records.tokens(errand.config)
        if kept is not None and covers(kept.resource, errand.url):
            self._use(kept)
            self._early = EARLY  # how long it had to live is not known any more
        self._loaded = True

    def _use(self, tokens: Tokens | None) -> None:
        self._tokens = tokens
        self._loaded = True
        self._generation += 1
        if tokens is not None:
            self._early = min(EARLY, max(0.0, tokens.expires_at - self._tools.clock()) / 2)

    def _fits(self, tokens: Tokens, url: str) -> bool:
        errand = self._errand_of("")
        same = origin_of(url) == origin_of(errand.url)
        return same and not errand.readable and covers(tokens.resource, url)

    def _ending(self, tokens: Tokens) -> bool:
        return bool(tokens.expires_at) and self._tools.clock() > tokens.expires_at - self._early

    def _just_renewed(self) -> bool:
        return self._tools.clock() - self._renewed_at < JUST_NOW

    async def _refresh_once(self, shown: int, invocation: str) -> bool:
        """A refresh that has begun is seen through, also when the request that wanted it has ended:
        the token that was sent is used up, and only the answer holds the next one.
        """
        refreshing = asyncio.ensure_future(self._refresh_in_turn(shown, invocation))
        self._refreshing.add(refreshing)
        refreshing.add_done_callback(self._over)
        return await asyncio.shield(refreshing)

    def _over(self, refreshing: asyncio.Task[bool]) -> None:
        self._refreshing.discard(refreshing)
        if not refreshing.cancelled():
            refreshing.exception()  # whoever still waits for it is told; else nobody needs to be

    async def _refresh_in_turn(self, shown: int, invocation: str) -> bool:
        async with self._turn:
            if shown != self._generation:
                return True
            tokens = self._tokens
            if tokens is None or tokens.refresh is None:
                return False
            if await self._changed_in_book(tokens):
                return self._tokens is not None
            try:
                await self._refresh(tokens, tokens.refresh.reveal(), invocation)
            except TokenRefused as refused:
                await self.record(invocation, "failed", tokens.issuer, why=one_line(refused.code))
                if refused.code not in FINAL:
                    raise ServerUnreachable(
                        "the sign-in could not be renewed now: its authorization server is in "
                        "trouble. Try again later."
                    ) from refused
                # What was refused is used up: a person has to sign in again.
                await self._tools.records.keep_tokens(
                    self._errand_of(invocation).config, replace(tokens, refresh=None)
                )
                self._tokens = replace(tokens, refresh=None)
                return False
            return True

    async def _changed_in_book(self, tokens: Tokens) -> bool:
        """Whether another program on the same book renewed or forgot *tokens*: then its word is
        taken, because a refresh token that is sent twice ends the sign-in.
        """
        errand = self._errand_of("")
        kept = await self._tools.records.tokens(errand.config)
        if kept is not None and kept.access.reveal() == tokens.access.reveal():
            return False
        self._use(kept if kept is not None and covers(kept.resource, errand.url) else None)
        return True

    async def _refresh(self, tokens: Tokens, refresh: str, invocation: str) -> None:
        answer = await self._tools.endpoint.ask(
            tokens.token_endpoint,
            {
                "grant_type": "refresh_token",
                "refresh_token": refresh,
                "resource": tokens.resource,
            },
            caller=Caller(client=tokens.client),
            errand=self._errand_of(invocation),
            step="refresh",
            dpop_key=tokens.dpop_key,
        )
        now = self._tools.clock()
        self._renewed_at = now
        new = replace(
            tokens,
            access=answer.access,
            refresh=answer.refresh or tokens.refresh,
            granted=tokens.granted if answer.scopes is None else answer.scopes,
            expires_at=now + answer.life if answer.life else 0.0,
            dpop_key=tokens.dpop_key if answer.dpop else None,
        )
        await self._take(new, invocation, "refreshed")

    async def _by_machine(self, challenge: Challenge, shown: int, invocation: str) -> bool:
        errand = self._errand_of(invocation)
        grant = await self._tools.records.machine_grant(errand.config)
        if grant is None:
            return False
        async with self._turn:
            if shown == self._generation:
                await self._take(
                    await self._machine_tokens(errand, challenge, grant), invocation, "signed_in"
                )
                self._renewed_at = self._tools.clock()
            return True

    async def _machine_tokens(
        self, errand: Errand, challenge: Challenge, grant: MachineGrant
    ) -> Tokens:
        tools = self._tools
        known = "" if self._tokens is None else self._tokens.issuer
        found = await discover(tools.fetcher, errand, challenge, known_issuer=grant.issuer or known)
        grant = await self._bound(errand, grant, found.server.issuer)
        scopes = scopes_to_ask(
            challenged=challenge.scopes, listed=found.scopes, before=(), offered=()
        )
        bound = challenge.dpop and DPOP_ALGORITHM in found.server.dpop_algorithms
        key = new_dpop_key() if bound else None
        granted = await machine_token(tools.endpoint, errand, found, grant, scopes, key)
        answer = granted.answer
        return Tokens(
            issuer=found.server.issuer,
            resource=found.resource,
            token_endpoint=found.server.token_endpoint,
            client=granted.client,
            asked=scopes,
            granted=answer.scopes,
            access=answer.access,
            refresh=None,
            expires_at=tools.clock() + answer.life if answer.life else 0.0,
            account=secrets.token_hex(16),
            dpop_key=key if answer.dpop else None,
            machine=True,
            revocation_endpoint=found.server.revocation_endpoint or "",
        )

    async def _bound(self, errand: Errand, grant: MachineGrant, issuer: str) -> MachineGrant:
        """*grant*, which is for one authorization server: a server that names another one later
        does not get its secret sent there.
        """
        if grant.issuer and grant.issuer != issuer:
            raise UserFacingError(
                f"this program signs in to {errand.config.title} by itself at "
                f"{one_line(grant.issuer)}, and the server now names {one_line(issuer)}. Nothing "
                "was sent there. If you know why, set its own sign-in up again."
            )
        bound = replace(grant, issuer=issuer)
        if bound != grant:
            await self._tools.records.keep_machine_grant(errand.config, bound)
        return bound
