"""The audit rows as a table, newest first.

Law: (1) rows arrive one by one and are inserted in batches, at most one per `FLUSH_MS`. (2) Only
the newest `KEPT` rows are held: the log on disk is the record, this is a look at it. (3) Filtering
is one pass over prepared strings, never a question per row and column. (4) Of the looks at a task
that a server works on, only the first is listed; a filter finds them all (decision 0012).

Called by the activity pane, on the main thread.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
)

from mcphost.domain.summaries import AuditLine
from mcphost.domain.text import visible
from ui.models.records import Role

FLUSH_MS = 60
KEPT = 20_000
HEADERS = ("Time", "Who", "Lineage", "What", "Server", "Verdict")
_NOWHERE = QModelIndex()
_VERDICT_TONES = {"refused": "danger", "deny": "danger", "ask": "warning", "allow": "success"}


class Column(IntEnum):
    """The columns, left to right."""

    TIME = 0
    WHO = 1
    LINEAGE = 2
    WHAT = 3
    SERVER = 4
    VERDICT = 5


class ActivityModel(QAbstractTableModel):
    """A filtered look at the newest audit rows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[AuditLine] = []
        self._haystacks: list[str] = []
        self._shown: list[AuditLine] = []
        self._waiting: list[AuditLine] = []
        self._newest = -1
        self._needle = ""
        self._refusals_only = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FLUSH_MS)
        self._timer.timeout.connect(self.flush)

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
        """Cell text, the row itself (`Role.RECORD`), or the tone of its verdict (`Role.TONE`)."""
        line = self.line_at(index.row()) if index.isValid() else None
        if line is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(line, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == Column.WHAT:
            return line.text
        if role == Role.RECORD:
            return line
        if role == Role.TONE:
            return _VERDICT_TONES.get(verdict_of(line), "neutral")
        return None

    def line_at(self, row: int) -> AuditLine | None:
        """The audit row shown at *row*."""
        count = len(self._shown)
        return self._shown[count - 1 - row] if 0 <= row < count else None

    def held(self) -> int:
        """How many rows are held, shown or not."""
        return len(self._lines)

    def load(self, lines: Iterable[AuditLine]) -> None:
        """Take the tail of the log. Rows that came live meanwhile are kept once."""
        known = {line.seq: line for line in (*lines, *self._lines, *self._waiting)}
        self._waiting.clear()
        self._lines = [known[seq] for seq in sorted(known)][-KEPT:]
        self._haystacks = [_haystack(line) for line in self._lines]
        self._newest = self._lines[-1].seq if self._lines else -1
        self._refilter()

    def append(self, line: AuditLine) -> None:
        """Take one live row; it shows with the next batch."""
        self._waiting.append(line)
        if not self._timer.isActive():
            self._timer.start()

    def set_filter(self, text: str, *, refusals_only: bool) -> None:
        """Show only rows that contain every word of *text* (and were refused)."""
        self._needle = text.casefold()
        self._refusals_only = refusals_only
        self._refilter()

    def flush(self) -> None:
        """Show the rows that wait."""
        fresh = [line for line in self._waiting if line.seq > self._newest]
        self._waiting.clear()
        if not fresh:
            return
        fresh.sort(key=lambda line: line.seq)
        self._newest = fresh[-1].seq
        haystacks = [_haystack(line) for line in fresh]
        self._lines += fresh
        self._haystacks += haystacks
        passing = [
            line for line, hay in zip(fresh, haystacks, strict=True) if self._passes(line, hay)
        ]
        if passing:
            self.beginInsertRows(_NOWHERE, 0, len(passing) - 1)
            self._shown += passing
            self.endInsertRows()
        if len(self._lines) > KEPT + KEPT // 10:
            self._lines = self._lines[-KEPT:]
            self._haystacks = self._haystacks[-KEPT:]
            self._refilter()

    def _passes(self, line: AuditLine, haystack: str) -> bool:
        if self._refusals_only and not line.refused:
            return False
        if not self._needle and is_later_look(line):
            return False
        return all(word in haystack for word in self._needle.split())

    def _refilter(self) -> None:
        self.beginResetModel()
        self._shown = [
            line
            for line, haystack in zip(self._lines, self._haystacks, strict=True)
            if self._passes(line, haystack)
        ]
        self.endResetModel()


def is_later_look(line: AuditLine) -> bool:
    """Whether *line* is one of the many looks at a task that follow the first."""
    if line.kind != "frame_intended" or b'"method":"tasks/get"' not in line.body:
        return False
    return b'"look":1,' not in line.body and b'"look":1}' not in line.body


def cell_text(line: AuditLine, column: Column) -> str:
    """What one cell says."""
    match column:
        case Column.TIME:
            return local_time(line.at)
        case Column.WHO:
            return who_text(line.principal)
        case Column.LINEAGE:
            return line.lineage
        case Column.WHAT:
            return line.text
        case Column.SERVER:
            return line.server
        case Column.VERDICT:
            return verdict_of(line)


def who_text(principal: str) -> str:
    """A principal as a person reads it: `you`, `the host`, `model claude-…`, `App 4be1…`."""
    kind, _, ident = principal.partition(":")
    match kind:
        case "user":
            return "you"
        case "host":
            return "the host"
        case "view":
            return f"App {ident}"
        case "model" | "automation":
            return f"{kind} {ident}".strip()
        case _:
            return principal


def verdict_of(line: AuditLine) -> str:
    """`refused`, the policy's verdict for a decision row, or nothing."""
    if line.kind == "action_decided":
        for verdict in ("deny", "ask", "allow"):
            if f'"verdict":"{verdict}"'.encode() in line.body:
                return verdict
    return "refused" if line.refused else ""


def local_time(at: str) -> str:
    """An RFC 3339 time as local wall-clock time with milliseconds; *at* itself when it is not."""
    try:
        moment = datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone()
    except ValueError:
        return at
    return moment.strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


def row_text(line: AuditLine) -> str:
    """The row indented for reading, its hidden characters spelled out."""
    try:
        parsed: object = json.loads(line.body)
    except ValueError:
        return visible(line.body.decode("utf-8", "replace"))
    return visible(json.dumps(parsed, indent=2, ensure_ascii=False, sort_keys=False))


def _haystack(line: AuditLine) -> str:
    parts = (
        line.text,
        line.principal,
        who_text(line.principal),
        line.server,
        line.kind,
        line.lineage,
        line.invocation,
    )
    return " ".join(parts).casefold()
