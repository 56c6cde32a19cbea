"""The messages of one View: a filter, the table, and below it the chosen message in full.

Law: what is chosen is shown as plain text with hidden characters spelled out; what is copied is
exact. Main thread; a page of `inspector_detail`.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QSplitter,
    QTableView,
    QWidget,
)

from mcphost.domain.exchange import as_json, message_json, whole_message
from mcphost.domain.text import one_line, visible
from mcphost.domain.view import ChannelEntry, Direction, EntryVerdict, ViewReport
from ui.models.exchange import WAYS, Column, ExchangeModel, Sieve, time_text
from ui.models.lines import count_text, size_text
from ui.models.records import Role
from ui.panes.verdict_delegate import VerdictDelegate
from ui.widgets.buttons import SecondaryButton
from ui.widgets.code_view import CodeView
from ui.widgets.icons import Icon
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.row_table import row_table
from ui.widgets.tokens import SPACE

_SHOWN = 100_000
"""Characters of a message that are drawn; copying gives all that was kept."""
_TYPING_MS = 120
_WIDTHS = {
    Column.NUMBER: 48,
    Column.TIME: 78,
    Column.WAY: 108,
    Column.ID: 44,
    Column.SIZE: 76,
    Column.VERDICT: 76,
    Column.RULE: 136,
}


class InspectorMessages(QWidget):
    """`copy_wanted` carries the text of one message."""

    copy_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen: ChannelEntry | None = None
        self._dropped = 0
        self.model = ExchangeModel(self)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._apply_filter)
        outer = column(self, spacing=SPACE.md)
        outer.setContentsMargins(0, SPACE.md, 0, 0)
        self._filter = self._build_filter()
        outer.addLayout(self._filter)
        self.table = self._build_table()
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.table)
        split.addWidget(self._build_message())
        split.setSizes([380, 300])
        split.setChildrenCollapsible(False)
        split.setHandleWidth(3)
        outer.addWidget(split, 1)
        self._show_chosen(None)

    def show_report(self, report: ViewReport, *, fresh: bool) -> None:
        """Show the messages of *report*; *fresh*: of another View than before."""
        bar = self.table.verticalScrollBar()
        follows = fresh or bar.value() == bar.maximum()
        if fresh:
            self._show_chosen(None)
        self.model.show(report.entries)
        if follows:
            self.table.scrollToBottom()
        self._say_count(report.dropped)
        if self._chosen is not None and not fresh:
            current = self.table.currentIndex().data(Role.RECORD)
            if isinstance(current, ChannelEntry) and current is not self._chosen:
                self._show_chosen(current)

    def show_narrow(self, narrow: bool) -> None:
        """Whether there is little room: then the filter takes two lines."""
        ways = QBoxLayout.Direction
        self._filter.setDirection(ways.TopToBottom if narrow else ways.LeftToRight)

    def choose(self, number: int) -> None:
        """Go to the message *number*."""
        found = self.model.row_of(number)
        if found is not None:
            self.table.setCurrentIndex(self.model.index(found, Column.METHOD))

    def _build_filter(self) -> QHBoxLayout:
        whole, line = row(spacing=SPACE.md), row(spacing=SPACE.md)
        self.words = QLineEdit()
        self.words.setPlaceholderText("Filter by method, id or rule")
        self.words.setAccessibleName("Filter by method, id or rule")
        self.words.setClearButtonEnabled(True)
        self.words.textChanged.connect(self._typing.start)
        whole.addWidget(self.words, 1)
        whole.addLayout(line)
        self.way = QComboBox()
        self.way.setAccessibleName("Direction")
        self.way.addItem("Every direction", None)
        for way, text in WAYS.items():
            self.way.addItem(text, way)
        self.way.currentIndexChanged.connect(self._apply_filter)
        line.addWidget(self.way)
        self.refused = QCheckBox("Only refused")
        self.refused.toggled.connect(self._apply_filter)
        line.addWidget(self.refused)
        self._count = PlainLabel(tone="secondary", size="sm", wrap=False)
        line.addWidget(self._count)
        return whole

    def _build_table(self) -> QTableView:
        table = row_table(
            self.model,
            name="Messages, oldest first",
            row_height=28,
            widths=_WIDTHS.items(),
            stretched=Column.METHOD,
        )
        table.setItemDelegateForColumn(Column.VERDICT, VerdictDelegate(table))
        table.selectionModel().currentChanged.connect(self._on_current_changed)
        return table

    def _build_message(self) -> QWidget:
        holder = QWidget()
        inside = column(holder, spacing=SPACE.sm)
        line = row(spacing=SPACE.md)
        self._facts = PlainLabel(tone="secondary", size="sm", selectable=True)
        line.addWidget(self._facts, 1)
        self.copy = SecondaryButton("Copy message", icon_name=Icon.COPY)
        self.copy.clicked.connect(self._on_copy_clicked)
        line.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignTop)
        inside.addLayout(line)
        self.body = CodeView(wrap=True, label="The message")
        self.body.setPlaceholderText("Choose a message to read it.")
        inside.addWidget(self.body, 1)
        return holder

    def _apply_filter(self) -> None:
        way: Direction | None = self.way.currentData()
        sieve = Sieve(words=self.words.text(), way=way, refused_only=self.refused.isChecked())
        number = None if self._chosen is None else self._chosen.number
        self.model.set_sieve(sieve)
        self._say_count(self._dropped)
        if number is not None:
            self.choose(number)

    def _say_count(self, dropped: int) -> None:
        self._dropped = dropped
        shown, held = self.model.rowCount(), self.model.held()
        words = count_text(held, "message")
        words = words if shown == held else f"{shown} of {words}"
        self._count.setText(f"{words}, {dropped} no longer kept" if dropped else words)

    def _on_current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        entry = current.data(Role.RECORD)
        if isinstance(entry, ChannelEntry):
            self._show_chosen(entry)

    def _show_chosen(self, entry: ChannelEntry | None) -> None:
        self._chosen = entry
        self.copy.setEnabled(entry is not None)
        self._facts.setText("" if entry is None else facts_of(entry))
        self.body.set_code("" if entry is None else body_text(entry))

    def _on_copy_clicked(self) -> None:
        if self._chosen is not None:
            self.copy_wanted.emit(as_json(message_json(self._chosen)))


def facts_of(entry: ChannelEntry) -> str:
    """What the host knows of a message, in words."""
    parts = [f"No. {entry.number}", WAYS[entry.direction], time_text(entry.ms)]
    if entry.answers is not None:
        parts.append(f"belongs to no. {entry.answers}")
    if entry.invocation:
        parts.append(f"invocation {entry.invocation}")
    lines = [" · ".join(parts)]
    if entry.verdict is not EntryVerdict.NONE:
        rules = one_line(", ".join(entry.rules), limit=400)
        by = f" by {rules}" if rules else ""
        why = f": {one_line(entry.reason, limit=400)}" if entry.reason else ""
        lines.append(f"{entry.verdict.value.capitalize()}{by}{why}.")
    elif entry.reason:
        lines.append(one_line(entry.reason, limit=400))
    if entry.missing:
        lines.append(f"{size_text(entry.missing)} of {size_text(entry.size)} were not kept.")
    return "\n".join(lines)


def body_text(entry: ChannelEntry) -> str:
    """The message for reading: indented where it is whole, hidden characters spelled out."""
    message = whole_message(entry)
    text = entry.body if message is None else as_json(message)
    return visible(text.rstrip("\n"), limit=_SHOWN)
