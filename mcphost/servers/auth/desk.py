"""All sign-ins of this host: planned, carried out, refused, forgotten.

The steps of a sign-in: (1) discovery; (2) what was refused or tried too often is not planned again;
(3) PKCE with S256 must be offered; (4) a plan, which a person sees; (5) registration; (6) state,
verifier, issuer are recorded, then the browser is opened; (7) what comes back is judged; (8) the
code is exchanged, with verifier and resource; (9) tokens are kept, then used.

Law: (1) nothing but reading happens before a plan was agreed to; (2) every value that must match
later is recorded before the browser is opened; (3) no secret is in a message, a row or a plan.
`ports.Authorizations`; loop thread.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.authorization import Challenge, CredentialBook, Doorway, SignInPlan
from mcphost.domain.errors import HostBugError, McpHostError, SignInNeeded, UserFacingError
from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.ports import AuditSink
from mcphost.domain.secret import Secret
from mcphost.domain.server import ServerConfig
from mcphost.domain.text import one_line
from mcphost.protocol.oauth_callback import Awaited, SignInDenied, code_from
from mcphost.protocol.oauth_metadata import Pkce, origin_of
from mcphost.protocol.oauth_scopes import scopes_to_ask
from mcphost.servers.auth.credentials import ServerCredentials, Tools
from mcphost.servers.auth.discovery import Found, discover
from mcphost.servers.auth.fetch import Errand, Fetcher, Permit
from mcphost.servers.auth.page import page_address, require_unmixed
from mcphost.servers.auth.ports import SignInStatus
from mcphost.servers.auth.proof import DPOP_ALGORITHM, new_dpop_key, new_verifier
from mcphost.servers.auth.records import MachineGrant, Records, Tokens
from mcphost.servers.auth.registration import KnownAs, Registrar
from mcphost.servers.auth.revocation import give_back
from mcphost.servers.auth.token_endpoint import Caller, TokenEndpoint, TokenRefused

MAX_TRIES: Final = 2
MAX_REMEMBERED: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """What stands behind a plan."""

    plan: SignInPlan
    config: ServerConfig
    found: Found
    way: KnownAs
    bound: bool
    operation: str


class AuthorizationDesk:
    """Made once by the host."""

    def __init__(
        self,
        book: CredentialBook,
        audit: AuditSink,
        *,
        user_agent: str,
        clock: Callable[[], float] = time.time,
        fetcher: Fetcher | None = None,
        permit: Permit | None = None,
    ) -> None:
        """*permit* raises for a server that nothing may be fetched for."""
        self._audit = audit
        self._clock = clock
        self._records = Records(book)
        self._fetcher = fetcher or Fetcher(audit, user_agent=user_agent, permit=permit)
        self._endpoint = TokenEndpoint(self._fetcher, clock)
        self._registrar = Registrar(fetcher=self._fetcher, records=self._records, clock=clock)
        self._tools = Tools(
            fetcher=self._fetcher,
            endpoint=self._endpoint,
            records=self._records,
            audit=audit,
            clock=clock,
        )
        self._credentials: dict[tuple[ServerKey, Digest], ServerCredentials] = {}
        self._prepared: dict[ServerKey, _Prepared] = {}
        self._turns: defaultdict[ServerKey, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._tries: dict[tuple[ServerKey, str], int] = {}
        self._refused: dict[tuple[ServerKey, str, frozenset[str]], None] = {}

    def credentials(self, config: ServerConfig) -> ServerCredentials:
        """What the server of *config* is shown: one object for all of its connections."""
        name = (config.key, config.identity)
        found = self._credentials.get(name)
        if found is None:
            found = ServerCredentials(
                lambda invocation: Errand(config=config, invocation=invocation),
                self._tools,
                lambda operation: self._settled(config.key, operation),
            )
            self._credentials[name] = found
        return found

    async def plan(
        self, config: ServerConfig, challenge: Challenge | None, *, invocation: str
    ) -> SignInPlan:
        """Find out where and for what a person would sign in (see `ports.Authorizations`)."""
        errand = Errand(config=config, invocation=invocation)
        operation = "" if challenge is None else challenge.operation
        if challenge is None:
            self._forget_refusals(config.key)
        elif self._tries.get((config.key, operation), 0) >= MAX_TRIES:
            raise SignInNeeded(
                f"{config.title} was not content after {MAX_TRIES} sign-ins for the same thing, so "
                "no other is tried. Ask whoever runs it, or sign in by hand in its settings."
            )
        tokens = await self.credentials(config).tokens()
        known = "" if tokens is None else tokens.issuer
        found = await discover(self._fetcher, errand, challenge, known_issuer=known)
        prepared = await self._prepare(errand, challenge, found, tokens)
        self._require_not_refused(prepared)
        self._prepared[config.key] = prepared
        return prepared.plan

    async def sign_in(self, plan: SignInPlan, doorway: Doorway, *, invocation: str) -> None:
        """Carry out *plan* (see `ports.Authorizations`)."""
        prepared = self._prepared.pop(plan.server, None)
        if prepared is None or prepared.plan != plan:
            raise HostBugError("a sign-in that was not planned")
        errand = Errand(config=prepared.config, invocation=invocation)
        credentials = self.credentials(prepared.config)
        async with self._turns[plan.server]:
            self._count(plan.server, prepared.operation)
            try:
                tokens = await self._carry_out(prepared, errand, doorway)
            except SignInDenied:
                self.refused(plan)
                await credentials.record(invocation, "refused", plan.issuer)
                raise
            except McpHostError as error:
                why = type(error).__name__
                await credentials.record(invocation, "failed", plan.issuer, why=why)
                raise
            await credentials.take(tokens, invocation, "signed_in")

    def refused(self, plan: SignInPlan) -> None:
        """The person does not want *plan*."""
        if len(self._refused) >= MAX_REMEMBERED:
            del self._refused[next(iter(self._refused))]
        self._refused[plan.server, plan.issuer, frozenset(plan.scopes)] = None

    async def sign_out(self, config: ServerConfig) -> None:
        """Forget the tokens of *config*, then give them back where that is possible. Raises
        `StorageError`.
        """
        self._forget_refusals(config.key)
        credentials = self.credentials(config)
        tokens = await credentials.tokens()
        await credentials.drop()
        if tokens is None:
            return
        await credentials.record("", "signed_out", tokens.issuer)
        if tokens.revocation_endpoint:
            why = await give_back(self._endpoint, Errand(config=config, invocation=""), tokens)
            what = "not_revoked" if why else "revoked"
            await credentials.record("", what, tokens.issuer, why=why)

    async def forget(self, config: ServerConfig) -> None:
        """Forget all that signing in to *config*, which is being removed, has left: tokens, its own
        grant, what its client id was bound to, the client secret. What is still under way for it
        keeps nothing any more. Raises `StorageError`.
        """
        self._prepared.pop(config.key, None)
        credentials = self.credentials(config)
        credentials.close()
        await self.sign_out(config)
        await self._records.forget_server(config)
        self._credentials.pop((config.key, config.identity), None)

    async def status(self, config: ServerConfig) -> SignInStatus:
        """How a person stands with *config*. Raises `StorageError`."""
        tokens = await self.credentials(config).tokens()
        if tokens is None:
            return SignInStatus()
        return SignInStatus(
            issuer=tokens.issuer,
            resource=tokens.resource,
            scopes=tokens.scopes,
            renewable=tokens.refresh is not None or tokens.machine,
            until=tokens.expires_at,
        )

    async def use_machine_grant(self, config: ServerConfig, grant: MachineGrant) -> None:
        """Sign in to *config* by *grant* from now on, without a person. Raises `StorageError`."""
        await self.credentials(config).drop()
        await self._records.keep_machine_grant(config, grant)

    async def _prepare(
        self, errand: Errand, challenge: Challenge | None, found: Found, tokens: Tokens | None
    ) -> _Prepared:
        config, server = errand.config, found.server
        if server.authorization_endpoint is None:
            raise UserFacingError(
                f"the authorization server {one_line(server.issuer)} has no page to sign in at. "
                "Report it to whoever runs the server."
            )
        require_unmixed(errand, server, server.authorization_endpoint)
        await self._require_pkce(errand, found)
        same = tokens is not None and (tokens.issuer, tokens.resource) == (
            server.issuer,
            found.resource,
        )
        before = tokens.asked if tokens is not None and same else ()
        challenged = () if challenge is None else challenge.scopes
        scopes = scopes_to_ask(
            challenged=challenged, listed=found.scopes, before=before, offered=server.scopes
        )
        way = await self._registrar.way(errand, server)
        plan = SignInPlan(
            server=config.key,
            resource=found.resource,
            issuer=server.issuer,
            scopes=scopes,
            added=tuple(scope for scope in scopes if scope not in before),
            known_as=way.value,
            page=origin_of(server.authorization_endpoint),
        )
        bound = challenge is not None and challenge.dpop
        return _Prepared(
            plan=plan,
            config=config,
            found=found,
            way=way,
            bound=bound and DPOP_ALGORITHM in server.dpop_algorithms,
            operation="" if challenge is None else challenge.operation,
        )

    async def _require_pkce(self, errand: Errand, found: Found) -> None:
        """S256, said by the server's own metadata; an exception is a person's, and a row."""
        match found.server.pkce:
            case Pkce.SUPPORTED:
                return
            case Pkce.UNSTATED if found.assumed or errand.config.authorization.pkce_unstated:
                await self._audit.append(
                    AuditRecord(
                        kind=AuditKind.AUTHORIZATION_OUTCOME,
                        data={"outcome": "pkce_unstated", "issuer": one_line(found.server.issuer)},
                        invocation=errand.invocation,
                        server=errand.config.key,
                    )
                )
            case Pkce.UNSTATED:
                raise UserFacingError(
                    f"the authorization server {one_line(found.server.issuer)} does not say that "
                    "it protects sign-ins against stolen codes (PKCE with S256). If you know that "
                    f"it does, allow that for {errand.config.title} in its settings."
                )
            case Pkce.UNSUPPORTED:
                raise UserFacingError(
                    f"the authorization server {one_line(found.server.issuer)} does not protect "
                    "sign-ins against stolen codes (PKCE with S256), so it is not used. Report it "
                    "to whoever runs the server."
                )

    def _require_not_refused(self, prepared: _Prepared) -> None:
        plan = prepared.plan
        if (plan.server, plan.issuer, frozenset(plan.scopes)) in self._refused:
            raise SignInNeeded(
                f"{prepared.config.title} asks again for a sign-in that you refused. Sign in by "
                "hand in its settings if you have changed your mind."
            )

    async def _carry_out(self, prepared: _Prepared, errand: Errand, doorway: Doorway) -> Tokens:
        found, plan = prepared.found, prepared.plan
        server = found.server
        client = await self._registrar.client(prepared.way, errand, server, doorway.redirect_uri)
        verifier = new_verifier()
        awaited = Awaited(
            redirect_uri=doorway.redirect_uri,
            state=Secret(secrets.token_urlsafe(32)),
            issuer=server.issuer,
            states_iss=server.states_iss,
        )
        untrusted_answer = await doorway.visit(
            page_address(server.authorization_endpoint or "", plan, client, awaited, verifier)
        )
        code = code_from(untrusted_answer, awaited)
        key = new_dpop_key() if prepared.bound else None
        fields = {
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "redirect_uri": awaited.redirect_uri,
            "code_verifier": verifier.secret.reveal(),
            "resource": plan.resource,
        }
        try:
            answer = await self._endpoint.ask(
                server.token_endpoint,
                fields,
                caller=Caller(client=client),
                errand=errand,
                step="token",
                dpop_key=key,
            )
        except TokenRefused as refused:
            if refused.code == "invalid_client" and prepared.way is KnownAs.ANEW:
                await self._records.forget_registration(server.issuer)
            raise
        return Tokens(
            issuer=server.issuer,
            resource=plan.resource,
            token_endpoint=server.token_endpoint,
            client=client,
            asked=plan.scopes,
            granted=answer.scopes,
            access=answer.access,
            refresh=answer.refresh,
            expires_at=self._clock() + answer.life if answer.life else 0.0,
            account=secrets.token_hex(16),
            dpop_key=key if answer.dpop else None,
            revocation_endpoint=server.revocation_endpoint or "",
        )

    def _count(self, server: ServerKey, operation: str) -> None:
        if len(self._tries) >= MAX_REMEMBERED:
            del self._tries[next(iter(self._tries))]
        self._tries[server, operation] = self._tries.get((server, operation), 0) + 1

    def _settled(self, server: ServerKey, operation: str) -> None:
        self._tries.pop((server, operation), None)

    def _forget_refusals(self, server: ServerKey) -> None:
        for tried in [key for key in self._tries if key[0] == server]:
            del self._tries[tried]
        for refused in [key for key in self._refused if key[0] == server]:
            del self._refused[refused]
