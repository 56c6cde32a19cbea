"""What the path needs of the rooms beside and below it, as `Protocol`s, and the rooms themselves.

The concrete parts (`servers.Connection`, `schemas.SchemaValidator`, `telemetry.Telemetry`) satisfy
these as they are; tests bring small fakes. Data only.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from mcphost.consent.budget import PromptBudget
from mcphost.consent.desk import ConsentDesk
from mcphost.consent.elicitation import ElicitationDesk
from mcphost.consent.grants import Grants
from mcphost.domain.decision import Decision
from mcphost.domain.flow import ContextBook
from mcphost.domain.ids import ServerKey, ViewId
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.ports import AuditSink, Exchange
from mcphost.domain.server import ServerConfig, Trust
from mcphost.domain.tool import Effect, PinState, ServerInfo, Tool
from mcphost.domain.view import Presence
from mcphost.gate.budgets import Budgets
from mcphost.gate.kill import KillSwitch
from mcphost.gate.sign_in_desk import SignIns
from mcphost.gate.watch import Pace
from mcphost.policy.facts import Facts


class Policy(Protocol):
    """`policy.engine.PolicyEngine`."""

    def decide(self, facts: Facts) -> Decision:
        """What may happen."""
        ...


class Connection(Protocol):
    """The part of `servers.connection.Connection` that the path uses."""

    @property
    def info(self) -> ServerInfo:
        """What is known of the server, its era above all."""
        ...

    @property
    def authorization_context(self) -> str:
        """On whose behalf the server answers; holds no secret."""
        ...

    async def request(self, method: str, params: JsonObject, exchange: Exchange) -> JsonObject:
        """Send one request and return its result object."""
        ...


class Schemas(Protocol):
    """`schemas.pool.SchemaValidator`."""

    async def check(self, schema: JsonObject, instance: Json, *, what: str) -> None:
        """Raise `ProtocolViolation` when *instance* does not fit *schema*."""
        ...

    async def check_arguments(
        self, schema: JsonObject, arguments: JsonObject, *, tool: str
    ) -> None:
        """Raise `UserFacingError` when *arguments* do not fit *schema*."""
        ...


class Span(Protocol):
    """`telemetry.spans.SpanHandle`."""

    @property
    def traceparent(self) -> str | None:
        """The W3C value for the wire."""
        ...

    def set(self, key: str, value: str | bool | int | float) -> None:
        """Note an attribute."""
        ...

    def error(self, kind: str) -> None:
        """Mark the span as failed."""
        ...


class Telemetry(Protocol):
    """`telemetry.spans.Telemetry`."""

    def span(
        self, name: str, attributes: Mapping[str, str | bool | int | float]
    ) -> AbstractContextManager[Span]:
        """A span around one walk down the path."""
        ...


class Effects(Protocol):
    """`gate.effects.EffectBook`: the host's own judgement of what a tool changes."""

    def effect_of(self, config: ServerConfig, tool: Tool) -> Effect:
        """The effect class of exactly this definition; UNKNOWN when nobody has judged it."""
        ...

    def pin_of(self, config: ServerConfig, tool: Tool) -> PinState:
        """How this definition stands to the one that a person has seen."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """Everything a step of the path may use."""

    policy: Policy
    effects: Effects
    consent: ConsentDesk
    grants: Grants
    elicitation: ElicitationDesk
    audit: AuditSink
    connections: Callable[[ServerKey], Connection | None]
    configs: Callable[[ServerKey], ServerConfig]
    schemas: Schemas
    telemetry: Telemetry
    clock: Callable[[], float]
    template_approved: Callable[[ViewId], bool]
    listed: Callable[[Tool], bool]
    """Whether the tool's server offers exactly this definition now."""
    relist: Callable[[Tool], Awaitable[Tool | None]]
    """List the tools of this one's server anew; the one of the same name, if it is still there."""
    sign_ins: SignIns
    budget: PromptBudget
    trust: Callable[[ServerKey], Trust]
    presence: Callable[[ViewId], Presence]
    budgets: Budgets
    """What Views and servers may be asked in a minute."""
    kill: KillSwitch = field(default_factory=KillSwitch)
    contexts: ContextBook
    """What whoever acts has read."""
    pace: Pace = field(default_factory=Pace)
    wall: Callable[[], float] = time.time
    """Unix seconds: what outlives this run of the program is measured by it."""
