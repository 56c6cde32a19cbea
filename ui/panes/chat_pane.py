"""The chat: conversations at the left, the talk with its Apps at the right.

Law: everything is asked of the core by operations; what is shown comes from events. Main thread;
held by the main window.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from mcphost.domain.conversation import ConversationSummary, ToolRun
from mcphost.domain.errors import ConsentRefused, McpHostError
from mcphost.domain.ids import ConversationId
from mcphost.domain.json import JsonObject
from mcphost.domain.offers import ResourceContents
from mcphost.domain.summaries import ModelSettings, ToolSummary
from mcphost.domain.text import one_line
from ui.bridge.operation import Operation
from ui.models.lines import tool_title
from ui.panes.conversation_list import ConversationList
from ui.panes.core import Core
from ui.panes.isolation import Isolation
from ui.panes.known import Known
from ui.panes.run_card import RunCard
from ui.panes.talk import Talk
from ui.panes.view_overlay import ViewOverlay
from ui.panes.view_slot import SandboxMaker, make_sandbox
from ui.panes.view_stage import ViewStage
from ui.widgets.layouts import row


class ChatPane(QWidget):
    """`review_wanted` carries the `ToolRun` whose template to review, or None for the demo's."""

    review_wanted = Signal(object)
    settings_wanted = Signal()
    inspector_wanted = Signal(str)
    """The View to inspect."""

    def __init__(
        self,
        core: Core,
        isolation: Isolation,
        known: Known,
        *,
        make: SandboxMaker = make_sandbox,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._core = core
        self._known = known
        self._turns: dict[ConversationId, Operation] = {}
        line = row(self, spacing=0)
        self.list = ConversationList()
        self.talk = Talk(core, known)
        line.addWidget(self.list)
        line.addWidget(self.talk, 1)
        self.overlay = ViewOverlay(self)
        self.overlay.cover(self.list, self.talk)
        self.stage = ViewStage(
            core, isolation, self.talk.find_frame, self.overlay, make=make, parent=self
        )
        self._connect()
        self._load()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, more of it goes to the talk."""
        super().resizeEvent(event)
        self.list.fit(event.size().width())

    def showEvent(self, event: QShowEvent) -> None:
        """What is in front of the person decides which questions may come up by themselves."""
        super().showEvent(event)
        self._core.post(self._core.host.shows, self.talk.current)

    def hideEvent(self, event: QHideEvent) -> None:
        """Behind another pane, no conversation is in front of anybody."""
        super().hideEvent(event)
        self._core.post(self._core.host.shows, None)

    def show_model(self, settings: ModelSettings) -> None:
        """Which model there is to talk to."""
        configured = settings.provider != "none" and bool(settings.model)
        self.talk.composer.show_model(settings.model, configured=configured)

    def start_new(self) -> None:
        """Show an empty conversation."""
        self.list.select(None)
        self.talk.open_empty()
        self.talk.composer.show_conversation(None)
        self._show_busy()

    def open(self, conversation: ConversationId) -> None:
        """Show *conversation*."""
        self.list.select(conversation)
        self.talk.open(conversation)
        self.talk.composer.show_conversation(conversation)
        self._show_busy()

    def open_new(self, conversation: ConversationId) -> None:
        """Show *conversation*, which was just made."""
        self._core.run(
            self._core.host.conversations(), self, done=partial(self._on_list, conversation)
        )
        self.open(conversation)

    def run_tool(self, summary: ToolSummary, arguments: JsonObject) -> None:
        """Run a tool in the conversation shown, or in a new one."""
        tool, app = summary.tool, summary.app
        if app is not None:
            self._core.run(
                self._core.host.run_app_tool(app, arguments), self, failed=self._on_failed
            )
            return

        def begin(conversation: ConversationId) -> None:
            work = self._core.host.run_tool(conversation, tool.server, tool.name, arguments)
            self._core.run(work, self, failed=self._on_failed)

        self._in_conversation(tool_title(summary), begin)

    def use(self, summary: ToolSummary) -> None:
        """Lead to where the App of a tool is seen: the run that waits for it, or its form."""
        tool = summary.tool
        if self.talk.current is None or not self.talk.view(self.talk.current).reveal(tool):
            self.talk.composer.choose_tool(tool.server, tool.name)

    def send(self, text: str) -> None:
        """Say *text* to the model."""

        def begin(conversation: ConversationId) -> None:
            work = self._core.host.send_message(conversation, text)
            turn = self._core.run(work, self, failed=self._on_failed)
            turn.finished.connect(partial(self._on_turn_finished, conversation))
            self._turns[conversation] = turn
            self._show_busy()

        self._in_conversation(one_line(text, limit=60), begin)

    def attach(self, contents: ResourceContents) -> None:
        """Put a resource on the shelf of the conversation shown, or of a new one."""

        def begin(conversation: ConversationId) -> None:
            work = self._core.host.attach(conversation, contents)
            self._core.run(work, self, failed=self._on_failed)

        self._in_conversation(one_line(contents.uri, limit=60), begin)

    def _connect(self) -> None:
        self.list.chosen.connect(self.open)
        self.list.new_wanted.connect(self.start_new)
        talk = self.talk
        talk.shown.connect(self.stage.show_conversation)
        talk.card_made.connect(self._on_card_made)
        talk.link_pressed.connect(self._on_link_pressed)
        talk.welcome.review_wanted.connect(self._on_demo_review_wanted)
        talk.welcome.run_wanted.connect(self._on_demo_run_wanted)
        talk.welcome.choose_wanted.connect(self._on_demo_tool_wanted)
        talk.composer.message_sent.connect(self.send)
        talk.composer.run_wanted.connect(self.run_tool)
        talk.composer.attach_wanted.connect(self.attach)
        talk.composer.settings_wanted.connect(self.settings_wanted)
        talk.composer.stop_wanted.connect(self._on_stop_turn_wanted)

    def _load(self) -> None:
        self._core.run(self._core.host.conversations(), self, done=self._on_first_list)
        self._core.run(self._core.host.model_settings(), self, done=self.show_model)

    def _on_first_list(self, summaries: list[ConversationSummary]) -> None:
        self.list.show_all(summaries)
        newest = self.list.newest()
        if newest is not None and self.talk.current is None:
            self.open(newest)

    def _in_conversation(self, title: str, begin: Callable[[ConversationId], None]) -> None:
        """Do *begin* in the conversation shown; without one, in a new one called *title*."""
        self.talk.say_trouble("")
        if self.talk.current is not None:
            self.talk.view(self.talk.current).follow()
            begin(self.talk.current)
            return

        def begin_in_new(conversation: ConversationId) -> None:
            self.open_new(conversation)
            begin(conversation)

        self._core.run(
            self._core.host.new_conversation(title),
            self,
            done=begin_in_new,
            failed=self._on_failed,
        )

    def _on_list(self, conversation: ConversationId, summaries: list[ConversationSummary]) -> None:
        self.list.show_all(summaries)
        self.list.select(self.talk.current or conversation)

    def _on_failed(self, error: McpHostError) -> None:
        self.talk.say_trouble(str(error))

    def _on_turn_finished(self, conversation: ConversationId) -> None:
        self._turns.pop(conversation, None)
        self._show_busy()

    def _on_stop_turn_wanted(self) -> None:
        if self.talk.current is not None:
            work = self._core.host.stop_turn(self.talk.current)
            self._core.run(work, self, failed=self._on_failed)

    def _show_busy(self) -> None:
        self.talk.composer.show_busy(self.talk.current in self._turns)

    def _on_card_made(self, card: RunCard) -> None:
        card.stop_pressed.connect(self._on_stop_pressed)
        card.review_pressed.connect(self.review_wanted)
        card.open_pressed.connect(self._on_open_pressed)
        card.close_pressed.connect(self._on_close_pressed)
        card.inspect_pressed.connect(self._on_inspect_pressed)
        card.read_pressed.connect(self._on_read_pressed)
        card.question_pressed.connect(self._on_question_pressed)
        card.look_pressed.connect(self._on_look_pressed)
        self.stage.settle_waiting()

    def _on_stop_pressed(self, run: ToolRun) -> None:
        self._core.run(self._core.host.cancel(run.id), self, failed=self._on_failed)

    def _on_open_pressed(self, run: ToolRun) -> None:
        if self.talk.current is not None:
            self.talk.view(self.talk.current).stay()
            work = self._core.host.open_view(self.talk.current, run.id)
            self._core.run(work, self, failed=self._on_failed)

    def _on_close_pressed(self, run: ToolRun) -> None:
        if run.view is not None:
            self._core.run(self._core.host.close_view(run.view), self, failed=self._on_failed)

    def _on_inspect_pressed(self, run: ToolRun) -> None:
        if run.view is not None:
            self.inspector_wanted.emit(run.view)

    def _on_read_pressed(self, run: ToolRun, uri: str) -> None:
        """Read what a result points to, of the server that gave it and of no other."""
        self.talk.say_trouble("")
        summary = self._known.servers.find(run.server)
        if summary is None or summary.config.identity != run.server_identity:
            self.talk.say_trouble(f"{run.server} is not the server that gave this result any more")
            return
        work = self._core.host.read_resource(run.server, uri)
        show = self.talk.composer.show_contents
        self._core.run(work, self, done=show, failed=self._on_failed)

    def _on_question_pressed(self, run: ToolRun) -> None:
        self._core.run(self._core.host.open_question(run.id), self, failed=self._on_failed)

    def _on_look_pressed(self, run: ToolRun) -> None:
        if self.talk.current is not None:
            work = self._core.host.look_again(self.talk.current, run.id)
            self._core.run(work, self, failed=self._on_failed)

    def _on_link_pressed(self, url: str) -> None:
        """The core decides, asks and opens; a no of the person needs no echo."""
        if self.talk.current is None:
            return
        self.talk.say_trouble("")
        work = self._core.host.open_link(self.talk.current, url)
        self._core.run(work, self, failed=self._on_link_failed)

    def _on_link_failed(self, error: McpHostError) -> None:
        if not (isinstance(error, ConsentRefused) and error.how == "denied"):
            self._on_failed(error)

    def _on_demo_review_wanted(self) -> None:
        self.review_wanted.emit(None)

    def _on_demo_run_wanted(self, summary: ToolSummary) -> None:
        self.run_tool(summary, {})

    def _on_demo_tool_wanted(self, summary: ToolSummary) -> None:
        self.talk.composer.choose_tool(summary.tool.server, summary.tool.name)
