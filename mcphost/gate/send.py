"""Step 6: one request, on one connection, with a deadline.

Law: what is sent was decided on: the first round is the approved request, a retry is the approved
request plus answers; it goes to the server and the tool definition that were decided on, however
long a person thought; only a chain that a person started, with a person there to answer, declares
that it can be asked for input. A result without a recorded frame is an answer that was kept, and
its row says so, or a bug of ours.
"""

from __future__ import annotations

from mcphost.domain.action import ActionKind
from mcphost.domain.errors import (
    HostBugError,
    ServerRefused,
)
from mcphost.domain.json import JsonObject
from mcphost.domain.ports import Exchange
from mcphost.domain.principal import PrincipalKind
from mcphost.gate.check import require_unchanged
from mcphost.gate.input import legacy_input
from mcphost.gate.intent import Intent
from mcphost.gate.lacking import lacking
from mcphost.gate.ports import Rooms
from mcphost.gate.progress import progress_for
from mcphost.gate.reach import connection_of
from mcphost.gate.sign_in import on_challenge
from mcphost.gate.walk import Walk, request_digest
from mcphost.protocol.mcp import MAY_ASK_FOR_INPUT, MAY_BECOME_TASK, is_error

RETRY_KEYS = frozenset({"inputResponses", "requestState"})


async def send(rooms: Rooms, walk: Walk, params: JsonObject) -> JsonObject:
    """Send *params* and return the result object."""
    method = walk.action.method
    approved = {key: value for key, value in params.items() if key not in RETRY_KEYS}
    expected = request_digest(method, approved)
    if expected != walk.approved:
        raise HostBugError("the request is not the one that was approved")
    if approved.keys() != params.keys():
        expected = request_digest(method, params)
    require_unchanged(rooms, walk)
    intent = Intent(rooms, walk, methods=frozenset({method}), expected=expected)
    try:
        with rooms.budgets.at_work(walk.action, walk):
            result = await connection_of(rooms, walk).request(
                method, params, exchange_for(rooms, walk, intent)
            )
    except ServerRefused as error:
        if walk.tap is not None:
            walk.tap.came("error", f"{error.code}: {error.server_message}".encode())
        if walk.refusal is not None:
            raise walk.refusal from error
        raise (lacking(walk, error) or error) from error
    if walk.refusal is not None and is_error(result):
        raise walk.refusal
    if not intent.sent and not intent.kept:
        raise HostBugError("a result came back for a request that was never recorded")
    return result


def may_become_task(walk: Walk) -> bool:
    """Whether the server may go on with this call as a task: declared only for a call that a person
    began and that somebody shows, since only there is a card on which the task can be seen,
    answered and ended (decision 0012).
    """
    by_app = walk.action.principal.kind is PrincipalKind.VIEW
    calls = walk.action.method in MAY_BECOME_TASK and not by_app
    return calls and walk.watcher is not None and walk.may_prompt


def exchange_for(rooms: Rooms, walk: Walk, intent: Intent, *, task: bool = False) -> Exchange:
    """Everything the connection may know about this walk. A chain that may not ask offers nothing
    to ask by: connections of older revisions then refuse the question themselves, with a row.
    *task* says that the frame is about a task.
    """
    watcher, calls = walk.watcher, walk.action.kind is ActionKind.TOOL_CALL
    present = walk.may_prompt and rooms.elicitation.present
    if task:
        return Exchange(
            invocation=walk.action.invocation,
            before_send=intent,
            elicitation=present,
            tasks=True,
            traceparent=walk.traceparent,
            deadline=rooms.pace.deadline,
        )
    may_ask = present and walk.action.method in MAY_ASK_FOR_INPUT
    return Exchange(
        invocation=walk.action.invocation,
        before_send=intent,
        elicitation=may_ask,
        tasks=may_become_task(walk),
        on_input=legacy_input(rooms, walk) if may_ask else None,
        mirrored=walk.tool.header_parameters if walk.tool is not None else None,
        on_challenge=on_challenge(rooms, walk),
        on_kept=intent.keep,
        on_progress=progress_for(watcher) if calls and watcher is not None else None,
        traceparent=walk.traceparent,
        deadline=walk.action.deadline,
    )
