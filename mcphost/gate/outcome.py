"""Steps 9 and 10: how it ended, as a durable row, and only then the result for whoever asked.

Law: every walk that was decided to go on is closed by exactly one row, `action_finished` or
`action_failed`; a result whose row could not be written is not delivered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcphost.domain.audit import AuditKind
from mcphost.domain.conversation import RunState
from mcphost.domain.decision import Decision
from mcphost.domain.errors import (
    ConsentRefused,
    HostBugError,
    McpHostError,
    PolicyDenied,
    ServerRefused,
    StorageError,
    TaskEnded,
)
from mcphost.domain.ids import Digest, InvocationId
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.ports import Kept
from mcphost.domain.text import one_line
from mcphost.gate.evidence import write, write_soon
from mcphost.gate.ports import Rooms
from mcphost.gate.walk import Walk, digest_any
from mcphost.gate.words import subject
from mcphost.protocol.mcp import is_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an action came to. *text* is the result's text fallback, sanitised."""

    result: JsonObject
    invocation: InvocationId
    decision: Decision
    rounds: int
    """Requests that were sent; 0 for an action inside the host."""
    text: str
    changed: JsonObject | None = None
    """The arguments it was called with, when a person had changed them."""
    kept: Kept | None = None
    """That the result was given before; then it may be that nothing was sent."""


async def outcome(rooms: Rooms, walk: Walk, result: JsonObject) -> None:
    """The row of a result."""
    walk.tool_error = is_error(result)
    data: dict[str, Json] = {
        **_common(rooms, walk),
        "result_digest": walk.result_digest or digest_any(result),
        "is_error": walk.tool_error,
        "schema_valid": walk.schema_valid,
        "executed_digest": _executed(walk),
        "approved_digest": walk.approved,
        **_kept(walk),
    }
    await write(rooms, walk, AuditKind.ACTION_FINISHED, data)
    walk.enter(RunState.TOOL_ERROR if walk.tool_error else RunState.DONE)


def deliver(walk: Walk, result: JsonObject) -> Outcome:
    """The result, with what it is the result of."""
    if walk.decision is None:
        raise HostBugError("a result without a decision")
    return Outcome(
        result=result,
        invocation=walk.action.invocation,
        decision=walk.decision,
        rounds=len(walk.executed),
        text=walk.text,
        changed=_changed(walk),
        kept=walk.kept,
    )


async def failed(rooms: Rooms, walk: Walk, error: McpHostError) -> None:
    """The row of a failure or a refusal; a broken log is not asked to wait."""
    refused = isinstance(error, PolicyDenied | ConsentRefused)
    data: dict[str, Json] = {
        **_common(rooms, walk),
        "error": type(error).__name__,
        "refused": refused,
        "schema_valid": walk.schema_valid,
    }
    match error:
        case PolicyDenied() | ConsentRefused():
            data |= {"rules": list(error.rules), "reason": one_line(str(error), limit=400)}
        case TaskEnded():
            data |= {"reason": error.how, "code": error.code}
        case ServerRefused():
            # The server's own words stay out of the log: they may repeat what it was told.
            data["code"] = error.code
        case _:
            data["reason"] = one_line(str(error), limit=400)
    walk.enter(RunState.REFUSED if refused else RunState.FAILED)
    if isinstance(error, StorageError):
        write_soon(rooms, walk, AuditKind.ACTION_FAILED, data)
    else:
        await write(rooms, walk, AuditKind.ACTION_FAILED, data)


def abandoned(rooms: Rooms, walk: Walk, why: str) -> None:
    """The row of a walk that ends without an answer (cancelled, or a bug). Never waits."""
    data: dict[str, Json] = {**_common(rooms, walk), "error": why, "refused": False}
    write_soon(rooms, walk, AuditKind.ACTION_FAILED, data)
    walk.enter(RunState.CANCELLED if why == "cancelled" else RunState.FAILED)


def _changed(walk: Walk) -> JsonObject | None:
    arguments = walk.action.params.get("arguments")
    return arguments if walk.changed and isinstance(arguments, Mapping) else None


def _executed(walk: Walk) -> Digest | None:
    """The digest of what was done; nothing was when an answer was kept and is given again."""
    if walk.executed:
        return walk.executed[-1]
    return walk.approved if walk.kept is None else None


def _kept(walk: Walk) -> dict[str, Json]:
    if walk.kept is None:
        return {}
    how = "stale" if walk.kept.stale else "fresh"
    return {"kept": how, "kept_milliseconds": round(walk.kept.age * 1000)}


def _common(rooms: Rooms, walk: Walk) -> dict[str, Json]:
    return {
        "method": walk.action.method,
        "subject": one_line(subject(walk), limit=400),
        "decided_seq": walk.decided_seq,
        "rounds": len(walk.executed),
        "milliseconds": round((rooms.clock() - walk.started) * 1000),
    }
