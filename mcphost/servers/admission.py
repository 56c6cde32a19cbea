"""What a session does when a server wants to know on whose behalf it is asked, or wants more.

Law: (1) without a person first: what can be renewed is renewed in silence; (2) one sign-in at a
time for a server, and whoever waited for it uses its result; (3) at most two sign-ins for one
request, then it has failed for good; (4) a chain that may not put a person before an authorization
server fails with the words that say what to do. Loop thread.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from mcphost.domain.authorization import Challenge
from mcphost.domain.errors import McpHostError, SignInNeeded
from mcphost.domain.json import JsonObject
from mcphost.domain.ports import Exchange
from mcphost.domain.server import ServerConfig
from mcphost.domain.text import one_line
from mcphost.servers.wire import HttpRefusal, Wire

MAX_SIGN_INS: Final = 2
MAX_RENEWALS: Final = 3


@dataclass(slots=True)
class Visit:
    """How often one request has been turned away so far. *operation* names what was asked for."""

    operation: str
    sign_ins: int = 0
    renewals: int = 0


def operation_of(method: str, params: JsonObject) -> str:
    """What scopes are counted by: the method, and what it is about."""
    about = params.get("name", params.get("uri", ""))
    return one_line(f"{method} {about}".strip(), limit=200)


class Admission:
    """One for each connection."""

    def __init__(self, config: ServerConfig, wire: Wire) -> None:
        self._config = config
        self._wire = wire
        self._turn = asyncio.Lock()
        self._failed = 0

    async def seek(self, refusal: HttpRefusal, visit: Visit, exchange: Exchange) -> None:
        """Get the request admitted, so that it may be sent again. Raises `SignInNeeded`, or what
        `Exchange.on_challenge` raises.
        """
        challenge = refusal.challenge
        if challenge is None:
            raise refusal
        challenge = replace(challenge, operation=visit.operation)
        failed_before = self._failed
        async with self._turn:
            if await self._renewed(refusal, challenge, visit, exchange):
                return
            if self._failed != failed_before:
                raise SignInNeeded(_words(self._config, challenge, "Signing in has just failed."))
            await self._ask(challenge, visit, exchange, refusal)

    async def renew(self, refusal: HttpRefusal, exchange: Exchange) -> bool:
        """Whether what was refused may be sent once more; no person is asked, nothing is raised."""
        credentials, challenge = self._wire.credentials, refusal.challenge
        if credentials is None or challenge is None:
            return False
        try:
            return await credentials.renew(challenge, refusal.shown, exchange.invocation)
        except McpHostError:
            return False

    def settled(self, visit: Visit) -> None:
        """The request that was turned away has been served: its tries are forgotten."""
        credentials = self._wire.credentials
        if credentials is not None and visit.sign_ins:
            credentials.settled(visit.operation)

    async def _renewed(
        self, refusal: HttpRefusal, challenge: Challenge, visit: Visit, exchange: Exchange
    ) -> bool:
        credentials = self._wire.credentials
        if credentials is None or visit.renewals >= MAX_RENEWALS:
            return False
        visit.renewals += 1
        return await credentials.renew(challenge, refusal.shown, exchange.invocation)

    async def _ask(
        self, challenge: Challenge, visit: Visit, exchange: Exchange, refusal: HttpRefusal
    ) -> None:
        if exchange.on_challenge is None:
            raise SignInNeeded(
                _words(self._config, challenge, "Connect it by hand and agree to sign in.")
            ) from refusal
        if visit.sign_ins >= MAX_SIGN_INS:
            raise SignInNeeded(
                _words(
                    self._config,
                    challenge,
                    f"It was not content after {MAX_SIGN_INS} sign-ins: ask whoever runs it.",
                )
            ) from refusal
        visit.sign_ins += 1
        try:
            await exchange.on_challenge(challenge)
        except BaseException:
            self._failed += 1
            raise


def _words(config: ServerConfig, challenge: Challenge, advice: str) -> str:
    if challenge.status == 403:
        return f"{config.title} wants you to sign in with more permissions than now. {advice}"
    return f"{config.title} wants you to sign in. {advice}"
