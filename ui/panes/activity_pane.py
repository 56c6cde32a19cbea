"""The audit log, live: newest first, filtered, each row to be read exactly as it was written.

Law: the pane reads; the log on disk is the record. Main thread; held by the main window.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QSplitter,
    QTableView,
    QWidget,
)

from mcphost.domain.events import AuditAppended
from mcphost.domain.summaries import AuditLine
from ui.models.activity import ActivityModel, Column, row_text
from ui.models.lines import count_text
from ui.models.records import Role
from ui.panes.core import Core
from ui.panes.verdict_delegate import VerdictDelegate
from ui.widgets.code_view import CodeView
from ui.widgets.heading import Heading
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.row_table import row_table
from ui.widgets.tokens import SPACE

TAIL = 10_000
_TYPING_MS = 120
_WIDTHS = {
    Column.TIME: 116,
    Column.WHO: 118,
    Column.LINEAGE: 104,
    Column.SERVER: 90,
    Column.VERDICT: 90,
}


class ActivityPane(QWidget):
    """Table above, the exact row below."""

    def __init__(self, core: Core, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self.model = ActivityModel(self)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._apply_filter)
        outer = column(self, spacing=SPACE.md, margin=SPACE.lg)
        outer.addLayout(self._head())
        self.table = self._build_table()
        self.detail = CodeView(wrap=True, label="The exact row")
        self.detail.setPlaceholderText("Choose a row to read it exactly as it was written.")
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.table)
        split.addWidget(self.detail)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        split.setSizes([560, 200])
        split.setChildrenCollapsible(False)
        split.setHandleWidth(3)
        outer.addWidget(split, 1)
        self.model.modelReset.connect(self._on_counted)
        self.model.rowsInserted.connect(self._on_counted)
        core.happened.connect(self._on_event)
        core.run(core.host.audit_tail(TAIL), self, done=self._on_tail)

    def _head(self) -> QHBoxLayout:
        head = row(spacing=SPACE.md)
        head.addWidget(Heading("Activity", level="md"))
        self._count = PlainLabel(tone="secondary", size="sm", wrap=False)
        head.addWidget(self._count)
        head.addStretch(1)
        self.refusals = QCheckBox("Refusals only")
        self.refusals.toggled.connect(self._apply_filter)
        head.addWidget(self.refusals)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Filter by words")
        self.search.setAccessibleName("Filter")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(280)
        self.search.textChanged.connect(self._on_typed)
        head.addWidget(self.search)
        return head

    def _build_table(self) -> QTableView:
        table = row_table(
            self.model,
            name="Audit rows, newest first",
            row_height=32,
            widths=_WIDTHS.items(),
            stretched=Column.WHAT,
        )
        table.setItemDelegateForColumn(Column.VERDICT, VerdictDelegate(table))
        table.selectionModel().currentChanged.connect(self._on_current_changed)
        return table

    def _on_event(self, event: object) -> None:
        if isinstance(event, AuditAppended):
            self.model.append(event.line)

    def _on_tail(self, lines: list[AuditLine]) -> None:
        self.model.load(lines)

    def _on_typed(self, _text: str) -> None:
        self._typing.start()

    def _apply_filter(self) -> None:
        self.model.set_filter(self.search.text(), refusals_only=self.refusals.isChecked())

    def _on_counted(self) -> None:
        shown, held = self.model.rowCount(), self.model.held()
        rows = count_text(held, "row")
        self._count.setText(rows if shown == held else f"{shown} of {rows}")

    def _on_current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        line = current.data(Role.RECORD)
        if isinstance(line, AuditLine):
            self.detail.set_code(row_text(line))
