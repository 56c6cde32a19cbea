"""Steps 3 and 4: decided by the policy, checked against its schema, consented to by a person.

Law: what comes back from here may be sent, once; anything else raises. The same for a first attempt
and for one that a server made necessary. Loop thread.
"""

from __future__ import annotations

from mcphost.domain.conversation import RunState
from mcphost.gate.ask import ask
from mcphost.gate.check import check_arguments
from mcphost.gate.decide import decide
from mcphost.gate.ports import Rooms
from mcphost.gate.walk import Walk


async def approve(rooms: Rooms, walk: Walk) -> None:
    """Raises `PolicyDenied`, `ConsentRefused`, or `UserFacingError` for arguments that do not
    fit.
    """
    walk.enter(RunState.DECIDING)
    decision = await decide(rooms, walk)
    await check_arguments(rooms, walk)
    await ask(rooms, walk, decision)
