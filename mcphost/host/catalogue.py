"""All tools that can be called: those of servers, and those that live Apps offer themselves.

Law: a tool of an App is there while its View lives, in its own conversation, and after those of the
servers, so that it can never take the place of one. Implements `chat.ports.Catalogue`; loop thread.
"""

from __future__ import annotations

from mcphost.chat.ports import Target
from mcphost.domain.app_tool import AppTool
from mcphost.domain.ids import ConversationId, ServerKey, ViewId
from mcphost.domain.server import ServerConfig
from mcphost.host.fleet import Fleet
from mcphost.host.stage import Stage
from mcphost.views.app_tools import gone


class Tools:
    """Every tool of this host."""

    def __init__(self, fleet: Fleet, stage: Stage) -> None:
        self._fleet = fleet
        self._stage = stage

    def target(self, server: ServerKey, tool: str) -> Target:
        """A tool of a server. Raises `NotConfigured`."""
        return self._fleet.target(server, tool)

    def app_target(self, conversation: ConversationId, view: ViewId, tool: str) -> Target:
        """A tool of a live App. Raises `NotConfigured`."""
        for config, offered in self._stage.deck.tools(conversation):
            if (offered.view, offered.tool.name) == (view, tool):
                return _target(config, offered)
        raise gone()

    def offered(self, conversation: ConversationId) -> list[Target]:
        """The tools a model may see in *conversation*."""
        of_apps = [_target(*each) for each in self._stage.deck.tools(conversation)]
        return [*self._fleet.offered(conversation), *of_apps]


def _target(config: ServerConfig, offered: AppTool) -> Target:
    return Target(server=config, tool=offered.tool, review=None, app=offered)
