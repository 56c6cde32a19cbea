"""One conversation as a column of items that stays at its end while the person reads there.

Law: an item's widget is made once and updated in place, so that a live App is never rebuilt by a
change of its run. A person who scrolled up is not pulled down. Main thread; held by the chat pane.
"""

from __future__ import annotations

from functools import partial
from itertools import islice

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from mcphost.domain.conversation import Item, ModelText, Notice, ToolRun, UserText, ViewState
from mcphost.domain.ids import ConversationId, ItemId
from mcphost.domain.tool import Tool
from ui.models.transcript import Transcript
from ui.panes.item_widgets import ModelBlock, NoticeLine, UserBubble
from ui.panes.run_card import RunCard
from ui.widgets.layouts import column, row
from ui.widgets.tokens import SPACE

CONTENT_WIDTH = 860
_NEAR_END = 48
_ORDERED = 20
"""Items from the end whose stops are put in order; all others were when they came."""


class TranscriptView(QScrollArea):
    """Shows a `Transcript`."""

    card_added = Signal(object)
    link_pressed = Signal(str)

    def __init__(self, conversation: ConversationId, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.conversation = conversation
        self.transcript = Transcript(self)
        self._widgets: dict[ItemId, QWidget] = {}
        self._following = True
        self.setWidgetResizable(True)
        self.setAccessibleName("Conversation")
        outer = QWidget()
        line = row(outer)
        line.setContentsMargins(SPACE.xl, SPACE.lg, SPACE.xl, SPACE.lg)
        self._column = QWidget()
        self._column.setMaximumWidth(CONTENT_WIDTH)
        self._column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._items = column(self._column, spacing=SPACE.lg)
        self._items.addStretch(1)
        line.addStretch(1)
        line.addWidget(self._column, 1_000)
        line.addStretch(1)
        self.setWidget(outer)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._on_range_changed)
        bar.valueChanged.connect(self._on_scrolled)
        self.transcript.added.connect(self._on_added)
        self.transcript.changed.connect(self._on_changed)

    def card(self, item: ItemId) -> RunCard | None:
        """The card of a tool run."""
        widget = self._widgets.get(item)
        return widget if isinstance(widget, RunCard) else None

    def cards(self) -> tuple[RunCard, ...]:
        """Every tool run, in order."""
        return tuple(each for each in self._widgets.values() if isinstance(each, RunCard))

    def stops(self) -> list[QWidget]:
        """Where Tab leads in here, in the order of what is seen: in the newest items."""
        newest = list(islice(reversed(self._widgets.values()), _ORDERED))
        return [self, *(stop for widget in reversed(newest) for stop in stops_in(widget))]

    def reveal(self, tool: Tool) -> bool:
        """Go to the newest run of *tool* whose App waited for a review, if there is one."""
        waiting = (ViewState.NEEDS_REVIEW, ViewState.REJECTED)
        for card in reversed(self.cards()):
            run = card.run
            if run.view_state in waiting and (run.server, run.tool) == (tool.server, tool.name):
                self.stay()
                QTimer.singleShot(0, card, partial(self.ensureWidgetVisible, card.frame))
                return True
        return False

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._following = True
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def stay(self) -> None:
        """Stop going to the end: what the person has just opened is here."""
        self._following = False

    def _on_added(self, item: Item) -> None:
        widget = self._widget_for(item)
        self._widgets[item.id] = widget
        self._items.insertWidget(self._items.count() - 1, widget)
        if isinstance(widget, RunCard):
            self.card_added.emit(widget)
        if isinstance(item, UserText):
            self.follow()

    def _on_changed(self, item: Item) -> None:
        match self._widgets.get(item.id), item:
            case RunCard() as card, ToolRun():
                card.show_run(item)
            case ModelBlock() as block, ModelText():
                block.show_text(item)
            case _:
                return

    def _widget_for(self, item: Item) -> QWidget:
        match item:
            case UserText():
                return UserBubble(item)
            case ModelText():
                block = ModelBlock(item)
                block.link_pressed.connect(self.link_pressed)
                return block
            case ToolRun():
                return RunCard(item)
            case Notice():
                return NoticeLine(item)

    def _on_scrolled(self, value: int) -> None:
        self._following = value >= self.verticalScrollBar().maximum() - _NEAR_END

    def _on_range_changed(self, _least: int, most: int) -> None:
        if self._following:
            self.verticalScrollBar().setValue(most)


def stops_in(whole: QWidget) -> list[QWidget]:
    """What in *whole* Tab may lead to; lists that drop down are windows of their own. The engine's
    chain itself is never walked: to Python, each widget would become the owner of the next.
    """
    tab, window = Qt.FocusPolicy.TabFocus, whole.window()
    parts = whole.findChildren(QWidget)
    return [part for part in parts if part.focusPolicy() & tab and part.window() is window]
