"""A sign-in without a network: what plans it, the door a browser comes back by, and a server that
wants one. Everything is noted in the order it happened, rows of the log included.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from mcphost.domain.authorization import Challenge, Doorway, SignInPlan
from mcphost.domain.errors import UserFacingError
from mcphost.domain.json import JsonObject
from mcphost.domain.ports import Exchange
from mcphost.domain.server import ServerConfig
from mcphost.gate.sign_in_desk import SignIns
from tests.helpers.gate_parts import SERVER, FakeConnection, Stage

PLAN = SignInPlan(
    server=SERVER,
    resource="https://shop.example/mcp",
    issuer="https://login.example",
    scopes=("read", "buy"),
    added=("read", "buy"),
    known_as="registered anew, under a name of its own",
)


@dataclass
class FakeDesk:
    """`Authorizations` with a script."""

    plans: list[SignInPlan] = field(default_factory=lambda: [PLAN])
    asked: list[Challenge | None] = field(default_factory=list[Challenge | None])
    declined: list[SignInPlan] = field(default_factory=list[SignInPlan])
    signed_in: list[SignInPlan] = field(default_factory=list[SignInPlan])
    failure: Exception | None = None
    url: Callable[[SignInPlan, str], str] | None = None

    async def plan(
        self, config: ServerConfig, challenge: Challenge | None, *, invocation: str
    ) -> SignInPlan:
        self.asked.append(challenge)
        if self.failure is not None:
            raise self.failure
        return self.plans[min(len(self.asked), len(self.plans)) - 1]

    async def sign_in(self, plan: SignInPlan, doorway: Doorway, *, invocation: str) -> None:
        url = (self.url or address)(plan, doorway.redirect_uri)
        await doorway.visit(url)
        self.signed_in.append(plan)

    def refused(self, plan: SignInPlan) -> None:
        self.declined.append(plan)


def address(plan: SignInPlan, redirect_uri: str) -> str:
    query = {"scope": " ".join(plan.scopes), "resource": plan.resource, "redirect": redirect_uri}
    return f"{plan.issuer}/authorize?{urlencode(query)}"


@dataclass
class FakeDoor:
    """A doorway. *kinds* are the rows of the log at each opening; *hold* keeps the browser away."""

    stage: Stage | None = None
    opened: list[str] = field(default_factory=list[str])
    kinds: list[list[str]] = field(default_factory=list[list[str]])
    hold: asyncio.Event | None = None
    late: bool = False
    closed: int = 0
    redirect_uri: str = "http://127.0.0.1:1/callback/x"

    async def visit(self, url: str) -> str:
        self.opened.append(url)
        if self.stage is not None:
            self.kinds.append(self.stage.audit.kinds())
        if self.hold is not None:
            await self.hold.wait()
        if self.late:
            raise UserFacingError("nobody came back from your browser. Try again.")
        return f"{self.redirect_uri}?code=c"

    @asynccontextmanager
    async def __call__(self, _config: ServerConfig) -> AsyncGenerator[Doorway]:
        try:
            yield self
        finally:
            self.closed += 1


@dataclass
class Fussy(FakeConnection):
    """A server that turns a request away as often as *challenges* has entries."""

    challenges: list[Challenge] = field(default_factory=list[Challenge])

    def __post_init__(self) -> None:
        super().__init__()

    async def request(self, method: str, params: JsonObject, exchange: Exchange) -> JsonObject:
        while self.challenges:
            await self.emit(method, params, exchange)
            assert exchange.on_challenge is not None
            await exchange.on_challenge(self.challenges.pop(0))
        return await super().request(method, params, exchange)


@dataclass
class House:
    """The real path with a fussy server, a desk and a door around it."""

    challenges: tuple[Challenge, ...] = (Challenge(status=401),)
    added: tuple[str, ...] = ()
    desk: FakeDesk = field(default_factory=FakeDesk)
    door: FakeDoor = field(default_factory=FakeDoor)
    waits: list[bool] = field(default_factory=list[bool])

    def __post_init__(self) -> None:
        self.sign_ins = SignIns(
            self.desk,
            door=self.door,
            lasting=True,
            on_change=lambda key: self.waits.append(self.sign_ins.waits(key)),
        )
        self.server = Fussy(challenges=list(self.challenges))
        self.stage = Stage(connection=self.server, sign_ins=self.sign_ins, added=self.added)
        self.door.stage = self.stage

    def rearm(self, *challenges: Challenge) -> None:
        self.server.challenges = list(challenges or (Challenge(status=401),))


def step_up() -> SignInPlan:
    """`PLAN` with one scope more."""
    return replace(PLAN, scopes=(*PLAN.scopes, "wipe"), added=("wipe",))
