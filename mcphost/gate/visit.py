"""`-32042` of 2025-11-25: the person has to visit addresses before a call can succeed.

Law: each address is put to the person by the same checks as any other question, one after the
other; the call is sent again only when they have said that they are done there, and what the server
says (`notifications/elicitation/complete`) decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mcphost.domain.errors import ProtocolViolation, ServerRefused, UserFacingError
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.ports import InputRequest
from mcphost.gate import words
from mcphost.gate.input import MAX_INPUTS_A_ROUND, answer
from mcphost.gate.ports import Rooms
from mcphost.gate.walk import Walk
from mcphost.protocol.mcp import ELICITATION_CREATE, object_or_empty


async def visit(rooms: Rooms, walk: Walk, refusal: ServerRefused) -> None:
    """Have each address in *refusal* visited. Raises what stopped it."""
    asked = _addresses(refusal)
    for number, params in enumerate(asked, 1):
        request = InputRequest(method=ELICITATION_CREATE, untrusted_params=params)
        given = await answer(rooms, walk, request, place=(number, len(asked)))
        if given.get("action") != "accept":
            raise UserFacingError(
                f"{words.title_of(walk.config)} does {words.subject(walk)} only after a visit to "
                "an address, and you did not go on. Nothing was done."
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
