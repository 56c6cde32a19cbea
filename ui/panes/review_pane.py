"""Templates to read, approve or reject before anything of them is drawn.

Law: the pane shows what the core stored and carries the person's verdict; pending templates come
first. Main thread; held by the main window.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from mcphost.domain.app_grant import AppGrant, AppGrantLine
from mcphost.domain.conversation import ToolRun
from mcphost.domain.errors import ConsentRefused, McpHostError
from mcphost.domain.events import AppGrantsChanged, ViewClosed, ViewInitialized
from mcphost.domain.summaries import ToolSummary
from mcphost.domain.template import ReviewState, TemplateReview, TemplateSource
from ui.models.changes import previous_version
from ui.models.lines import review_key
from ui.models.records import Role
from ui.panes.core import Core
from ui.panes.known import Known
from ui.panes.list_column import ListColumn
from ui.panes.review_detail import ReviewDetail
from ui.widgets.empty_state import EmptyState
from ui.widgets.icons import Icon
from ui.widgets.layouts import row


class ReviewPane(QWidget):
    """The list at the left, one template at the right. `use_wanted` carries the `ToolSummary` of a
    tool that opens the App of an approved one.
    """

    use_wanted = Signal(object)

    def __init__(self, core: Core, known: Known, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._known = known
        self._shown: TemplateReview | None = None
        self._tool: ToolSummary | None = None
        line = row(self, spacing=0)
        self.list = ListColumn("Templates", known.templates)
        self.list.view.selectionModel().currentChanged.connect(self._on_current_changed)
        line.addWidget(self.list)
        self._stack = QStackedWidget()
        self._empty = EmptyState(
            "No templates yet",
            "When a connected server declares an App, its template is fetched and waits here "
            "for your review. Nothing of it is drawn before.",
            icon_name=Icon.REVIEW,
        )
        self.detail = ReviewDetail()
        self.detail.verdict_given.connect(self._on_verdict_given)
        self.detail.grant_given.connect(self._on_grant_given)
        self.detail.grant_taken_back.connect(self._on_grant_taken_back)
        self.detail.use_wanted.connect(self.use_wanted)
        core.happened.connect(self._on_event)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.detail)
        line.addWidget(self._stack, 1)
        known.changed.connect(self._on_known_changed)
        self._on_known_changed()

    def show_template_of(self, run: ToolRun | None) -> None:
        """Go to the template that *run* waits for, or to the first that is pending."""
        review = None if run is None else self._known.template_of(run.server, run.tool)
        if review is None:
            review = next(iter(self._known.templates.records()), None)
        if review is not None:
            self._select(review)

    def show_template(self, review: TemplateReview) -> None:
        """Go to *review*."""
        self._select(review)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, more of it goes to the template."""
        super().resizeEvent(event)
        self.detail.show_narrow(self.list.fit(event.size().width()))

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks: what Apps came and went meanwhile was not drawn."""
        super().showEvent(event)
        self._fetch_grants()

    def _select(self, review: TemplateReview) -> None:
        found = self._known.templates.row_of(review_key(review))
        if found is not None:
            self.list.view.setCurrentIndex(self._known.templates.index(found))

    def _on_current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        review = current.data(Role.RECORD)
        if isinstance(review, TemplateReview):
            self._show(review)

    def _on_known_changed(self) -> None:
        records = self._known.templates.records()
        if not records:
            self._stack.setCurrentWidget(self._empty)
            self._shown = None
        elif self._shown is None:
            self._select(records[0])
        else:
            fresh = self._known.templates.find(review_key(self._shown))
            if fresh is not None and (fresh, self._known.tool_of(fresh)) != (
                self._shown,
                self._tool,
            ):
                self._show(fresh)
            self.list.mark(review_key(self._shown))

    def _show(self, review: TemplateReview) -> None:
        self._shown = review
        self._stack.setCurrentWidget(self.detail)
        server = self._known.servers.find(review.pin.server)
        before = previous_version(review, self._known.templates.records())
        self._tool = self._known.tool_of(review)
        self.detail.show_review(review, server.config if server else None, before, self._tool)
        self._core.run(
            self._core.host.template_source(review.pin),
            self,
            done=self._on_source,
            failed=self.detail.say_source_failed,
        )

        self._fetch_grants()

    def _on_event(self, event: object) -> None:
        match event:
            case AppGrantsChanged() if self._shown is not None and event.pin == self._shown.pin:
                self._fetch_grants()
            case ViewInitialized() | ViewClosed() if self.isVisible():
                self._fetch_grants()
            case _:
                return

    def _fetch_grants(self) -> None:
        if self._shown is None:
            return
        pin = self._shown.pin

        def show(lines: tuple[AppGrantLine, ...]) -> None:
            if self._shown is not None and self._shown.pin == pin:
                self.detail.show_grants(lines)

        self._core.run(self._core.host.app_grants(pin), self, done=show)

    def _on_grant_given(self, grant: AppGrant) -> None:
        if self._shown is not None:
            work = self._core.host.give_app_grant(self._shown.pin, grant)
            self._core.run(work, self, failed=self._on_grant_failed)

    def _on_grant_taken_back(self, grant: AppGrant) -> None:
        if self._shown is not None:
            work = self._core.host.take_back_app_grant(self._shown.pin, grant)
            self._core.run(work, self, failed=self._on_grant_failed)

    def _on_grant_failed(self, error: McpHostError) -> None:
        if not (isinstance(error, ConsentRefused) and error.how == "denied"):
            self.detail.say_trouble(str(error))

    def _on_source(self, source: TemplateSource) -> None:
        if self._shown is not None and source.review.pin == self._shown.pin:
            self.detail.show_source(source.html)

    def _on_verdict_given(self, state: ReviewState) -> None:
        if self._shown is None:
            return
        approve = state is ReviewState.APPROVED
        self._core.run(
            self._core.host.review_template(self._shown.pin, approve),
            self,
            failed=self._on_verdict_failed,
        )

    def _on_verdict_failed(self, error: McpHostError) -> None:
        self.detail.say_trouble(str(error))
