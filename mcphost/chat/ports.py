"""What the chat room needs of the rest of the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mcphost.domain.app_tool import AppTool
from mcphost.domain.ids import ConversationId, ItemId, ServerKey, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.recording import Recording
from mcphost.domain.server import ServerConfig
from mcphost.domain.task import TaskTicket
from mcphost.domain.template import TemplateReview
from mcphost.domain.tool import Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A tool that can be called now. *review* is the newest one of its declared template."""

    server: ServerConfig
    tool: Tool
    review: TemplateReview | None
    suspended: bool = False
    """Its server changed it and nobody has looked: its new words are not for a model."""
    app: AppTool | None = None
    """The live App that offers *tool* itself; None for a tool of the server."""


class Catalogue(Protocol):
    """Which tools there are (`mcphost.host`)."""

    def target(self, server: ServerKey, tool: str) -> Target:
        """Raises `NotConfigured` when the server or the tool is not there."""
        ...

    def app_target(self, conversation: ConversationId, view: ViewId, tool: str) -> Target:
        """A tool that the live App *view* offers itself, in its own conversation. Raises
        `NotConfigured`.
        """
        ...

    def offered(self, conversation: ConversationId) -> list[Target]:
        """The tools a model may see in *conversation*."""
        ...


class Tickets(Protocol):
    """Which tasks may still be running (`mcphost.storage.tasks`). Raises `StorageError`."""

    def keep(self, conversation: ConversationId, item: ItemId, ticket: TaskTicket) -> None:
        """Remember the task of a run; durable when this returns."""
        ...

    def find(self, conversation: ConversationId, item: ItemId) -> TaskTicket | None:
        """The task of a run, while it may be running."""
        ...

    def forget(self, conversation: ConversationId, item: ItemId) -> None:
        """The task is over."""
        ...


class LiveView(Protocol):
    """One open View (`mcphost.views.controller`)."""

    id: ViewId

    def result(self, result: JsonObject) -> None:
        """Deliver the tool's result."""
        ...

    def cancelled(self, reason: str) -> None:
        """The call came to nothing."""
        ...


class Stage(Protocol):
    """Opens Views, and calls what they offer (`mcphost.host` over `mcphost.views.deck`)."""

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
        """Open the App of *target*, or play *recording* to it. *returned*: nobody asked, it comes
        back by itself. Raises `UserFacingError` when it is not on its pin.
        """
        ...

    async def call_app_tool(self, tool: AppTool, arguments: JsonObject) -> JsonObject:
        """Call a tool of a live App, once the path said yes. Raises `UserFacingError` and
        `ServerError`.
        """
        ...
