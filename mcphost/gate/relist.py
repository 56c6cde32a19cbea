"""A server says that headers and body disagree: its tools are listed anew, the call is put again.

Law: (1) once in a walk, only a tool call of 2026-07-28, and only before any question of the server
was answered; (2) the second attempt is decided, checked and consented to like the first, whose yes
is used up; (3) it is sent by the definition listed last. Around `gate.rounds`. Loop thread.
"""

from __future__ import annotations

from mcphost.domain.action import ActionKind
from mcphost.domain.errors import ServerRefused, UserFacingError
from mcphost.domain.json import JsonObject
from mcphost.domain.text import one_line
from mcphost.domain.tool import Era, Tool
from mcphost.gate.approve import approve
from mcphost.gate.ports import Rooms
from mcphost.gate.reach import spoken_to
from mcphost.gate.rounds import rounds
from mcphost.gate.walk import Walk
from mcphost.protocol.mcp import HEADER_MISMATCH


async def rounds_as_listed(rooms: Rooms, walk: Walk) -> JsonObject:
    """`rounds`, and once more when the definition may have been an old one."""
    try:
        return await rounds(rooms, walk)
    except ServerRefused as refusal:
        tool = walk.tool
        if tool is None or not _disagrees(rooms, walk, refusal):
            raise
        await _agree_anew(rooms, walk, tool, refusal)
    return await rounds(rooms, walk)


def _disagrees(rooms: Rooms, walk: Walk, refusal: ServerRefused) -> bool:
    return (
        refusal.code == HEADER_MISMATCH
        and walk.action.kind is ActionKind.TOOL_CALL
        and walk.round == 0
        and spoken_to(rooms, walk) is Era.MODERN
    )


async def _agree_anew(rooms: Rooms, walk: Walk, tool: Tool, refusal: ServerRefused) -> None:
    listed = await rooms.relist(tool)
    if listed is None:
        raise UserFacingError(
            f"{one_line(tool.name, limit=120)} refused its headers and is not offered any more; "
            "nothing was sent again. Choose another tool."
        ) from refusal
    changed = listed.definition_digest != tool.definition_digest
    walk.tool, walk.consented, walk.grant = listed, False, None
    walk.again = (
        "its server refused the headers of the first attempt, so its tools were listed anew; "
        f"the definition of this one has {'changed' if changed else 'not changed'}"
    )
    await approve(rooms, walk)
