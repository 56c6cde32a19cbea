"""The tasks extension (`io.modelcontextprotocol/tasks`): what a server says of a task, parsed.

Law: (1) every required field is there and of its type, or the answer is refused whole; (2) a task
never stands for another one than was asked for; (3) the result of a finished task is a plain
result, no second task and no question. Pure; called by the session and by `gate.tasks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.task import Task, TaskStatus
from mcphost.domain.text import one_line
from mcphost.protocol.mcp import ResultType, parse_input_requests, parse_result_type

MAX_ID: Final = 1024
_MESSAGE: Final = 300
_LONGEST: Final = 10 * 365 * 24 * 3600.0


def parse_created(result: JsonObject) -> Task:
    """The task in a `resultType: "task"` answer to a call. Raises `ProtocolViolation`."""
    return _head(result)


def parse_task(result: JsonObject, task_id: str) -> Task:
    """The answer to `tasks/get` for *task_id*. Raises `ProtocolViolation`."""
    task = _head(result)
    if task.id != task_id:
        raise ProtocolViolation("another task than was asked for")
    match task.status:
        case TaskStatus.INPUT_REQUIRED:
            asked = result.get("inputRequests")
            if not isinstance(asked, Mapping):
                raise ProtocolViolation("a task that waits for input and does not say for which")
            return replace(task, input_requests=parse_input_requests(asked))
        case TaskStatus.COMPLETED:
            return replace(task, result=_final(result.get("result")))
        case TaskStatus.FAILED:
            error = result.get("error")
            if not isinstance(error, Mapping):
                raise ProtocolViolation("a failed task without its error")
            return replace(task, error=error)
        case TaskStatus.WORKING | TaskStatus.CANCELLED:
            return task


def error_of(task: Task) -> tuple[int, str, Json]:
    """Code, message and data of a failed task. Raises `ProtocolViolation`."""
    error = task.error or {}
    code, message = error.get("code"), error.get("message")
    if isinstance(code, bool) or not isinstance(code, int) or not isinstance(message, str):
        raise ProtocolViolation("a failed task whose error is none of JSON-RPC")
    return code, message, error.get("data")


def _head(result: JsonObject) -> Task:
    task_id, status = result.get("taskId"), result.get("status")
    if not isinstance(task_id, str) or not 0 < len(task_id) <= MAX_ID:
        raise ProtocolViolation(f"a taskId that is no text of 1 to {MAX_ID} characters")
    if not isinstance(status, str) or status not in set(TaskStatus):
        raise ProtocolViolation("a task in a state that does not exist")
    for moment in ("createdAt", "lastUpdatedAt"):
        if not isinstance(result.get(moment), str):
            raise ProtocolViolation(f"a task without {moment}")
    if "ttlMs" not in result:
        raise ProtocolViolation("a task without ttlMs")
    message = result.get("statusMessage", "")
    if not isinstance(message, str):
        raise ProtocolViolation("a statusMessage that is not text")
    return Task(
        id=task_id,
        status=TaskStatus(status),
        message=one_line(message, limit=_MESSAGE),
        ttl=_seconds(result["ttlMs"], "ttlMs"),
        poll=_seconds(result.get("pollIntervalMs"), "pollIntervalMs"),
    )


def _seconds(untrusted: Json, name: str) -> float | None:
    if untrusted is None:
        return None
    if isinstance(untrusted, bool) or not isinstance(untrusted, int | float):
        raise ProtocolViolation(f"{name} that is no number of milliseconds")
    if untrusted != int(untrusted):
        raise ProtocolViolation(f"{name} that is no whole number of milliseconds")
    return min(max(untrusted / 1000, 0.0), _LONGEST)


def _final(untrusted: Json) -> JsonObject:
    if not isinstance(untrusted, Mapping):
        raise ProtocolViolation("a finished task without its result")
    if parse_result_type(untrusted) is not ResultType.COMPLETE:
        raise ProtocolViolation("a finished task whose result is none")
    return untrusted
