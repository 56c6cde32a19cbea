"""Opening a link that stands in a conversation: down the one path like everything else.

Law: the address is exactly what was pressed; whether it is opened is decided, asked and recorded by
the gate, and the desktop's browser is called as the gate's effect and by nobody else.

Loop thread. Held by `mcphost.host.facade`.
"""

from __future__ import annotations

import secrets

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.ids import ConversationId, InvocationId
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage
from mcphost.domain.ports import LinkOpener
from mcphost.domain.principal import Principal
from mcphost.gate.path import Gate


class LinkErrand:
    """Opens links for the person."""

    def __init__(self, gate: Gate, opener: LinkOpener) -> None:
        self._gate = gate
        self._opener = opener

    async def open(
        self,
        conversation: ConversationId,
        untrusted_url: str,
        *,
        principal: Principal,
        lineage: Lineage,
    ) -> None:
        """Open *untrusted_url* when policy and person agree. Raises `UserFacingError`."""
        action = Action(
            kind=ActionKind.OPEN_LINK,
            principal=principal,
            lineage=lineage,
            invocation=InvocationId(secrets.token_hex(8)),
            method="host/open-link",
            params={"url": untrusted_url},
            conversation=conversation,
        )

        async def effect() -> JsonObject:
            self._opener(untrusted_url)
            return {}

        await self._gate.perform(action, effect=effect)
