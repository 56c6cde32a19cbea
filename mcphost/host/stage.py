"""Where Apps are opened: `chat.ports.Stage` over the deck of live Views.

Law: only a template on its approved pin is opened, and nothing that the kill switch covers. Made by
`host.compose`, which fills it in; loop thread.
"""

from __future__ import annotations

from mcphost.chat.ports import LiveView, Target
from mcphost.domain.app_tool import AppTool
from mcphost.domain.errors import HostBugError
from mcphost.domain.ids import ConversationId, ItemId, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.recording import Recording
from mcphost.domain.server import ServerConfig
from mcphost.domain.view import Presence
from mcphost.gate.kill import KillSwitch
from mcphost.templates.store import TemplateStore
from mcphost.views.controller import ViewController
from mcphost.views.deck import ViewDeck
from mcphost.views.opening import ViewOpening


class Stage:
    """Filled in as the rooms are made."""

    deck: ViewDeck
    templates: TemplateStore
    switch: KillSwitch

    def approved(self, view: ViewId) -> bool:
        """Whether *view* still runs on an approved pin."""
        pin = self.deck.pin(view)
        return pin is not None and self.templates.still_approved(pin)

    def presence(self, view: ViewId) -> Presence:
        """How much of *view* a person sees."""
        return self.deck.presence(view)

    async def open(
        self,
        conversation: ConversationId,
        item: ItemId,
        target: Target,
        arguments: JsonObject,
        *,
        recording: Recording | None = None,
        returned: bool = False,
    ) -> LiveView:
        """Open the App of *target*, or play *recording* to it; *returned*: it comes back by itself.
        Raises `UserFacingError` when it is not on its pin, or the kill switch is on for it.
        """
        if target.tool.ui_resource is None:
            raise HostBugError("a tool without a template has no App to open")
        config: ServerConfig = target.server
        self.switch.require_server(config.key, conversation)
        source = await self.templates.require_approved(config.identity, target.tool.ui_resource)
        controller: ViewController = await self.deck.open(
            ViewOpening(
                conversation=conversation,
                item=item,
                server=config,
                tool=target.tool,
                source=source,
                arguments=arguments,
                recording=recording,
                returned=returned,
            )
        )
        return controller

    async def call_app_tool(self, tool: AppTool, arguments: JsonObject) -> JsonObject:
        """Call a tool of a live App. Raises `UserFacingError` and `ServerError`."""
        return await self.deck.call_tool(tool, arguments)
