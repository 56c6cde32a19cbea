"""What falls when a View, a task or an App's tools end. Loop thread; put in place by `compose`."""

from __future__ import annotations

from mcphost.chat.flow import Contexts
from mcphost.chat.shelf import Shelf
from mcphost.consent.grants import Grants, Which
from mcphost.domain.events import Event, ViewClosed
from mcphost.domain.ids import ServerKey
from mcphost.domain.lineage import Lineage
from mcphost.domain.ports import EventSink


def from_view(contexts: Contexts, shelf: Shelf, events: EventSink, event: Event) -> None:
    """Pass on what a View reports; what one that has ended lent to a talk is forgotten."""
    if isinstance(event, ViewClosed):
        contexts.left(event.view)
        shelf.readmit(event.view)
    events(event)


async def task_ended(grants: Grants, lineage: Lineage) -> None:
    """The turn of *lineage* is over."""
    if lineage.gesture is not None:
        await grants.drop(Which(task=lineage.gesture), "the task is over")


async def app_tools_ended(grants: Grants, server: ServerKey, names: frozenset[str]) -> None:
    """The App that offered the tools *names* is gone."""
    await grants.drop(Which(server=server, tools=names), "the App that offered the tool was closed")
