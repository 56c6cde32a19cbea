"""A tool that a live App offers itself, as the host knows it.

Law: it belongs to one View and ends with it; it is kept nowhere. Its words and its schema are the
App's, and so are the name and the version that the App gives itself. Data only; made by
`mcphost.views`.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcphost.domain.ids import ConversationId, ViewId
from mcphost.domain.tool import Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class AppTool:
    """*tool.server* is the server whose App this is; *tool.definition_digest* is over the View as
    well, so that no tool of a server and of no other View ever has the same.
    """

    view: ViewId
    conversation: ConversationId
    app: str
    """Name and version as the App claims them: one line, sanitised; may be empty."""
    tool: Tool
    changed: bool = False
    """The App offered another tool under this name before."""

    @property
    def grant_name(self) -> str:
        """What grants know it by. No server's tool can be taken for it: the definition differs."""
        return f"{self.tool.name} (App in {self.view})"
