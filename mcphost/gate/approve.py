"""Steps 3 and 4: decided by the policy, checked against its schema, consented to by a person.

Law: what comes back from here may be sent, once; anything else raises. The same for a first attempt
and for one that a server made necessary, and for other arguments that a person put in. Loop thread.
"""

from __future__ import annotations

from mcphost.domain.conversation import RunState
from mcphost.gate.ask import ask
from mcphost.gate.check import check_arguments
from mcphost.gate.decide import decide
from mcphost.gate.edit import asked_anyway, edit
from mcphost.gate.ports import Rooms
from mcphost.gate.walk import Walk


async def approve(rooms: Rooms, walk: Walk) -> None:
    """Raises `PolicyDenied`, `ConsentRefused`, or `UserFacingError` for arguments that do not
    fit.
    """
    while True:
        walk.enter(RunState.DECIDING)
        decision = asked_anyway(walk, await decide(rooms, walk))
        await check_arguments(rooms, walk)
        changed = await ask(rooms, walk, decision)
        if changed is None:
            return
        await edit(rooms, walk, changed)
