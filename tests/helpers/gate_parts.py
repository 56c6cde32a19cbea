"""Small fakes around the path: a log in a list, a person with an opinion, a server with a script.

Only what the path does not own is faked; policy, desks and gate are the real ones.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mcphost.assets import asset_text
from mcphost.consent.desk import ConsentDesk
from mcphost.consent.elicitation import ElicitationDesk
from mcphost.consent.grants import Grants
from mcphost.consent.question import Floor
from mcphost.domain.action import Action, ActionKind
from mcphost.domain.audit import AuditKind, AuditReceipt, AuditRecord
from mcphost.domain.consent import (
    Answer,
    ConsentAnswer,
    ConsentRequest,
    ElicitationAction,
    ElicitationAnswer,
    ElicitationRequest,
)
from mcphost.domain.errors import NotConfigured, ProtocolViolation, StorageError, UserFacingError
from mcphost.domain.events import Event
from mcphost.domain.flow import ContextBook
from mcphost.domain.grant import GrantScope
from mcphost.domain.ids import ConversationId, InvocationId, ServerKey, ViewId
from mcphost.domain.json import JsonObject, canonical_digest
from mcphost.domain.lineage import Lineage, Root
from mcphost.domain.ports import Exchange, OutboundFrame
from mcphost.domain.principal import USER, Principal, PrincipalKind, view_principal
from mcphost.domain.server import HttpEndpoint, ServerConfig
from mcphost.domain.tool import Effect, Era, ServerInfo, Tool
from mcphost.gate.budgets import Budgets
from mcphost.gate.effects import EffectBook
from mcphost.gate.path import Gate
from mcphost.gate.ports import Policy
from mcphost.gate.sign_in_desk import SignIns
from mcphost.gate.watch import Pace
from mcphost.policy.engine import PolicyEngine
from mcphost.storage.database import Database
from mcphost.storage.migrations import STATE_MIGRATIONS
from mcphost.storage.state import StateStore
from tests.helpers.fixed_budgets import Fixed

SERVER = ServerKey("shop")
OTHER = ServerKey("bank")
VIEW = ViewId("view-1")
TALK = ConversationId("talk-1")
MODEL = Principal(kind=PrincipalKind.MODEL, ident="stub-model")
AUTOMATION = Principal(kind=PrincipalKind.AUTOMATION, ident="0" * 64)
APP = view_principal(VIEW, SERVER)


def default_policy(*added: str) -> PolicyEngine:
    texts = [("default.cedar", asset_text("policy/default.cedar"))]
    texts += [(f"added-{number}.cedar", text) for number, text in enumerate(added, 1)]
    return PolicyEngine(texts, asset_text("policy/schema.cedarschema"))


def config(key: ServerKey = SERVER, *, builtin: bool = False) -> ServerConfig:
    endpoint = HttpEndpoint(url=f"https://{key}.example/mcp")
    return ServerConfig(key=key, title=f"The {key}", endpoint=endpoint, builtin=builtin)


def tool(name: str = "buy", **changes: Any) -> Tool:
    definition: JsonObject = {"name": name, "inputSchema": {"type": "object"}}
    whole: dict[str, Any] = {
        "server": SERVER,
        "name": name,
        "title": name.title(),
        "description": "Buys what you say.",
        "input_schema": {"type": "object"},
        "output_schema": None,
        "annotations": {},
        "ui_resource": None,
        "visible_to_model": True,
        "visible_to_app": True,
        "definition": definition,
        "definition_digest": canonical_digest(definition),
    }
    return Tool(**{**whole, **changes})


def gesture() -> Lineage:
    return Lineage(root=Root.GESTURE, started_at=0.0, gesture="click-1")


def timer() -> Lineage:
    return Lineage(root=Root.APP_TIMER, started_at=0.0)


def call(
    name: str = "buy",
    *,
    principal: Principal = USER,
    lineage: Lineage | None = None,
    arguments: JsonObject | None = None,
    **changes: Any,
) -> Action:
    action = Action(
        kind=ActionKind.TOOL_CALL,
        principal=principal,
        lineage=lineage or gesture(),
        invocation=InvocationId("invocation-1"),
        method="tools/call",
        params={"name": name, "arguments": arguments or {}},
        server=SERVER,
        view=VIEW if principal.kind is PrincipalKind.VIEW else None,
        conversation=TALK,
    )
    return replace(action, **changes)


FAST = Pace(first=0.002, least=0.001, slack=0.01, round=0.0005)


def memory_state() -> StateStore:
    """A state of this test alone, in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.executescript("".join(STATE_MIGRATIONS))
    return StateStore(Database(connection, Path(":memory:")))


class Clock:
    """Monotonic seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeAudit:
    """A log in a list. *broken* makes every append fail."""

    def __init__(self) -> None:
        self.rows: list[AuditRecord] = []
        self.commits: list[list[str]] = []
        """The kinds of rows that became durable at once."""
        self.broken = False

    async def append(self, record: AuditRecord) -> AuditReceipt:
        await asyncio.sleep(0)
        if self.broken:
            raise StorageError("the disk is full")
        self.append_soon(record)
        return AuditReceipt(seq=len(self.rows), digest=canonical_digest(record.data))

    def append_soon(self, record: AuditRecord) -> None:
        rows = record.rows(len(self.rows) + 1)
        self.rows += rows
        self.commits.append([row.kind.value for row in rows])

    def kinds(self) -> list[str]:
        return [row.kind.value for row in self.rows]

    def of(self, kind: AuditKind) -> list[AuditRecord]:
        return [row for row in self.rows if row.kind is kind]

    def last(self, kind: AuditKind) -> JsonObject:
        return self.of(kind)[-1].data


class FakeBroker:
    """A person. *consent* and *elicit* say how each question ends; both may raise or wait."""

    def __init__(self) -> None:
        self.present = True
        self.asked: list[ConsentRequest] = []
        self.elicited: list[ElicitationRequest] = []
        self.answer = Answer.ALLOW
        self.scope = GrantScope.ONCE
        self.tamper: Callable[[ConsentAnswer], ConsentAnswer] = lambda answer: answer
        self.content: JsonObject | None = None
        self.action = ElicitationAction.ACCEPT
        self.hold: asyncio.Event | None = None
        self.failure: Exception | None = None

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        self.asked.append(request)
        await self._think()
        answer = ConsentAnswer(
            request=request.id,
            answer=self.answer,
            digest=request.digest,
            offer=request.offer(self.scope),
        )
        return self.tamper(answer)

    async def ask_elicitation(self, request: ElicitationRequest) -> ElicitationAnswer:
        self.elicited.append(request)
        await self._think()
        content = self.content if self.action is ElicitationAction.ACCEPT else None
        return ElicitationAnswer(request=request.id, action=self.action, content=content)

    async def _think(self) -> None:
        if self.failure is not None:
            raise self.failure
        if self.hold is not None:
            await self.hold.wait()


class FakeSchemas:
    """Notes what was checked; *refuse* names the instance that does not fit."""

    def __init__(self) -> None:
        self.refuse: object = None

    async def check(self, schema: JsonObject, instance: Any, *, what: str) -> None:
        if self.refuse is not None and instance == self.refuse:
            raise ProtocolViolation(f"{what} does not fit its schema: /: odd.")

    async def check_arguments(
        self, schema: JsonObject, arguments: JsonObject, *, tool: str
    ) -> None:
        if self.refuse is not None and arguments == self.refuse:
            raise UserFacingError(f"the arguments of {tool} do not fit: /: odd. Nothing was sent.")


class FakeSpan:
    traceparent = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"

    def __init__(self) -> None:
        self.attributes: dict[str, object] = {}

    def set(self, key: str, value: object) -> None:
        self.attributes[key] = value

    def error(self, kind: str) -> None:
        self.attributes["error.type"] = kind


class FakeTelemetry:
    def __init__(self) -> None:
        self.spans: list[FakeSpan] = []

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, Any]) -> Iterator[FakeSpan]:
        span = FakeSpan()
        span.attributes.update(attributes)
        self.spans.append(span)
        yield span


Reply = Any


class FakeConnection:
    """A server with a script: one reply for each request. *forge* alters bytes before they go."""

    def __init__(self, *replies: Reply, era: Era = Era.MODERN) -> None:
        self.replies: list[Reply] = list(replies)
        self.sent: list[dict[str, Any]] = []
        self.exchanges: list[Exchange] = []
        self.forge: Callable[[dict[str, Any]], dict[str, Any]] = lambda message: message
        self.quiet = False
        self.authorization_context = ""
        self.info = ServerInfo(
            era=era,
            protocol_version="2026-07-28",
            name="shop",
            version="1",
            capabilities={},
            instructions="",
        )

    async def request(self, method: str, params: JsonObject, exchange: Exchange) -> JsonObject:
        self.exchanges.append(exchange)
        if not self.quiet:
            await self.emit(method, {**params, "_meta": {"progressToken": 1}}, exchange)
        reply = self.replies.pop(0) if self.replies else {"content": []}
        if isinstance(reply, Exception):
            raise reply
        return await reply(exchange) if callable(reply) else reply

    async def emit(self, method: str, params: JsonObject, exchange: Exchange) -> None:
        number = len(self.sent) + 1
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        message = self.forge(message)
        body = json.dumps(message).encode()
        frame = OutboundFrame(method=message["method"], request_id=number, body=body)
        await exchange.before_send(frame)
        self.sent.append(message)


@dataclass
class Stage:
    """The real path with fakes around it."""

    added: Sequence[str] = ()
    builtin: bool = False
    judged: dict[str, Effect] = field(default_factory=dict)
    connection: FakeConnection = field(default_factory=FakeConnection)
    sign_ins: SignIns | None = None
    pace: Pace = FAST
    contexts: ContextBook | None = None
    budgets: Budgets | None = None
    bounded: bool = True
    """False: for a test that asks more in a minute than any budget lets through."""

    def __post_init__(self) -> None:
        self.audit, self.broker, self.clock = FakeAudit(), FakeBroker(), Clock()
        self.schemas, self.telemetry = FakeSchemas(), FakeTelemetry()
        self.events: list[Event] = []
        self.opened: list[str] = []
        self.connected = True
        self.approved_views = {VIEW}
        self.redefined = self.moved = False
        self.relisted: list[str] = []
        self.now_listed: dict[str, Tool | None] = {}
        floor = Floor()
        self.consent = ConsentDesk(
            self.broker, self.audit, self.events.append, self.clock, floor=floor
        )
        self.elicitation = ElicitationDesk(
            self.broker,
            self.audit,
            self.events.append,
            self.clock,
            opener=self.opened.append,
            floor=floor,
        )
        self.tools: dict[str, Tool] = {}
        self.wall = Clock()
        self.policy = default_policy(*self.added)
        self.grants = Grants(
            memory_state().grants, self.audit, policy=self.policy.digest, wall=self.wall
        )
        self.gate = self.make_gate(self.policy)

    def make_gate(self, policy: Policy) -> Gate:
        digests = {tool(name).definition_digest: value for name, value in self.judged.items()}
        return Gate(
            policy=policy,
            effects=EffectBook(lambda _, definition: digests.get(definition)),
            consent=self.consent,
            grants=self.grants,
            elicitation=self.elicitation,
            audit=self.audit,
            connections=self.connection_to,
            configs=self._config,
            schemas=self.schemas,
            telemetry=self.telemetry,
            clock=self.clock,
            template_approved=self.approved_views.__contains__,
            listed=lambda _tool: not self.redefined,
            relist=self._relist,
            sign_ins=self.sign_ins,
            pace=self.pace,
            budgets=self.budgets or (None if self.bounded else self._boundless()),
            wall=self.wall,
            contexts=self.contexts,
        )

    def _boundless(self) -> Budgets:
        return Budgets(self.audit, self.clock, limits=lambda _: Fixed())

    def connection_to(self, _server: ServerKey) -> FakeConnection | None:
        return self.connection if self.connected else None

    async def _relist(self, tool: Tool) -> Tool | None:
        self.relisted.append(tool.name)
        return self.now_listed.get(tool.name, tool)

    def _config(self, key: ServerKey) -> ServerConfig:
        if key not in {SERVER, OTHER}:
            raise NotConfigured(f"there is no server {key}")
        found = config(key, builtin=self.builtin)
        elsewhere = HttpEndpoint(url="https://elsewhere.example/mcp")
        return replace(found, endpoint=elsewhere) if self.moved else found


def asks_form(
    properties: JsonObject | None = None, state: str | None = "state-1", **more: Any
) -> JsonObject:
    """An `input_required` result with one form."""
    params = form_params(properties or {"size": {"type": "string"}}, **more)
    result: dict[str, Any] = {
        "resultType": "input_required",
        "inputRequests": {"q1": {"method": "elicitation/create", "params": params}},
    }
    return result if state is None else {**result, "requestState": state}


def form_params(properties: JsonObject, message: str = "Which size?") -> JsonObject:
    schema = {"type": "object", "properties": properties}
    return {"mode": "form", "message": message, "requestedSchema": schema}
