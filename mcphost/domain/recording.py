"""A saved exchange read back, to be played again to a changed template.

Law: the file is somebody's: what is read here has passed its schema, and is used for one thing
only, to answer the View that is played (`mcphost.views.replay`). Nothing in it names a server to go
to, a grant or an approval. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from mcphost.domain.errors import UserFacingError
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.view import Direction

NOT_RECORDED: Final = "not-in-the-record"
"""Stands in the place of a rule, where a played View asked for what the record does not have."""
RECORDED: Final = "in-the-record"
BY_REPLAY: Final = "a replay"
"""Who ran what is played, as its card says it."""

_INPUT = "ui/notifications/tool-input"
_RESULT = "ui/notifications/tool-result"
_CANCELLED = "ui/notifications/tool-cancelled"
_INITIALIZED = "ui/initialize (answer)"
_Row: TypeAlias = JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """A request of the View and its answer: either *result*, or an error's *code* and *words*."""

    method: str
    params: JsonObject
    result: JsonObject | None = None
    code: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """All that playing an exchange takes. Every text is untrusted."""

    server: str
    tool: str
    tool_info: JsonObject
    """The tool as the View was told of it, or empty."""
    uri: str
    meta: JsonObject
    arguments: JsonObject
    result: JsonObject | None
    """None: the call came to nothing, and *cancelled* says why, or had no end yet."""
    cancelled: str
    calls: tuple[RecordedCall, ...]


def recording_of(untrusted: JsonObject) -> Recording:
    """*untrusted*, which fits its schema, as a recording. Raises `UserFacingError` when it does not
    hold what has to be played.
    """
    template, rows = _object(untrusted.get("template")), _rows(untrusted)
    given = _params(rows, _INPUT)
    if given is None:
        raise UserFacingError("The exchange does not hold the whole input of the tool.")
    ended = any(row["method"] == _RESULT for row in rows)
    result, cancelled = _params(rows, _RESULT), _params(rows, _CANCELLED)
    if ended and result is None:
        raise UserFacingError("The exchange does not hold the whole result of the tool.")
    return Recording(
        server=str(untrusted["server"]),
        tool=str(untrusted["tool"]),
        tool_info=_tool_info(rows),
        uri=str(template["uri"]),
        meta=_object(template["meta"]),
        arguments=_object(given.get("arguments")),
        result=result,
        cancelled=str(_object(cancelled).get("reason", "")),
        calls=_calls(rows),
    )


def _calls(rows: Sequence[_Row]) -> tuple[RecordedCall, ...]:
    """Every request of the View that was kept whole and answered, in order."""
    answers = {
        row["answers"]: _object(row.get("message"))
        for row in rows
        if row["direction"] == Direction.TO_VIEW.value and "answers" in row and "message" in row
    }
    found: list[RecordedCall] = []
    for row in rows:
        message, answer = _object(row.get("message")), answers.get(row["number"])
        if row["direction"] != Direction.FROM_VIEW.value or "id" not in message or answer is None:
            continue
        method, params = message.get("method"), _object(message.get("params"))
        if isinstance(method, str):
            found.append(_call(method, params, answer))
    return tuple(found)


def _call(method: str, params: JsonObject, answer: JsonObject) -> RecordedCall:
    result = answer.get("result")
    if isinstance(result, Mapping):
        return RecordedCall(method=method, params=params, result=result)
    error = _object(answer.get("error"))
    code = error.get("code")
    return RecordedCall(
        method=method,
        params=params,
        code=code if isinstance(code, int) else 0,
        words=str(error.get("message", "")),
    )


def _params(rows: Sequence[_Row], method: str) -> JsonObject | None:
    """The params of the first *method* that the View was told; None when it was not kept whole."""
    for row in rows:
        if row["method"] == method and row["direction"] == Direction.TO_VIEW.value:
            params = _object(row.get("message")).get("params")
            return params if isinstance(params, Mapping) else None
    return None


def _tool_info(rows: Sequence[_Row]) -> JsonObject:
    for row in rows:
        if row["method"] == _INITIALIZED:
            result = _object(_object(row.get("message")).get("result"))
            context = _object(result.get("hostContext"))
            return _object(_object(context.get("toolInfo")).get("tool"))
    return {}


def _rows(untrusted: JsonObject) -> list[_Row]:
    rows = untrusted["messages"]
    listed = rows if isinstance(rows, Sequence) and not isinstance(rows, str) else ()
    return [row for row in listed if isinstance(row, Mapping)]


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}
