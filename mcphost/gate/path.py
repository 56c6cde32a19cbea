"""The one path. Everything that has an effect outside the host walks it, step by step, in order.

    1 parse   2 lineage   3 decide   4 ask   5 intent   6 send   7 rounds   8 check   9 outcome
    10 deliver

Law: no step is skipped and none is repeated for another action; any exception before `send` means
that nothing has left. The only room that may call a connection. Loop thread only.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from mcphost.consent.budget import PromptBudget
from mcphost.consent.desk import ConsentDesk
from mcphost.consent.elicitation import ElicitationDesk
from mcphost.consent.grants import Grants
from mcphost.domain.action import Action, ActionKind
from mcphost.domain.conversation import RunState
from mcphost.domain.decision import Verdict
from mcphost.domain.errors import HostBugError, McpHostError
from mcphost.domain.flow import NOTHING_READ, Context, ContextBook
from mcphost.domain.ids import ServerKey, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage
from mcphost.domain.ports import AuditSink, Exchange
from mcphost.domain.server import ServerConfig, Trust
from mcphost.domain.task import TaskTicket
from mcphost.domain.tool import Tool
from mcphost.domain.view import Presence
from mcphost.gate.approve import approve
from mcphost.gate.budgets import Budgets
from mcphost.gate.check import check
from mcphost.gate.decide import facts_of
from mcphost.gate.evidence import settle
from mcphost.gate.intent import Intent
from mcphost.gate.kill import KillSwitch
from mcphost.gate.lineage import lineage
from mcphost.gate.outcome import Outcome, abandoned, deliver, failed, outcome
from mcphost.gate.parse import WIRE_METHODS, parse, require_wire_kind
from mcphost.gate.ports import Connection, Effects, Policy, Rooms, Schemas, Span, Telemetry
from mcphost.gate.relist import rounds_as_listed
from mcphost.gate.send import exchange_for
from mcphost.gate.sign_in import sign_in
from mcphost.gate.sign_in_desk import SignIns
from mcphost.gate.tap import Tap
from mcphost.gate.tasks import follow, require_owner
from mcphost.gate.walk import StateListener, Walk
from mcphost.gate.watch import Pace, Watcher
from mcphost.telemetry import names

__all__ = ["Effect", "Gate", "Outcome"]

_T = TypeVar("_T")
Effect: TypeAlias = Callable[[], Awaitable[JsonObject]]
"""What an action inside the host does once it is decided and consented to."""


class Gate:
    """Holds the rooms; every call is one walk."""

    def __init__(
        self,
        *,
        policy: Policy,
        effects: Effects,
        consent: ConsentDesk,
        grants: Grants,
        elicitation: ElicitationDesk,
        audit: AuditSink,
        connections: Callable[[ServerKey], Connection | None],
        configs: Callable[[ServerKey], ServerConfig],
        schemas: Schemas,
        telemetry: Telemetry,
        clock: Callable[[], float],
        template_approved: Callable[[ViewId], bool] | None = None,
        listed: Callable[[Tool], bool] | None = None,
        relist: Callable[[Tool], Awaitable[Tool | None]] | None = None,
        sign_ins: SignIns | None = None,
        trust: Callable[[ServerKey], Trust] | None = None,
        presence: Callable[[ViewId], Presence] | None = None,
        kill: KillSwitch | None = None,
        contexts: ContextBook | None = None,
        pace: Pace | None = None,
        budgets: Budgets | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """*configs* raises `NotConfigured`. *template_approved* tells whether a View still runs on
        an approved template; by default that was settled when it was mounted. *listed* tells
        whether a server still offers exactly this definition, and *relist* asks the server for its
        definition; by default tools do not change. Without *sign_ins* nobody can sign in. *trust*
        tells how a server came to be one of ours, and *presence* how much of a View a person sees;
        by default nobody knows, which is the least. *kill* is what is
        stopped; by default nothing is. *contexts* knows what whoever acts has read; by default
        nothing. *budgets* are what Views and servers may be asked; by default the usual ones.
        """
        self._rooms = Rooms(
            policy=policy,
            effects=effects,
            consent=consent,
            grants=grants,
            elicitation=elicitation,
            audit=audit,
            connections=connections,
            configs=configs,
            schemas=schemas,
            telemetry=telemetry,
            clock=clock,
            template_approved=template_approved or (lambda _: True),
            listed=listed or (lambda _: True),
            relist=relist or _unchanged,
            sign_ins=sign_ins or SignIns(),
            budget=PromptBudget(),
            trust=trust or (lambda _: Trust.UNKNOWN),
            presence=presence or (lambda _: Presence()),
            kill=kill or KillSwitch(),
            contexts=contexts or _NothingRead(),
            pace=pace or Pace(),
            budgets=budgets or Budgets(audit, clock),
            wall=wall,
        )

    def paused(self, lineage: Lineage) -> bool:
        """Whether a question of this chain was not put any more: it has asked too often."""
        return self._rooms.budget.is_over(lineage.gesture)

    async def perform(
        self,
        action: Action,
        *,
        tool: Tool | None = None,
        effect: Effect | None = None,
        on_approved: Callable[[Action], None] | None = None,
        on_state: StateListener | None = None,
        watcher: Watcher | None = None,
        tap: Tap | None = None,
    ) -> Outcome:
        """Walk the path. *effect* is what an action inside the host does; without one the action is
        sent to its server. *on_approved* is called after consent and before anything leaves, with
        the action as it was approved: a person may have changed the arguments.
        A *watcher* shows a tool call while it lasts: only then may its server make a task of it.
        A *tap* hears how it goes.

        Raises `PolicyDenied`, `ConsentRefused`, another `UserFacingError`, `ServerError`,
        `StorageError`; each has left its row.
        """
        if effect is None:
            require_wire_kind(action)
        elif action.kind in WIRE_METHODS:
            raise HostBugError(f"{action.kind.value} goes to a server, not to an effect")

        async def work(walk: Walk) -> Outcome:
            self._rooms.kill.require(action)  # a person may have thought for minutes
            if effect is None:
                result = await rounds_as_listed(self._rooms, walk)
            else:
                result = await _inside(self._rooms, walk, effect)
            walk.weigh(result)
            if walk.executed or action.kind is ActionKind.APP_TOOL:
                self._rooms.budgets.received(action, walk.received)
            await check(self._rooms, walk, result)
            await outcome(self._rooms, walk, result)
            self._rooms.contexts.learned(walk.action, result)
            return deliver(walk, result)

        watch = _Watch(on_approved, on_state, watcher, tap)
        return await self._walk(action, tool, watch, work, ahead=effect is None)

    def could(self, action: Action) -> bool:
        """Whether the policy would let *action* happen, if a person agreed. Nothing is done."""
        walk = parse(self._rooms, action, None, None)
        decision = self._rooms.policy.decide(facts_of(self._rooms, walk, action))
        return decision.verdict is not Verdict.DENY

    async def resume(
        self,
        action: Action,
        ticket: TaskTicket,
        *,
        tool: Tool,
        watcher: Watcher,
        on_state: StateListener | None = None,
    ) -> Outcome:
        """Walk the path for a task that was left: *action* is the first look at it. Raises like
        `perform`, and `TaskLeft`.
        """
        if action.kind is not ActionKind.TASK:
            raise HostBugError(f"{action.kind.value} is no look at a task")

        async def work(walk: Walk) -> Outcome:
            require_owner(walk, ticket)
            result = await follow(self._rooms, walk, ticket)
            await check(self._rooms, walk, result)
            await outcome(self._rooms, walk, result)
            return deliver(walk, result)

        return await self._walk(action, tool, _Watch(None, on_state, watcher), work)

    async def exchange(self, action: Action, converse: Callable[[Exchange], Awaitable[_T]]) -> _T:
        """Walk the path for an action of several frames (`CONNECT`, `LIST`): *converse* is given
        the exchange that every one of them must use.
        """
        if action.kind not in {ActionKind.CONNECT, ActionKind.LIST}:
            raise HostBugError(f"{action.kind.value} is one request; use perform")

        async def work(walk: Walk) -> _T:
            intent = Intent(self._rooms, walk, methods=WIRE_METHODS[action.kind], expected=None)
            walk.enter(RunState.RUNNING)
            with self._rooms.budgets.at_work(action, walk):
                answer = await converse(exchange_for(self._rooms, walk, intent))
            await outcome(self._rooms, walk, {"frames": intent.sent, "kept": intent.kept})
            return answer

        return await self._walk(action, None, _Watch(), work)

    async def sign_in(self, action: Action) -> None:
        """Sign a person in who asked for it (`SIGN_IN`). What is decided and shown is the plan that
        is found for it. Raises what stopped it.
        """
        if action.kind is not ActionKind.SIGN_IN:
            raise HostBugError(f"{action.kind.value} is no sign-in")

        async def work(walk: Walk) -> None:
            await sign_in(self._rooms, walk, None)
            await outcome(self._rooms, walk, {})

        await self._walk(action, None, _Watch(), work, plain=False)

    async def _walk(
        self,
        action: Action,
        tool: Tool | None,
        watch: _Watch,
        work: Callable[[Walk], Awaitable[_T]],
        *,
        plain: bool = True,
        ahead: bool = False,
    ) -> _T:
        """*plain* False: *work* itself finds out what is to be decided, and has it decided.
        *ahead*: what it does first is to write a row (`gate.evidence`).
        """
        rooms = self._rooms
        walk = parse(rooms, action, tool, watch.on_state)
        walk.watcher, walk.tap, walk.ahead = watch.watcher, watch.tap, ahead
        lineage(action)
        with rooms.telemetry.span(_span_name(walk), _attributes(walk)) as span:
            walk.traceparent = span.traceparent
            try:
                with rooms.kill.walking(action):
                    if plain:
                        await self._approve(walk, watch.on_approved)
                    return await work(walk)
            except McpHostError as error:
                span.error(type(error).__name__)
                await self._close(walk, error)
                raise
            except asyncio.CancelledError:
                span.error("cancelled")
                abandoned(rooms, walk, "cancelled")
                raise
            except BaseException as error:
                span.error(type(error).__name__)
                abandoned(rooms, walk, type(error).__name__)
                raise
            finally:
                _describe(span, walk)

    async def _approve(self, walk: Walk, on_approved: Callable[[Action], None] | None) -> None:
        await approve(self._rooms, walk)
        if on_approved is not None:
            await settle(self._rooms, walk)
            on_approved(walk.action)
        walk.enter(RunState.RUNNING)

    async def _close(self, walk: Walk, error: McpHostError) -> None:
        decided = walk.decision
        if decided is not None and decided.verdict is Verdict.DENY and not walk.executed:
            walk.enter(RunState.REFUSED)  # the decision's own row is the refusal
            return
        await failed(self._rooms, walk, error)


async def _inside(rooms: Rooms, walk: Walk, effect: Effect) -> JsonObject:
    """What *effect* gives; a call of an App's tool counts like one of a server's."""
    action = walk.action
    if action.kind is not ActionKind.APP_TOOL:
        return await effect()
    rooms.budgets.spend(action, walk, size=len(walk.canonical), again=False)
    with rooms.budgets.at_work(action, walk):
        return await effect()


async def _unchanged(tool: Tool) -> Tool:
    return tool


class _NothingRead:
    """A `ContextBook` where there are no conversations."""

    def of(self, action: Action) -> Context:
        """Nothing."""
        return NOTHING_READ

    def learned(self, action: Action, result: JsonObject) -> None:
        """Nobody remembers."""


@dataclass(frozen=True, slots=True)
class _Watch:
    """Who wants to hear of a walk."""

    on_approved: Callable[[Action], None] | None = None
    on_state: StateListener | None = None
    watcher: Watcher | None = None
    tap: Tap | None = None


def _span_name(walk: Walk) -> str:
    return names.execute_tool(walk.tool.name) if walk.tool else names.mcp_method(walk.action.method)


def _attributes(walk: Walk) -> Mapping[str, str | bool | int | float]:
    action, tool = walk.action, walk.tool
    common = {
        names.MCP_METHOD_NAME: action.method,
        names.ORIGIN: action.principal.kind.value,
        names.ROOT: action.lineage.root.value,
        names.INVOCATION_ID: action.invocation,
    }
    if tool is None:
        return common
    named = {names.GEN_AI_TOOL_NAME: tool.name, names.TOOL_DEFINITION: tool.definition_digest}
    return {**common, **named}


def _describe(span: Span, walk: Walk) -> None:
    span.set(names.AUDIT_SEQ, walk.decided_seq)
    if walk.decision is not None:
        span.set(names.POLICY_DECISION, walk.decision.verdict.value)
        span.set(names.POLICY_REASONS, ",".join(walk.decision.rules))
        span.set(names.POLICY_BUNDLE, walk.decision.policy_digest)
    if walk.tool_error:
        span.error(names.TOOL_ERROR)
    if walk.schema_valid is not None:
        span.set(names.RESULT_SCHEMA_VALID, walk.schema_valid)
