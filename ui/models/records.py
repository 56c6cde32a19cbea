"""One list model for every list of frozen records: servers, tools, templates, conversations.

Law: (1) a record is replaced whole, never changed. (2) Rows stay sorted, and a row that moves keeps
its selection. (3) What is painted is a `Line`, made here by a pure function of the record, so that
no delegate and no pane reads a record twice. (4) All texts are plain text.

Called by panes, on the main thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.widgets.tips import plain_tip

R = TypeVar("R")
AnyIndex = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class Role(IntEnum):
    """What a delegate or a pane may ask of a row."""

    DETAIL = Qt.ItemDataRole.UserRole + 1
    PILL = Qt.ItemDataRole.UserRole + 2
    TONE = Qt.ItemDataRole.UserRole + 3
    SEARCH = Qt.ItemDataRole.UserRole + 4
    RECORD = Qt.ItemDataRole.UserRole + 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row as it is painted. *tone* is a name that the pill widget knows."""

    title: str
    detail: str = ""
    pill: str = ""
    tone: str = "neutral"
    search: str = ""
    tip: str = ""


class RecordModel(QAbstractListModel, Generic[R]):
    """Keyed, sorted, frozen records."""

    def __init__(
        self,
        *,
        key: Callable[[R], str],
        line: Callable[[R], Line],
        order: Callable[[R], Any],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._key = key
        self._line = line
        self._order = order
        self._records: list[R] = []

    def rowCount(self, parent: AnyIndex = _NOWHERE) -> int:
        """Rows exist below the root only."""
        return 0 if parent.isValid() else len(self._records)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The part of the row's `Line` that *role* names, or the record itself."""
        if not index.isValid() or index.row() >= len(self._records):
            return None
        record = self._records[index.row()]
        if role == Role.RECORD:
            return record
        line = self._line(record)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return line.title
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(line.tip) or None
            case Qt.ItemDataRole.AccessibleTextRole:
                return ", ".join(part for part in (line.title, line.detail, line.pill) if part)
            case Role.DETAIL:
                return line.detail
            case Role.PILL:
                return line.pill
            case Role.TONE:
                return line.tone
            case Role.SEARCH:
                return line.search or line.title
            case _:
                return None

    def records(self) -> tuple[R, ...]:
        """All records, in order."""
        return tuple(self._records)

    def find(self, key: str) -> R | None:
        """The record with *key*, or None."""
        row = self.row_of(key)
        return None if row is None else self._records[row]

    def row_of(self, key: str) -> int | None:
        """The row of the record with *key*, or None."""
        for row, record in enumerate(self._records):
            if self._key(record) == key:
                return row
        return None

    def replace_all(self, records: Iterable[R]) -> None:
        """Show exactly *records*."""
        self.beginResetModel()
        self._records = sorted(records, key=self._order)
        self.endResetModel()

    def upsert(self, record: R) -> None:
        """Add *record*, or put it in place of the one with its key."""
        old = self.row_of(self._key(record))
        new = self._place_for(record)
        if old is None:
            self.beginInsertRows(_NOWHERE, new, new)
            self._records.insert(new, record)
            self.endInsertRows()
            return
        if new != old:
            # Qt counts the destination before the row has left.
            self.beginMoveRows(_NOWHERE, old, old, _NOWHERE, new + 1 if new > old else new)
            self._records.insert(new, self._records.pop(old))
            self.endMoveRows()
        self._records[new] = record
        here = self.index(new)
        self.dataChanged.emit(here, here)

    def remove(self, key: str) -> None:
        """Forget the record with *key*, if it is here."""
        row = self.row_of(key)
        if row is None:
            return
        self.beginRemoveRows(_NOWHERE, row, row)
        del self._records[row]
        self.endRemoveRows()

    def _place_for(self, record: R) -> int:
        key, order = self._key(record), self._order(record)
        others = (each for each in self._records if self._key(each) != key)
        return sum(1 for each in others if self._order(each) <= order)
