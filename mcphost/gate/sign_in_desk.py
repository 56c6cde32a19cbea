"""What the path knows of sign-ins between two of them: who waits in a browser, and who said no.

Law: (1) one sign-in at a time for a server; (2) a chain whose sign-in did not come about is not put
before the person again; (3) a wait can always be ended. Loop thread; held by the gate's rooms.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Final, Protocol, TypeAlias

from mcphost.domain.action import Action
from mcphost.domain.authorization import Challenge, Doorway, SignInPlan
from mcphost.domain.errors import UserFacingError
from mcphost.domain.ids import ServerKey
from mcphost.domain.server import ServerConfig

MAX_REMEMBERED: Final = 1000
_Chain: TypeAlias = "tuple[str, ServerKey | None]"

OpenDoor: TypeAlias = "Callable[[ServerConfig], AbstractAsyncContextManager[Doorway]]"
"""A doorway for one attempt at one server; leaving it closes the listener."""


class Authorizations(Protocol):
    """The part of `servers.auth` that the path uses."""

    async def plan(
        self, config: ServerConfig, challenge: Challenge | None, *, invocation: str
    ) -> SignInPlan:
        """Find out where and for what a person would sign in. *challenge* None: they asked."""
        ...

    async def sign_in(self, plan: SignInPlan, doorway: Doorway, *, invocation: str) -> None:
        """Carry out *plan*."""
        ...

    def refused(self, plan: SignInPlan) -> None:
        """The person does not want *plan*."""
        ...


class SignIns:
    """Made once by the host; without *authorizations* nobody can sign in."""

    def __init__(
        self,
        authorizations: Authorizations | None = None,
        *,
        door: OpenDoor | None = None,
        lasting: bool = False,
        on_change: Callable[[ServerKey], None] = lambda _key: None,
    ) -> None:
        """*lasting* tells whether a token outlives the program. *on_change* is called when a server
        is known to need a sign-in, when a wait for the browser begins or ends, and on success.
        """
        self._authorizations = authorizations
        self._door = door
        self.lasting = lasting
        self._on_change = on_change
        self._turns: defaultdict[ServerKey, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: dict[ServerKey, asyncio.Event] = {}
        self._vain: dict[_Chain, None] = {}
        self._done: defaultdict[ServerKey, int] = defaultdict(int)
        self._needed: set[ServerKey] = set()

    @property
    def authorizations(self) -> Authorizations:
        """Who plans and carries out. Raises `UserFacingError` where signing in is not possible."""
        if self._authorizations is None:
            raise UserFacingError("this host cannot sign in to servers")
        return self._authorizations

    def door(self, config: ServerConfig) -> AbstractAsyncContextManager[Doorway]:
        """A doorway for one attempt."""
        if self._door is None:
            raise UserFacingError("this host has no browser to sign in with")
        return self._door(config)

    def turn(self, server: ServerKey) -> asyncio.Lock:
        """Held while a person is asked to sign in to *server*."""
        return self._turns[server]

    def done(self, server: ServerKey) -> int:
        """How many sign-ins to *server* have come about."""
        return self._done[server]

    def succeeded(self, server: ServerKey) -> None:
        """A sign-in to *server* has come about."""
        self._done[server] += 1
        self.settle(server)

    def needed(self, server: ServerKey) -> bool:
        """Whether *server* wants a sign-in that has not come about."""
        return server in self._needed

    def need(self, server: ServerKey) -> None:
        """*server* wants a sign-in, and it did not come about."""
        self._needed.add(server)
        self._on_change(server)

    def settle(self, server: ServerKey) -> None:
        """*server* wants no sign-in any more."""
        self._needed.discard(server)
        self._on_change(server)

    def in_vain(self, action: Action) -> bool:
        """Whether the chain of *action* was already put before the person, and it came to
        nothing.
        """
        return _chain(action) in self._vain

    def remember_vain(self, action: Action) -> None:
        """The sign-in of this chain came to nothing."""
        if len(self._vain) >= MAX_REMEMBERED:
            del self._vain[next(iter(self._vain))]
        self._vain[_chain(action)] = None

    def waits(self, server: ServerKey) -> bool:
        """Whether a browser is being waited for."""
        return server in self._waiting

    @contextmanager
    def waiting(self, server: ServerKey) -> Generator[asyncio.Event]:
        """A browser is waited for; the event is set when the person gives up."""
        event = asyncio.Event()
        self._waiting[server] = event
        self._on_change(server)
        try:
            yield event
        finally:
            del self._waiting[server]
            self._on_change(server)

    def give_up(self, server: ServerKey) -> None:
        """End the wait for *server*'s browser; nothing happens when there is none."""
        event = self._waiting.get(server)
        if event is not None:
            event.set()


def _chain(action: Action) -> _Chain:
    return (action.lineage.gesture or action.invocation, action.server)
