"""The conversations at the left of the chat: new, switch. Main thread; held by the chat pane."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QFrame, QWidget

from mcphost.domain.conversation import ConversationSummary
from mcphost.domain.ids import ConversationId
from ui.models.lines import conversation_model
from ui.models.records import Role
from ui.panes.list_column import NARROW
from ui.panes.row_delegate import row_list
from ui.widgets.buttons import SecondaryButton
from ui.widgets.icons import Icon
from ui.widgets.layouts import column
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_WIDTH, _NARROWED = 236, 212


class ConversationList(QFrame):
    """`chosen` carries a `ConversationId`; `new_wanted` asks for an empty one."""

    chosen = Signal(str)
    new_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "page")
        self.setFixedWidth(_WIDTH)
        self._model = conversation_model(self)
        outer = column(self, spacing=SPACE.md, margin=SPACE.md)
        new = SecondaryButton("New conversation", icon_name=Icon.PLUS)
        new.setShortcut("Ctrl+N")
        new.setToolTip("New conversation (Ctrl+N)")
        new.clicked.connect(self.new_wanted)
        self._list = row_list("Conversations")
        self._list.setProperty("variant", "bare")
        self._list.setModel(self._model)
        self._list.selectionModel().currentChanged.connect(self._on_current_changed)
        outer.addWidget(new)
        self._hint = PlainLabel("Conversations appear here.", tone="tertiary", size="sm")
        outer.addWidget(self._hint)
        outer.addWidget(self._list, 1)
        outer.addStretch(0)
        self.show_all([])

    def fit(self, pane: int) -> None:
        """Leave more room to the talk where the chat is only *pane* pixels wide."""
        self.setFixedWidth(_NARROWED if pane < NARROW else _WIDTH)

    def show_all(self, summaries: list[ConversationSummary]) -> None:
        """Show exactly *summaries*, most recent first."""
        self._model.replace_all(summaries)
        self._hint.setVisible(not summaries)
        self._list.setVisible(bool(summaries))

    def newest(self) -> ConversationId | None:
        """The conversation on top."""
        records = self._model.records()
        return records[0].id if records else None

    def select(self, conversation: ConversationId | None) -> None:
        """Mark *conversation*, or none, without saying so."""
        found = None if conversation is None else self._model.row_of(conversation)
        self._list.selectionModel().blockSignals(True)
        if found is None:
            self._list.selectionModel().clear()
        else:
            self._list.setCurrentIndex(self._model.index(found))
        self._list.selectionModel().blockSignals(False)
        self._list.viewport().update()

    def _on_current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        summary = current.data(Role.RECORD)
        if isinstance(summary, ConversationSummary):
            self.chosen.emit(summary.id)
