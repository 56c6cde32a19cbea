"""The inspector, for authors of Apps: every View of this run, and all that went between it, the
host and its server.

Law: it looks, and changes nothing; it looks only while it is in front, several times a second. What
is copied, saved or played again is so by the person's press alone. Main thread; held by the main
window.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from mcphost.domain.errors import McpHostError
from mcphost.domain.ids import ViewId
from mcphost.domain.text import visible
from mcphost.domain.view import ViewReport, ViewSummary
from ui.models.lines import view_model
from ui.models.records import Role
from ui.panes.core import Core
from ui.panes.inspector_detail import InspectorDetail
from ui.panes.list_column import ListColumn
from ui.panes.replaying import Replaying
from ui.widgets.banner import Banner
from ui.widgets.empty_state import EmptyState
from ui.widgets.icons import Icon
from ui.widgets.layouts import clear, column, row
from ui.widgets.tokens import SPACE

LOOK_MS = 400


class InspectorPane(QWidget):
    """Views at the left, the chosen one at the right. `replay_opened` carries the conversation of a
    replay, `review_wanted` the `TemplateReview` of a template that was chosen for one.
    """

    replay_opened = Signal(str)
    review_wanted = Signal(object)

    def __init__(self, core: Core, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._chosen: ViewId | None = None
        self._asked = False
        self.views = view_model(self)
        line = row(self, spacing=0)
        self.list = ListColumn("Apps of this run", self.views, width=264)
        self.list.view.selectionModel().currentChanged.connect(self._on_current_changed)
        line.addWidget(self.list)
        right = column(spacing=0)
        self._notes: QVBoxLayout = column(spacing=SPACE.xs)
        self._notes.setContentsMargins(SPACE.xl, 0, SPACE.xl, 0)
        right.addLayout(self._notes)
        self._stack = QStackedWidget()
        self._empty = EmptyState(
            "No App has been open yet",
            "When a tool opens its App, every message between the App, this host and its server "
            "is listed here, with what was decided about it and why.",
            icon_name=Icon.INSPECTOR,
        )
        self.detail = InspectorDetail()
        self.detail.copy_wanted.connect(self._on_copy_wanted)
        self.detail.save_wanted.connect(self._on_save_wanted)
        self.replaying = Replaying(core, self)
        self.detail.replay_wanted.connect(self.replaying.start)
        self.replaying.opened.connect(self.replay_opened)
        self.replaying.review_wanted.connect(self.review_wanted)
        self.replaying.failed.connect(self._on_replay_failed)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.detail)
        right.addWidget(self._stack, 1)
        line.addLayout(right, 1)
        self._looking = QTimer(self, interval=LOOK_MS)
        self._looking.timeout.connect(self._look)

    def showEvent(self, event: QShowEvent) -> None:
        """In front: look now, and from now on."""
        super().showEvent(event)
        self._looking.start()
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody sees it."""
        super().hideEvent(event)
        self._looking.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, more of it goes to the messages."""
        super().resizeEvent(event)
        self.detail.show_narrow(self.list.fit(event.size().width()))

    def inspect(self, view: ViewId) -> None:
        """Show *view*."""
        self._chosen = view
        self.list.mark(view)
        self._look()

    def _look(self) -> None:
        if not self._asked:
            self._asked = True
            self._core.run(
                self._core.host.views(), self, done=self._on_views, failed=self._on_failed
            )

    def _on_views(self, views: tuple[ViewSummary, ...]) -> None:
        gone = {each.view for each in self.views.records()} - {each.view for each in views}
        for view in gone:
            self.views.remove(view)
        for each in views:
            if self.views.find(each.view) != each:
                self.views.upsert(each)
        if views and self._chosen not in {each.view for each in views}:
            self._chosen = views[-1].view
        if self._chosen is None or not views:
            self._asked = False
            self._stack.setCurrentWidget(self._empty)
            return
        self.list.mark(self._chosen)
        report = self._core.host.view_report(self._chosen)
        self._core.run(report, self, done=self._on_report, failed=self._on_failed)

    def _on_report(self, report: ViewReport) -> None:
        self._asked = False
        if report.view == self._chosen:
            self._stack.setCurrentWidget(self.detail)
            self.detail.show_report(report)

    def _on_failed(self, _error: McpHostError) -> None:
        """The View was forgotten between two looks; the next look shows another."""
        self._asked = False

    def _on_current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        summary = current.data(Role.RECORD)
        if isinstance(summary, ViewSummary) and summary.view != self._chosen:
            self._chosen = summary.view
            self._look()

    def _on_copy_wanted(self, text: str) -> None:
        QApplication.clipboard().setText(text)
        self._say("Copied.", "success")

    def _on_save_wanted(self, text: str) -> None:
        dialog = QFileDialog(self, "Save the exchange", f"{self._chosen}.exchange.json")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")

        def save(path: str) -> None:
            self.save_to(Path(path), text)

        dialog.fileSelected.connect(save)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save_to(self, path: Path, text: str) -> None:
        """Write *text* to *path*, and say so, or why not."""
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            self._say(f"Not saved to {path}: {error.strerror}", "error")
        else:
            self._say(f"Saved to {path}.", "success")

    def _on_replay_failed(self, why: str) -> None:
        self._say(f"Not played: {why}", "error")

    def _say(self, text: str, level: str) -> None:
        clear(self._notes)
        self._notes.addWidget(Banner(visible(text, limit=1_000), level=level, closable=True))
