"""The messages of one View as a table, oldest first.

Law: (1) the whole record is shown again at every look; what is already there stays, so that a
choice and a place are kept. (2) A filter is one pass over the rows. (3) Every text is plain and
sanitised: methods, ids and reasons are an App's words. Called by the inspector, on the main thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from mcphost.domain.text import one_line
from mcphost.domain.view import REFUSALS, ChannelEntry, Direction, EntryVerdict
from ui.models.lines import size_text
from ui.models.records import Role
from ui.widgets.tips import plain_tip

HEADERS = ("No.", "Time", "Direction", "Method", "Id", "Size", "Verdict", "Rule")
WAYS = {
    Direction.FROM_VIEW: "App → host",
    Direction.TO_VIEW: "host → App",
    Direction.TO_SERVER: "host → server",
    Direction.FROM_SERVER: "server → host",
}
_NOWHERE = QModelIndex()
_TONES = {
    EntryVerdict.ALLOWED: "success",
    EntryVerdict.ASKED: "warning",
    EntryVerdict.DENIED: "danger",
    EntryVerdict.REFUSED: "danger",
}


class Column(IntEnum):
    """The columns, left to right."""

    NUMBER = 0
    TIME = 1
    WAY = 2
    METHOD = 3
    ID = 4
    SIZE = 5
    VERDICT = 6
    RULE = 7


_RIGHT = frozenset({Column.NUMBER, Column.TIME, Column.SIZE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """What is shown. *words* must all be in method, id, verdict or rule; *way* None is any."""

    words: str = ""
    way: Direction | None = None
    refused_only: bool = False

    def passes(self, entry: ChannelEntry) -> bool:
        """Whether *entry* is shown."""
        if self.refused_only and entry.verdict not in REFUSALS:
            return False
        if self.way is not None and entry.direction is not self.way:
            return False
        if not self.words:
            return True
        text = f"{entry.method} {entry.id} {entry.verdict} {' '.join(entry.rules)}".casefold()
        return all(word in text for word in self.words.casefold().split())


class ExchangeModel(QAbstractTableModel):
    """A filtered look at a record."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: Sequence[ChannelEntry] = ()
        self._shown: list[ChannelEntry] = []
        self._sieve = Sieve()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:
        """Rows that pass the filter."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:
        """See `HEADERS`."""
        return 0 if parent.isValid() else len(HEADERS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Column titles."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[section]
        return None

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Cell text, the entry itself (`Role.RECORD`), or the tone of its verdict (`Role.TONE`)."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        entry, column = self._shown[index.row()], Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell_text(entry, column)
            case Qt.ItemDataRole.ToolTipRole if column is Column.RULE:
                return plain_tip(cell_text(entry, column)) or None
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(one_line(entry.reason, limit=400)) or None
            case Qt.ItemDataRole.TextAlignmentRole if column in _RIGHT:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case Role.RECORD:
                return entry
            case Role.TONE:
                return _TONES.get(entry.verdict, "neutral")
            case _:
                return None

    def held(self) -> int:
        """How many entries there are, shown or not."""
        return len(self._entries)

    def row_of(self, number: int) -> int | None:
        """The row of the entry *number*, when it is shown."""
        for row, entry in enumerate(self._shown):
            if entry.number == number:
                return row
        return None

    def show(self, entries: Sequence[ChannelEntry]) -> None:
        """Show *entries*, which are those from before, some changed, and new ones."""
        if _same(entries, self._entries):
            return
        self._entries = entries
        self._settle([entry for entry in entries if self._sieve.passes(entry)])

    def set_sieve(self, sieve: Sieve) -> None:
        """Show what passes *sieve*."""
        self._sieve = sieve
        self.beginResetModel()
        self._shown = [entry for entry in self._entries if sieve.passes(entry)]
        self.endResetModel()

    def _settle(self, fresh: list[ChannelEntry]) -> None:
        before = len(self._shown)
        if len(fresh) < before or any(
            old.number != new.number for old, new in zip(self._shown, fresh, strict=False)
        ):
            self.beginResetModel()
            self._shown = fresh
            self.endResetModel()
            return
        changed = [row for row in range(before) if self._shown[row] is not fresh[row]]
        self._shown[:] = fresh[:before]
        if changed:
            last = self.index(changed[-1], len(HEADERS) - 1)
            self.dataChanged.emit(self.index(changed[0], 0), last)
        if len(fresh) > before:
            self.beginInsertRows(_NOWHERE, before, len(fresh) - 1)
            self._shown += fresh[before:]
            self.endInsertRows()


def cell_text(entry: ChannelEntry, column: Column) -> str:
    """What one cell says."""
    match column:
        case Column.NUMBER:
            return str(entry.number)
        case Column.TIME:
            return time_text(entry.ms)
        case Column.WAY:
            return WAYS[entry.direction]
        case Column.METHOD:
            return one_line(entry.method, limit=120)
        case Column.ID:
            return one_line(entry.id, limit=60)
        case Column.SIZE:
            return size_text(entry.size)
        case Column.VERDICT:
            return entry.verdict.value
        case Column.RULE:
            return one_line(", ".join(entry.rules), limit=200)


def time_text(ms: float) -> str:
    """Milliseconds since the View was opened, as seconds."""
    return f"{ms / 1000:.3f} s"


def _same(one: Sequence[ChannelEntry], other: Sequence[ChannelEntry]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
