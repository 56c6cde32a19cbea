"""The right side of the chat: welcome or transcript, context shelf, composer.

Law: one `TranscriptView` lives for each conversation that was opened, so that switching does not
tear Apps down. It shows what events say and asks nothing of the core but stored items and shelf.
Main thread; held by the chat pane.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from mcphost.domain.conversation import ContextShelfItem, Item, ViewState
from mcphost.domain.errors import McpHostError
from mcphost.domain.events import ContextShelfChanged, DraftOffered, ItemChanged
from mcphost.domain.ids import ConversationId, ItemId, ShelfKey
from mcphost.domain.template import ReviewState
from mcphost.domain.text import visible
from ui.panes.composer import Composer
from ui.panes.context_shelf import ContextShelf
from ui.panes.core import Core
from ui.panes.known import Known
from ui.panes.run_card import RunCard
from ui.panes.transcript_view import TranscriptView, stops_in
from ui.panes.view_frame import ViewFrame
from ui.panes.welcome import Welcome
from ui.widgets.banner import Banner
from ui.widgets.layouts import column, line
from ui.widgets.tokens import SPACE

_ORDER_MS = 100


class Talk(QWidget):
    """Shows one conversation at a time. `card_made` carries each new `RunCard`, once, `shown` the
    conversation that is open now, or None.
    """

    card_made = Signal(object)
    shown = Signal(object)
    link_pressed = Signal(str)

    def __init__(self, core: Core, known: Known, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._known = known
        self.current: ConversationId | None = None
        self._views: dict[ConversationId, TranscriptView] = {}
        self._drafts: dict[ConversationId, DraftOffered] = {}
        self._trouble: Banner | None = None
        outer = column(self, spacing=SPACE.sm)
        self._stack = QStackedWidget()
        self.welcome = Welcome()
        self._stack.addWidget(self.welcome)
        outer.addWidget(self._stack, 1)
        outer.addWidget(line())
        self._notes = column(spacing=SPACE.sm)
        self._notes.setContentsMargins(SPACE.xl, 0, SPACE.xl, 0)
        self.shelf = ContextShelf()
        self.shelf.removed.connect(self._on_shelf_removed)
        self._notes.addWidget(self.shelf)
        outer.addLayout(self._notes)
        self.composer = Composer(core)
        outer.addWidget(self.composer)
        core.happened.connect(self._on_event)
        known.changed.connect(self._on_known_changed)
        self._ordering = QTimer(self, singleShot=True, interval=_ORDER_MS)
        self._ordering.timeout.connect(self._put_in_order)
        self._on_known_changed()

    def open(self, conversation: ConversationId) -> None:
        """Show *conversation*."""
        self._put_draft_back()
        self.current = conversation
        self._core.post(self._core.host.shows, conversation)
        self._stack.setCurrentWidget(self.view(conversation))
        self.shown.emit(conversation)
        self._ordering.start()
        self.shelf.show_items(())
        self._core.run(
            self._core.host.shelf(conversation), self, done=partial(self._on_shelf, conversation)
        )
        draft = self._drafts.pop(conversation, None)
        if draft is not None:
            self.composer.offer_draft(draft.source, draft.text)

    def open_empty(self) -> None:
        """Show the welcome; a conversation is stored with its first item."""
        self._put_draft_back()
        self.current = None
        self._core.post(self._core.host.shows, None)
        self.shelf.show_items(())
        self._stack.setCurrentWidget(self.welcome)
        self.shown.emit(None)

    def view(self, conversation: ConversationId) -> TranscriptView:
        """The transcript of *conversation*, made and filled on first use."""
        found = self._views.get(conversation)
        if found is not None:
            return found
        made = TranscriptView(conversation)
        made.card_added.connect(self._on_card_added)
        made.link_pressed.connect(self.link_pressed)
        self._views[conversation] = made
        self._stack.addWidget(made)
        made.transcript.added.connect(self._ordering.start)
        made.transcript.changed.connect(self._ordering.start)
        self._ordering.start()
        self._core.run(
            self._core.host.items(conversation),
            made,
            done=made.transcript.load,
            failed=partial(self._on_items_failed, made),
        )
        return made

    def find_frame(self, conversation: ConversationId, item: ItemId) -> ViewFrame | None:
        """Where the App of a run belongs; None until its card is there."""
        card = self.view(conversation).card(item)
        return None if card is None else card.frame

    def say_trouble(self, text: str) -> None:
        """Say above the composer what did not work; an empty text takes it back."""
        if self._trouble is not None:
            self._trouble.hide()
            self._trouble.deleteLater()
            self._trouble = None
        if text:
            self._trouble = Banner(visible(text, limit=2_000), level="error", closable=True)
            self._notes.addWidget(self._trouble)

    def _put_in_order(self) -> None:
        """Tab leads through the conversation to what stands below it. Whatever is made later would
        come after that, so it is put in order again.
        """
        here = None if self.current is None else self.view(self.current)
        above = [self.welcome] if here is None else here.stops()
        for before, after in pairwise([*above, *stops_in(self.composer)]):
            QWidget.setTabOrder(before, after)

    def _on_items_failed(self, view: TranscriptView, error: McpHostError) -> None:
        view.transcript.load(())
        self.say_trouble(str(error))

    def _on_event(self, event: object) -> None:
        match event:
            case ItemChanged():
                self._take_item(event.conversation, event.item)
            case ContextShelfChanged():
                self._on_shelf(event.conversation, event.items)
            case DraftOffered():
                if event.conversation == self.current:
                    self.composer.offer_draft(event.source, event.text)
                else:
                    self._drafts[event.conversation] = event
            case _:
                return

    def _take_item(self, conversation: ConversationId, item: Item) -> None:
        # A conversation nobody opened is read from the store when somebody does.
        view = self._views.get(conversation)
        if view is not None:
            view.transcript.apply(item)

    def _on_card_added(self, card: RunCard) -> None:
        card.set_approved(self._known.may_show(card.run))
        self.card_made.emit(card)

    def _on_known_changed(self) -> None:
        self.composer.show_servers(self._known.servers.records())
        app_tool, write_tool = self._known.demo_tools()
        reviewed = False
        if app_tool is not None:
            review = self._known.template_of(app_tool.tool.server, app_tool.tool.name)
            reviewed = review is not None and review.state is ReviewState.APPROVED
        self.welcome.show_steps(app_tool, write_tool, reviewed=reviewed)
        for view in self._views.values():
            for card in view.cards():
                if card.run.view_state in (ViewState.NEEDS_REVIEW, ViewState.REJECTED):
                    card.set_approved(self._known.may_show(card.run))

    def _put_draft_back(self) -> None:
        draft = self.composer.take_back_draft()
        if draft is not None and self.current is not None:
            source, text = draft
            self._drafts[self.current] = DraftOffered(
                conversation=self.current, source=source, text=text
            )

    def _on_shelf(
        self,
        conversation: ConversationId,
        items: list[ContextShelfItem] | tuple[ContextShelfItem, ...],
    ) -> None:
        if conversation == self.current:
            self.shelf.show_items(items)

    def _on_shelf_removed(self, key: str) -> None:
        if self.current is not None:
            self._core.run(
                self._core.host.drop_context(self.current, ShelfKey(key)),
                self,
                failed=lambda error: self.say_trouble(str(error)),
            )
