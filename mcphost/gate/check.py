"""Arguments before they are shown, and step 8: results before anybody uses them.

Law: server-supplied schemas are evaluated in the killable worker only; arguments that do not fit
are the caller's mistake and never leave; a result that does not fit is the server's and is
discarded.
"""

from __future__ import annotations

from collections.abc import Mapping

from mcphost.domain.action import ActionKind
from mcphost.domain.errors import ProtocolViolation, UserFacingError
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import JsonObject
from mcphost.domain.text import one_line
from mcphost.gate.ports import Rooms
from mcphost.gate.reach import mirrors
from mcphost.gate.walk import Walk
from mcphost.protocol.completion import parse_completion
from mcphost.protocol.headers import parameter_headers
from mcphost.protocol.mcp import is_error, result_text
from mcphost.protocol.prompts import parse_prompt_result

CALLS = frozenset({ActionKind.TOOL_CALL, ActionKind.APP_TOOL})
"""The kinds that have arguments for a schema."""


def require_same_server(rooms: Rooms, walk: Walk) -> None:
    """Raise `UserFacingError` when the alias stands for another server by now."""
    key = walk.action.server
    if key is not None and rooms.configs(key) != walk.config:
        raise UserFacingError(
            f"the server {key} was changed since this was decided; nothing was sent. Try again."
        )


def require_unchanged(rooms: Rooms, walk: Walk) -> None:
    """Raise `UserFacingError` when the alias or the tool stands for something else by now."""
    require_same_server(rooms, walk)
    if walk.tool is not None and not rooms.listed(walk.tool):
        name = one_line(walk.tool.name, limit=120)
        raise UserFacingError(
            f"{name} was changed by its server since this call was decided; nothing was sent. "
            "Try again."
        )


async def check_arguments(rooms: Rooms, walk: Walk) -> None:
    """Validate a tool call's arguments. Raises `UserFacingError` naming the path."""
    if walk.action.kind not in CALLS or walk.tool is None:
        return
    arguments = walk.action.params.get("arguments", {})
    if not isinstance(arguments, Mapping):
        name = one_line(walk.tool.name, limit=120)
        raise UserFacingError(f"the arguments of {name} must be a JSON object; nothing was sent")
    await require_fitting(rooms, walk, arguments)


async def require_fitting(rooms: Rooms, walk: Walk, arguments: JsonObject) -> None:
    """Raise `UserFacingError` unless the walk's tool could be called with *arguments*."""
    if walk.tool is None:
        return
    name = one_line(walk.tool.name, limit=120)
    await rooms.schemas.check_arguments(walk.tool.input_schema, arguments, tool=name)
    parameter_headers(mirrors(rooms, walk), arguments)  # said now, not after somebody was asked


async def check(rooms: Rooms, walk: Walk, result: JsonObject) -> None:
    """Read a result's text and validate its structure. Raises `ProtocolViolation`: what is no
    prompt or no suggestion at all is no result either.
    """
    walk.text = result_text(result)
    match walk.action.kind:
        case ActionKind.PROMPT_GET:
            parse_prompt_result(walk.action.server or ServerKey(""), "", result)
        case ActionKind.COMPLETE:
            parse_completion(result)
        case _:
            pass
    tool = walk.tool
    if tool is None or tool.output_schema is None or is_error(result):
        return
    walk.schema_valid = False
    name = one_line(tool.name, limit=120)
    if "structuredContent" not in result:
        raise ProtocolViolation(f"{name} declares an output schema and gave no structured result")
    await rooms.schemas.check(
        tool.output_schema, result["structuredContent"], what=f"the result of {name}"
    )
    walk.schema_valid = True
