"""One template under review: what it is, what it asks for, what was found, its source.

Law: findings are disclosure, not proof, and the pane says so. Everything of the template is plain
text, hidden characters spelled out. The verdict is the person's press, carried as a signal. Main
thread; held by the review pane.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from mcphost.domain.app_grant import AppGrantLine
from mcphost.domain.errors import McpHostError
from mcphost.domain.server import ServerConfig
from mcphost.domain.summaries import ToolSummary
from mcphost.domain.template import ReviewState, TemplateReview
from mcphost.domain.text import one_line, visible
from ui.models.changes import what_changed
from ui.models.lines import REVIEW_TONES, review_key, size_text, tool_title, when_text
from ui.panes.app_grants_page import AppGrantsPage
from ui.panes.review_parts import changes_page, findings_page, policy_page, policy_text
from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
from ui.widgets.buttons import DangerButton, IconButton, PrimaryButton, SecondaryButton
from ui.widgets.code_view import CodeView
from ui.widgets.heading import Heading
from ui.widgets.icons import Icon
from ui.widgets.layouts import clear, column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_SOURCE_LIMIT = 4_000_000
_REVIEWERS = {"user:local": "you", "automation:cli": "the command line"}


class ReviewDetail(QWidget):
    """`verdict_given` carries `ReviewState.APPROVED` or `REJECTED`, `use_wanted` a `ToolSummary`;
    the others an `AppGrant`.
    """

    verdict_given = Signal(object)
    grant_given = Signal(object)
    grant_taken_back = Signal(object)
    use_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self._narrow = False
        self._verdict: QBoxLayout | None = None
        self._review: TemplateReview | None = None
        self._server: ServerConfig | None = None
        self._grants: AppGrantsPage | None = None
        self._policy: CodeView | None = None
        outer = column(self, spacing=SPACE.md)
        outer.setContentsMargins(SPACE.xl, SPACE.lg, SPACE.xl, SPACE.lg)
        self._head = column(spacing=SPACE.sm)
        outer.addLayout(self._head)
        self._digest = PlainLabel(tone="secondary", size="sm", elide=True)
        self._copy = IconButton(Icon.COPY, "Copy the digest")
        self._copy.clicked.connect(self._on_copy_clicked)
        digest = row(spacing=SPACE.sm)
        digest.addWidget(self._digest, 1)
        digest.addWidget(self._copy)
        outer.addLayout(digest)
        self._tabs = QTabWidget()
        self._source = CodeView(wrap=True, label="Source of the template")
        outer.addWidget(self._tabs, 1)
        self._foot: QVBoxLayout = column(spacing=SPACE.sm)
        outer.addLayout(self._foot)

    def show_narrow(self, narrow: bool) -> None:
        """Whether there is little room: then the verdict's buttons stand below its words."""
        self._narrow = narrow
        self._turn()

    def show_review(
        self,
        review: TemplateReview,
        server: ServerConfig | None,
        before: TemplateReview | None,
        tool: ToolSummary | None = None,
    ) -> None:
        """Show *review*; its source follows by `show_source`. *tool* is one that opens its App."""
        same = self._shown == review_key(review)
        focus: QWidget | None = QApplication.focusWidget()
        held = focus is not None and self.isAncestorOf(focus)
        kept = _tab_name(self._tabs, self._tabs.currentIndex()) if same else ""
        self._shown = review_key(review)
        clear(self._head)
        self._fill_head(review, server, before)
        while self._tabs.count():
            page = self._tabs.widget(0)
            self._tabs.removeTab(0)
            if page is not None and page is not self._source:
                page.deleteLater()
        count = len(review.findings)
        if review.state is ReviewState.PENDING and before is not None:
            said = what_changed(before, review)
            self._tabs.addTab(changes_page(said), f"What changed ({len(said)})")
        self._tabs.addTab(findings_page(review), f"Findings ({count})")
        self._review, self._server = review, server
        self._grants = AppGrantsPage(review.state)
        self._grants.give.connect(self.grant_given)
        self._grants.take_back.connect(self.grant_taken_back)
        self._policy = CodeView("", numbers=False, label="Effective policy")
        self._tabs.addTab(self._grants, "What it may do")
        self._tabs.addTab(policy_page(self._policy), "Effective policy")
        self._tabs.addTab(self._source, "Source")
        names = [_tab_name(self._tabs, at) for at in range(self._tabs.count())]
        self._tabs.tabBar().setAccessibleName("Parts of the review")
        self._tabs.setCurrentIndex(names.index(kept) if kept in names else 0)
        self._source.set_code("Reading the source…")
        self._verdict = None
        clear(self._foot)
        self._fill_foot(review, tool)
        if held:  # the button that was pressed is gone; the focus stays in this pane
            self._tabs.tabBar().setFocus()

    def show_grants(self, lines: tuple[AppGrantLine, ...]) -> None:
        """What the template can be given, and what is given."""
        if self._review is None or self._grants is None or self._policy is None:
            return
        self._grants.show_lines(lines)
        given = [line.grant for line in lines if line.given]
        self._policy.set_code(policy_text(self._review, self._server, given))

    def show_source(self, html: bytes) -> None:
        """The bytes under review, as text."""
        self._source.set_code(visible(html.decode("utf-8", "replace"), limit=_SOURCE_LIMIT))

    def say_source_failed(self, error: McpHostError) -> None:
        """The stored bytes could not be read, or are not what the digest says."""
        self._source.set_code("")
        self.say_trouble(str(error))

    def say_trouble(self, text: str) -> None:
        """Say what did not work, beside the verdict."""
        banner = Banner(visible(text, limit=1_000), level="error", closable=True)
        self._foot.insertWidget(0, banner)

    def _fill_head(
        self,
        review: TemplateReview,
        server: ServerConfig | None,
        before: TemplateReview | None,
    ) -> None:
        line = row(spacing=SPACE.sm)
        line.addWidget(Heading(one_line(review.pin.uri, limit=200), level="md"), 1)
        line.addWidget(Badge(review.state.value, REVIEW_TONES[review.state]))
        self._head.addLayout(line)
        title = one_line(server.title, limit=60) if server else "a server that was removed"
        facts = f"{title} ({review.pin.server}) · {size_text(review.size)}"
        facts += f" · fetched {when_text(review.fetched_at)}"
        self._head.addWidget(PlainLabel(facts, tone="secondary", size="sm"))
        self._digest.setText(f"SHA-256 {review.pin.content}")
        if review.state is ReviewState.PENDING and review.supersedes is not None:
            self._head.addWidget(Banner(_change_text(before, review), level="warning"))

    def _on_copy_clicked(self) -> None:
        if self._review is not None:
            QApplication.clipboard().setText(self._review.pin.content)

    def _fill_foot(self, review: TemplateReview, tool: ToolSummary | None) -> None:
        whole, line = row(spacing=SPACE.md), row(spacing=SPACE.md)
        whole.addWidget(PlainLabel(_foot_text(review), tone="secondary", size="sm"), 1)
        whole.addLayout(line)
        line.addStretch(1)
        if review.state is not ReviewState.REJECTED:
            kind = SecondaryButton if review.state is ReviewState.PENDING else DangerButton
            text = "Reject" if review.state is ReviewState.PENDING else "Withdraw the approval"
            reject = kind(text)
            reject.clicked.connect(lambda: self.verdict_given.emit(ReviewState.REJECTED))
            line.addWidget(reject)
        if review.state is not ReviewState.APPROVED:
            approve = PrimaryButton("Approve")
            approve.clicked.connect(lambda: self.verdict_given.emit(ReviewState.APPROVED))
            line.addWidget(approve)
        elif tool is not None:
            use = PrimaryButton(
                f"Use “{one_line(tool_title(tool), limit=40)}”", icon_name=Icon.CHAT
            )
            use.setToolTip("Go to the chat, where this tool opens the App")
            use.clicked.connect(lambda: self.use_wanted.emit(tool))
            line.addWidget(use)
        self._foot.addLayout(whole)
        self._verdict = whole
        self._turn()

    def _turn(self) -> None:
        ways = QBoxLayout.Direction
        if self._verdict is not None:
            self._verdict.setDirection(ways.TopToBottom if self._narrow else ways.LeftToRight)


def _tab_name(tabs: QTabWidget, at: int) -> str:
    return tabs.tabText(at).partition(" (")[0]


def _change_text(before: TemplateReview | None, review: TemplateReview) -> str:
    if before is None:
        return "This is a change of a template that was approved before. Read it as if it were new."
    since = when_text(before.reviewed_at) if before.reviewed_at else "an earlier review"
    return f"Changed since you approved it ({since}). {what_changed(before, review)[0]}."


def _foot_text(review: TemplateReview) -> str:
    match review.state:
        case ReviewState.PENDING:
            return (
                "Approving lets exactly these bytes be drawn in the sandbox. It grants no network "
                "and no permission. A changed template comes back here."
            )
        case ReviewState.APPROVED | ReviewState.REJECTED:
            name = _REVIEWERS.get(review.reviewer or "", one_line(review.reviewer or "", limit=60))
            who = f" by {name}" if name else ""
            at = f", {when_text(review.reviewed_at)}" if review.reviewed_at else ""
            return f"{review.state.value.capitalize()}{who}{at}."
