"""The tasks extension: a call that its server goes on with is followed to its end.

Law: (1) every look, answer and cancellation is a decided frame with its row before it leaves; the
policy is asked each time and its decision is a row of its own when it is another one than before
(decision 0012). (2) A task is no higher-trust channel: its questions pass `gate.input`, one after
the other, each key once, and only while a gesture covers them; else they wait as a badge. (3) An
end that we make is told by `tasks/cancel`; the end of the program is none. (4) Looks, time and
failures in a row are bounded; an answer is never sent twice.

Loop thread. Called by `gate.rounds` and by `Gate.resume`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.audit import AuditKind, record_of
from mcphost.domain.conversation import RunState
from mcphost.domain.decision import Verdict
from mcphost.domain.errors import (
    HostBugError,
    McpHostError,
    ProtocolViolation,
    ServerError,
    ServerRefused,
    ServerUnreachable,
    SignInNeeded,
    TaskEnded,
    TaskLeft,
    UserFacingError,
)
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.task import Task, TaskStatus, TaskTicket
from mcphost.gate.check import require_same_server
from mcphost.gate.decide import decision_record, denied, facts_of, ruling
from mcphost.gate.input import MAX_INPUTS_A_ROUND, answer
from mcphost.gate.intent import Intent
from mcphost.gate.lineage import inherit
from mcphost.gate.ports import Rooms
from mcphost.gate.reach import connection_of
from mcphost.gate.send import exchange_for
from mcphost.gate.walk import Walk, digest_any, request_digest
from mcphost.gate.watch import Watcher
from mcphost.protocol.mcp import TASKS_CANCEL, TASKS_GET, TASKS_UPDATE
from mcphost.protocol.tasks import error_of, parse_created, parse_task

MAX_FAILURES: Final = 5
"""Looks in a row without an answer."""
_JITTER: Final = 0.1
_GONE: Final = frozenset({-32602, -32601, -32021})
"""Answers to a look after which there is nothing to look at any more."""


async def take(rooms: Rooms, walk: Walk, result: JsonObject) -> JsonObject:
    """Follow the task in *result*, the server's answer to the walk's call, to its result."""
    watcher, tool, config = walk.watcher, walk.tool, walk.config
    if watcher is None or tool is None or config is None:
        raise HostBugError("a task for a call that declared none")
    task = parse_created(result)
    ticket = TaskTicket(
        server=config.key,
        identity=config.identity,
        context=connection_of(rooms, walk).authorization_context,
        definition=tool.definition_digest,
        id=task.id,
        created_at=rooms.wall(),
    )
    await _record_start(rooms, walk, ticket, task)
    return await follow(rooms, walk, ticket, task)


async def follow(
    rooms: Rooms, walk: Walk, ticket: TaskTicket, known: Task | None = None
) -> JsonObject:
    """See the task of *ticket* to its end and return the result of the call. *known* is what was
    said of a new one, which is kept first.

    Raises `TaskEnded`, `TaskLeft` when it goes on
    without us, and what the path raises.
    """
    watcher = walk.watcher
    if watcher is None:
        raise HostBugError("a task that nobody follows")
    following = _Following(rooms, walk, watcher, ticket, known)
    try:
        if known is not None:
            await watcher.took(ticket)
        result = await following.to_the_end()
    except asyncio.CancelledError:
        if not watcher.leaving:
            await following.cancel()
        raise
    except McpHostError as error:
        if not (following.forbidden or isinstance(error, TaskLeft)):
            await following.cancel()
        raise
    watcher.over()
    return result


def require_owner(walk: Walk, ticket: TaskTicket) -> None:
    """Raise `UserFacingError` unless the walk's server and tool are those of *ticket*."""
    config, tool = walk.config, walk.tool
    if config is None or config.identity != ticket.identity:
        raise UserFacingError(
            f"{ticket.server} is another server now than the one that works on this task. Nothing "
            "was sent."
        )
    if tool is None or tool.definition_digest != ticket.definition:
        raise UserFacingError(
            "The tool was changed by its server since it was called, so the result of this task "
            "cannot be checked. Nothing was sent; run the tool again."
        )


class _Following:
    """The mutable record of one following."""

    def __init__(
        self, rooms: Rooms, walk: Walk, watcher: Watcher, ticket: TaskTicket, known: Task | None
    ) -> None:
        self._rooms = rooms
        self._walk = walk
        self._watcher = watcher
        self._ticket = ticket
        self._known = known
        self.forbidden = False
        """Whether the policy lets nothing be said about the task: it goes on without us."""
        self._ended = False
        self._answered: set[str] = set()
        self._looks = 0
        self._failures = 0
        self._wait = 0.0
        self._decided = _decided_before(walk)
        self._until = rooms.clock() + rooms.pace.whole

    async def to_the_end(self) -> JsonObject:
        """Look, wait and look again. Returns the result; raises what else it came to."""
        if self._known is not None:
            self._show(self._known)
            await self._pause()
        while True:
            task = await self._look()
            if task is not None:
                self._ended = task.status in _FINAL
                match task.status:
                    case TaskStatus.COMPLETED if task.result is not None:
                        return task.result
                    case TaskStatus.FAILED:
                        code, message, _ = error_of(task)
                        raise TaskEnded("failed", f"error {code}: {message}", code=code)
                    case TaskStatus.CANCELLED:
                        raise TaskEnded("cancelled", task.message)
                    case TaskStatus.INPUT_REQUIRED:
                        await self._input(task)
                    case _:
                        self._show(task)
            await self._pause()

    async def cancel(self) -> None:
        """Tell the server that nobody wants it any more. Bounded; what fails is said by the log."""
        self._watcher.over()
        if self._ended:
            return
        try:
            async with asyncio.timeout(self._rooms.pace.farewell):
                await self._ask(TASKS_CANCEL, {"taskId": self._ticket.id})
        except (McpHostError, TimeoutError):
            return  # its frame is on the log, and the server may end it by its ttl

    def _show(self, task: Task) -> None:
        self._walk.enter(RunState.WORKING)
        self._watcher.working(task.message)

    async def _look(self) -> Task | None:
        """What the server says now; None when it did not answer this once."""
        self._looks += 1
        try:
            said = await self._ask(TASKS_GET, {"taskId": self._ticket.id})
            task = parse_task(said, self._ticket.id)
        except ServerRefused as error:
            if error.code in _GONE:
                self._ended = True
                raise TaskEnded("unknown", error.server_message, code=error.code) from error
            return self._missed(error)
        except SignInNeeded as error:
            raise TaskLeft(f"{error} Then look at the task again.") from error
        except ServerUnreachable as error:
            return self._missed(error)
        self._failures = 0
        self._pace(task)
        self._known = task
        return task

    def _missed(self, error: ServerError) -> None:
        self._failures += 1
        pace = self._rooms.pace
        self._wait = min(max(self._wait, pace.first) * 2, max(self._wait, pace.slack))
        if self._failures < MAX_FAILURES:
            return
        raise TaskLeft(
            f"The server did not answer {MAX_FAILURES} times in a row when it was asked for its "
            f"task; it may still be working on it. Look again later. ({error})"
        ) from error

    def _pace(self, task: Task) -> None:
        """The server's interval within our bounds; longer while nothing changes."""
        pace = self._rooms.pace
        wished = pace.first if task.poll is None else task.poll
        base = min(max(wished, pace.least), pace.most)
        known = self._known
        same = known is not None and (known.status, known.message) == (task.status, task.message)
        grown = min(self._wait * pace.growth, max(base, pace.slack)) if same else base
        self._wait = max(base, grown)

    async def _pause(self) -> None:
        pace, known = self._rooms.pace, self._known
        if self._wait == 0.0 and known is not None:
            self._pace(known)
        left = self._until - self._rooms.clock()
        if known is not None and known.ttl is not None:
            kept = self._ticket.created_at + known.ttl - self._rooms.wall()
            if kept < -pace.slack:
                raise TaskLeft(
                    "The server kept this task only for a limited time, which is over. Look at "
                    "the server before you run the tool again."
                )
        if left <= 0:
            raise TaskLeft(
                f"The server is still working on this after {pace.whole / 3600:g} hours; mcphost "
                "does not go on asking by itself. Look again when you like."
            )
        wait = max(self._wait, pace.least) * (1 + _JITTER * random.random())
        await self._watcher.pause(min(wait, left))

    async def _input(self, task: Task) -> None:
        """Put what is not answered yet to the person, one question after the other."""
        pending = [(k, request) for k, request in task.input_requests if k not in self._answered]
        if not pending:
            self._show(task)  # the server has not taken notice of our answer yet
            return
        if len(pending) > MAX_INPUTS_A_ROUND:
            raise ProtocolViolation(
                f"the server asked more than {MAX_INPUTS_A_ROUND} questions at once; refused"
            )
        lineage = self._watcher.gesture
        if self._walk.may_prompt and lineage is None:
            self._walk.enter(RunState.NEEDS_ANSWER)
            self._watcher.working(task.message)
            return
        if lineage is not None:
            self._walk.action = replace(self._walk.action, lineage=lineage)
        answers: dict[str, Json] = {}
        for number, (key, request) in enumerate(pending, 1):
            place = (number, len(pending))
            answers[key] = await answer(self._rooms, self._walk, request, place=place)
            self._answered.add(key)
        self._walk.round += 1
        self._walk.enter(RunState.WORKING)
        await self._update(answers)

    async def _update(self, answers: Mapping[str, Json]) -> None:
        try:
            await self._ask(TASKS_UPDATE, {"taskId": self._ticket.id, "inputResponses": answers})
        except ServerUnreachable as error:
            raise TaskLeft(
                f"Your answer may not have reached the server, and it is not sent twice. Look "
                f"again to see what it waits for. ({error})"
            ) from error
        except ServerRefused:
            return  # the next look says what the server makes of it

    async def _ask(self, method: str, params: JsonObject) -> JsonObject:
        """One decided frame about this task, on the connection and in the context it is of."""
        rooms, walk = self._rooms, self._walk
        require_same_server(rooms, walk)
        decided = await self._decide(method, params)
        connection = connection_of(rooms, walk)
        if connection.authorization_context != self._ticket.context:
            raise TaskLeft(
                "This task was begun under another sign-in and is not asked for under this one. "
                "Sign in as before, then look again."
            )
        note: dict[str, Json] = {"task": self._ticket.digest}
        if method == TASKS_GET:
            note["look"] = self._looks
        intent = Intent(
            rooms,
            walk,
            methods=frozenset({method}),
            expected=request_digest(method, params),
            decided=decided,
            note=note,
        )
        exchange = exchange_for(rooms, walk, intent, task=True)
        result = await connection.request(method, params, exchange)
        if not intent.sent:
            raise HostBugError("a result came back for a request that was never recorded")
        return result

    async def _decide(self, method: str, params: JsonObject) -> int:
        """Ask the policy about this look, and about the call it belongs to; a row when the answer
        is another one than last time. Returns the row's number. Raises `PolicyDenied`.
        """
        rooms, walk = self._rooms, self._walk
        for action in (inherit(walk.action, ActionKind.TASK, method, params), *self._call()):
            facts = facts_of(rooms, walk, action)
            decision = ruling(rooms, action, facts)
            what = (decision.verdict, decision.rules, decision.policy_digest)
            told, seq = self._decided.get(action.method, (None, 0))
            if told != what:
                request = digest_any(params)
                record = decision_record(rooms, walk, facts, decision, request, child=action)
                seq = (await rooms.audit.append(record)).seq
                self._decided[action.method] = (what, seq)
            unasked = decision.verdict is Verdict.ASK and action.kind is ActionKind.TASK
            if decision.verdict is Verdict.DENY or (unasked and not walk.consented):
                self.forbidden = True
                raise denied(rooms, action, facts, decision)
        return self._decided[method][1]

    def _call(self) -> tuple[Action, ...]:
        """The call itself: whoever forbids it from now on forbids following it as well."""
        if self._walk.action.kind is ActionKind.TOOL_CALL:
            return (self._walk.action,)
        return ()


_FINAL: Final = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED})


def _decided_before(walk: Walk) -> dict[str, tuple[object, int]]:
    """What the policy has said of the walk's own action: no news, and so no second row."""
    decision = walk.decision
    if decision is None:
        return {}
    what = (decision.verdict, decision.rules, decision.policy_digest)
    return {walk.action.method: (what, walk.decided_seq)}


async def _record_start(rooms: Rooms, walk: Walk, ticket: TaskTicket, task: Task) -> None:
    data: dict[str, Json] = {
        "task": ticket.digest,
        "tool": walk.tool.name if walk.tool else "",
        "ttl_seconds": task.ttl,
        "poll_seconds": task.poll,
        "decided_seq": walk.decided_seq,
    }
    await rooms.audit.append(record_of(walk.action, AuditKind.TASK_STARTED, data))
