"""The part of the façade about tools that live Apps offer themselves; `Host` is made of it.

Law: as of the façade: nothing here decides, every call goes down the gate. Loop thread.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from mcphost.domain.app_tool import AppTool
from mcphost.domain.conversation import ToolRun
from mcphost.domain.ids import ConversationId, ServerKey
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage
from mcphost.domain.principal import Principal
from mcphost.domain.summaries import ToolSummary
from mcphost.gate.effects import app_tool_effect
from mcphost.host.compose import Rooms


class AppToolCommands(ABC):
    """What a person can do with tools of Apps."""

    _rooms: Rooms

    @abstractmethod
    def _actor(self) -> Principal: ...

    @abstractmethod
    def _gesture(self) -> Lineage: ...

    async def callable_tools(
        self, key: ServerKey, conversation: ConversationId | None
    ) -> list[ToolSummary]:
        """What a server offers, and then what its live Apps in *conversation* offer themselves."""
        of_server = self._rooms.fleet.tool_summaries(key)
        live = [] if conversation is None else self._rooms.deck.tools(conversation)
        return of_server + [
            ToolSummary(tool=offered.tool, effect=app_tool_effect(offered.tool), app=offered)
            for config, offered in live
            if config.key == key
        ]

    async def run_app_tool(self, tool: AppTool, arguments: JsonObject) -> ToolRun:
        """Call a tool of a live App; the card says how it ended. Raises `NotConfigured`."""
        return await self._rooms.runner.run(
            tool.conversation,
            tool.tool.server,
            tool.tool.name,
            arguments,
            principal=self._actor(),
            lineage=self._gesture(),
            view=tool.view,
        )
