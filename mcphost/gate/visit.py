"""`-32042` of 2025-11-25: the person has to visit addresses before a call can succeed.

Law: each address is put to the person by the same checks as any other question, one after the
other; nothing is sent again by itself, because only the person knows when they are done there, and
what the server says later (`notifications/elicitation/complete`) decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mcphost.domain.errors import McpHostError, ProtocolViolation, ServerRefused, UserFacingError
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.ports import InputRequest
from mcphost.gate import words
from mcphost.gate.input import MAX_INPUTS_A_ROUND, answer
from mcphost.gate.ports import Rooms
from mcphost.gate.walk import Walk
from mcphost.protocol.mcp import ELICITATION_CREATE, object_or_empty


async def visit(rooms: Rooms, walk: Walk, refusal: ServerRefused) -> McpHostError:
    """Ask for each address in *refusal*. Returns what the call came to, to be raised."""
    for params in _addresses(refusal):
        request = InputRequest(method=ELICITATION_CREATE, untrusted_params=params)
        given = await answer(rooms, walk, request)
        if given.get("action") != "accept":
            return UserFacingError(
                f"{words.title_of(walk.config)} does {words.subject(walk)} only after a visit to "
                "an address that you did not agree to. Nothing was done."
            )
    return UserFacingError(
        f"{words.title_of(walk.config)} does {words.subject(walk)} once you have finished on the "
        "page that was opened. Finish there, then run it again."
    )


def _addresses(refusal: ServerRefused) -> list[JsonObject]:
    data: Json = refusal.data  # type: ignore[assignment]
    asked = object_or_empty(data).get("elicitations")
    if not isinstance(asked, Sequence) or isinstance(asked, str) or not asked:
        raise ProtocolViolation("the server wants addresses to be visited and names none; refused")
    if len(asked) > MAX_INPUTS_A_ROUND:
        raise ProtocolViolation(
            f"the server wants more than {MAX_INPUTS_A_ROUND} addresses to be visited; refused"
        )
    found = [one for one in asked if isinstance(one, Mapping) and one.get("mode") == "url"]
    if len(found) != len(asked):
        raise ProtocolViolation("the server wants something else than visits to addresses; refused")
    return found
