"""What the window knows of servers, their tools and their templates: shared by all panes.

Law: filled by one question at start and by events after that; it holds the core's values and makes
up nothing. Main thread; made by the main window.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from mcphost.domain.conversation import ToolRun
from mcphost.domain.events import ServerChanged, ServerRemoved, TemplateChanged
from mcphost.domain.ids import ServerKey
from mcphost.domain.summaries import Link, ServerSummary, ToolSummary
from mcphost.domain.template import ReviewState, TemplateReview
from mcphost.domain.tool import Effect
from ui.models.lines import server_model, template_model
from ui.panes.core import Core


class Known(QObject):
    """`changed` after anything changed; `tools_changed` carries the server whose tools did."""

    changed = Signal()
    tools_changed = Signal(str)

    def __init__(self, core: Core, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self.servers = server_model(self)
        self.templates = template_model(self)
        self._tools: dict[ServerKey, tuple[ToolSummary, ...]] = {}
        core.happened.connect(self._on_event)

    def load(self) -> None:
        """Ask the core for everything once."""
        self._core.run(self._core.host.servers(), self, done=self._on_servers)
        self._core.run(self._core.host.templates(), self, done=self._on_templates)

    def tools(self, server: ServerKey) -> tuple[ToolSummary, ...]:
        """The tools of *server*, as far as they were fetched."""
        return self._tools.get(server, ())

    def pending(self) -> int:
        """How many templates of servers that are still here wait for a review."""
        waiting = (r for r in self.templates.records() if r.state is ReviewState.PENDING)
        return sum(1 for review in waiting if self.servers.find(review.pin.server) is not None)

    def builtin(self) -> ServerSummary | None:
        """The demo server."""
        return next((s for s in self.servers.records() if s.config.builtin), None)

    def demo_tools(self) -> tuple[ToolSummary | None, ToolSummary | None]:
        """A tool with an App that needs no arguments, and one that writes, of the demo server."""
        builtin = self.builtin()
        tools = self.tools(builtin.config.key) if builtin else ()
        apps = (t for t in tools if t.tool.ui_resource and t.effect is Effect.READ)
        ready = (t for t in apps if t.tool.visible_to_model and not _required(t))
        writing = (t for t in tools if t.effect is Effect.WRITE)
        return next(ready, None), next(writing, None)

    def template_of(self, server: ServerKey, tool: str) -> TemplateReview | None:
        """The newest template that *tool* draws with."""
        uri = next((t.tool.ui_resource for t in self.tools(server) if t.tool.name == tool), None)
        found = [r for r in self.templates.records() if r.pin.server == server and r.pin.uri == uri]
        return max(found, key=lambda r: r.fetched_at, default=None)

    def tool_of(self, review: TemplateReview) -> ToolSummary | None:
        """A tool that a person can run to see the App of *review*: one that needs least."""
        pin = review.pin
        drawn = (t for t in self.tools(pin.server) if t.tool.ui_resource == pin.uri)
        open_to_all = (t for t in drawn if t.tool.visible_to_model)
        return min(open_to_all, key=_wants, default=None)

    def may_show(self, run: ToolRun) -> bool:
        """Whether the template behind *run* is approved by now."""
        review = self.template_of(run.server, run.tool)
        return review is not None and review.state is ReviewState.APPROVED

    def _on_event(self, event: object) -> None:
        match event:
            case ServerChanged():
                before = self.servers.find(event.summary.config.key)
                self.servers.upsert(event.summary)
                if before is None or _tools_differ(before, event.summary):
                    self._fetch_tools(event.summary)
            case ServerRemoved():
                self.servers.remove(event.key)
                self._tools.pop(event.key, None)
            case TemplateChanged():
                self.templates.upsert(event.review)
            case _:
                return
        self.changed.emit()

    def _on_servers(self, servers: list[ServerSummary]) -> None:
        self.servers.replace_all(servers)
        for summary in servers:
            self._fetch_tools(summary)
        self.changed.emit()

    def _on_templates(self, templates: list[TemplateReview]) -> None:
        self.templates.replace_all(templates)
        self.changed.emit()

    def _fetch_tools(self, summary: ServerSummary) -> None:
        key = summary.config.key
        if summary.link is Link.ONLINE:
            self._core.run(self._core.host.tools(key), self, done=partial(self._on_tools, key))

    def _on_tools(self, server: ServerKey, tools: list[ToolSummary]) -> None:
        self._tools[server] = tuple(tools)
        self.tools_changed.emit(server)
        self.changed.emit()


def _tools_differ(before: ServerSummary, after: ServerSummary) -> bool:
    return (before.link, before.tools_digest) != (after.link, after.tools_digest)


def _required(summary: ToolSummary) -> bool:
    return bool(summary.tool.input_schema.get("required"))


def _wants(summary: ToolSummary) -> tuple[bool, bool]:
    """How much running a tool wants of a person: the less, the sooner."""
    return summary.effect is not Effect.READ, _required(summary)
