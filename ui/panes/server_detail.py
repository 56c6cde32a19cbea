"""One server: exact address, era, state, tools with the effect the host gave each. Main thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QWidget,
)

from mcphost.domain.ids import ServerKey
from mcphost.domain.offers import OfferList
from mcphost.domain.server import StdioCommand, describe
from mcphost.domain.sizes import DEFAULT_MESSAGE, size_text
from mcphost.domain.summaries import AccountState, Link, ServerSummary, ToolSummary
from mcphost.domain.text import one_line, visible
from mcphost.domain.tool import Era
from ui.dialogs.server_budgets import budget_text
from ui.models.lines import (
    LINK_TONES,
    count_text,
    era_text,
    server_pill,
)
from ui.models.offers import counts_text
from ui.panes.account_card import AccountCard
from ui.panes.log_card import LogCard
from ui.panes.tool_card import ToolCard
from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
from ui.widgets.buttons import DangerButton, SecondaryButton
from ui.widgets.card import Card
from ui.widgets.heading import Heading
from ui.widgets.icons import Icon
from ui.widgets.layouts import clear, column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.theme import mono_font
from ui.widgets.tokens import SPACE

STARTING: Final = (
    "It has not answered yet. A program that is downloaded first (by npx or uvx) can take a "
    "minute; what it writes meanwhile is in the log below."
)


class ServerDetail(QScrollArea):
    """Shows one `ServerSummary`; its buttons are signals."""

    reconnect_pressed = Signal()
    budgets_pressed = Signal()
    remove_pressed = Signal()
    sign_in_pressed = Signal()
    sign_out_pressed = Signal()
    give_up_pressed = Signal()
    tool_accepted = Signal(str, str)
    tool_classified = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[ServerSummary, tuple[ToolSummary, ...]] | None = None
        self._narrow = False
        self._top: QBoxLayout | None = None
        self._offers = PlainLabel()
        self._log = LogCard()
        self.setWidgetResizable(True)
        self.setAccessibleName("The server")
        inside = QWidget()
        self._body = column(inside, spacing=SPACE.md)
        self._body.setContentsMargins(SPACE.xl, SPACE.lg, SPACE.xl, SPACE.lg)
        self.setWidget(inside)

    def show_narrow(self, narrow: bool) -> None:
        """Whether there is little room: then the buttons stand below the title."""
        self._narrow = narrow
        self._turn()

    def _turn(self) -> None:
        ways = QBoxLayout.Direction
        if self._top is not None:
            self._top.setDirection(ways.TopToBottom if self._narrow else ways.LeftToRight)

    def show_server(self, summary: ServerSummary, tools: Sequence[ToolSummary]) -> bool:
        """Show *summary*, and say whether anything changed: nothing is rebuilt when not."""
        if self._shown == (summary, tuple(tools)):
            return False
        self._shown = (summary, tuple(tools))
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        clear(self._body)
        self._top = self._head(summary)
        self._turn()
        self._body.addLayout(self._top)
        if summary.problem:
            level = "error" if _is_broken(summary) else "warning"
            self._body.addWidget(Banner(_sentence(summary.problem), level=level))
        if is_starting(summary):
            self._body.addWidget(Banner(STARTING))
        self._body.addWidget(_facts(summary))
        self._offers = PlainLabel(tone="secondary", size="sm")
        self._offers.hide()
        self._body.addWidget(self._offers)
        self._log = LogCard()
        self._body.addWidget(self._log)
        if summary.account is not None:
            account = AccountCard(summary.account)
            account.sign_in_pressed.connect(self.sign_in_pressed)
            account.sign_out_pressed.connect(self.sign_out_pressed)
            account.give_up_pressed.connect(self.give_up_pressed)
            self._body.addWidget(account)
            if had_focus:  # the button that was pressed is gone
                account.take_focus()
        if tools:
            heading = Heading(count_text(len(tools), "tool"), level="xs")
            self._body.addWidget(heading)
        for tool in sorted(tools, key=lambda tool: not _is_suspended(tool)):
            card = ToolCard(tool, judged=not summary.config.builtin)
            card.accepted.connect(self.tool_accepted)
            card.classified.connect(self.tool_classified)
            self._body.addWidget(card)
        self._body.addStretch(1)
        return True

    def show_offers(self, key: ServerKey, found: OfferList) -> None:
        """Say what *key* offers besides tools, if it is still the one shown."""
        if self._shown is not None and self._shown[0].config.key == key:
            counts = counts_text(found)
            self._offers.setText(f"Also offers: {counts}")
            self._offers.setVisible(bool(counts))

    def show_log(self, key: ServerKey, text: str) -> None:
        """Show what the local server *key* wrote, if it is still the one shown."""
        if self._shown is not None and self._shown[0].config.key == key:
            summary = self._shown[0]
            self._log.show_log(text, broken=_is_broken(summary) or is_starting(summary))

    def say_trouble(self, text: str) -> None:
        """Say what did not work, on top."""
        banner = Banner(_sentence(text), level="error", closable=True)
        self._body.insertWidget(1, banner)

    def _head(self, summary: ServerSummary) -> QHBoxLayout:
        whole = row(spacing=SPACE.sm)
        head, buttons = row(spacing=SPACE.sm), row(spacing=SPACE.sm)
        whole.addLayout(head, 1)
        whole.addLayout(buttons)
        head.addWidget(Heading(one_line(summary.config.title, limit=80), level="md"))
        shown = (summary.link.value, LINK_TONES[summary.link])
        head.addWidget(Badge(*(server_pill(summary) if summary.link is Link.FAILED else shown)))
        if summary.info is not None:
            modern = summary.info.era is Era.MODERN
            head.addWidget(Badge(era_text(summary.info), "accent" if modern else "warning"))
        head.addStretch(1)
        reconnect = SecondaryButton("Reconnect", icon_name=Icon.REFRESH)
        reconnect.setEnabled(summary.link is not Link.CONNECTING)
        reconnect.clicked.connect(self.reconnect_pressed)
        buttons.addWidget(reconnect)
        budgets = SecondaryButton("Budgets")
        budgets.clicked.connect(self.budgets_pressed)
        buttons.addWidget(budgets)
        if not summary.config.builtin:
            remove = DangerButton("Remove")
            remove.clicked.connect(self.remove_pressed)
            buttons.addWidget(remove)
        buttons.addStretch(1)
        return whole


def is_starting(summary: ServerSummary) -> bool:
    """Whether a local program is being started and has not answered yet."""
    return summary.link is Link.CONNECTING and isinstance(summary.config.endpoint, StdioCommand)


def _is_suspended(tool: ToolSummary) -> bool:
    return tool.pin is not None and tool.pin.suspended


def _is_broken(summary: ServerSummary) -> bool:
    """Whether it failed, and not only for want of a sign-in, which the account card offers."""
    needed = summary.account is not None and summary.account.state is AccountState.NEEDED
    return summary.link is Link.FAILED and not needed


def _facts(summary: ServerSummary) -> Card:
    card = Card(surface="sunken", margin=SPACE.md)
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE.lg)
    grid.setVerticalSpacing(SPACE.sm)
    grid.setColumnStretch(1, 1)
    lines = [("Alias", summary.config.key), ("Reached by", describe(summary.config.endpoint))]
    if summary.info is not None:
        claim = one_line(f"{summary.info.name} {summary.info.version}", limit=120)
        lines.append(("Calls itself", f"{claim} (unverified)"))
    most = size_text(summary.config.max_message or DEFAULT_MESSAGE)
    lines.append(("Largest message", most))
    lines.append(("Budget", budget_text(summary.limits)))
    if summary.config.builtin:
        lines.append(("Kind", "built in, runs as a process of its own"))
    for at, (name, value) in enumerate(lines):
        label = PlainLabel(visible(value, limit=4_000), selectable=True)
        if name in ("Alias", "Reached by"):
            label.setFont(mono_font())
        grid.addWidget(PlainLabel(name, tone="secondary", wrap=False), at, 0)
        grid.addWidget(label, at, 1)
    card.body.addLayout(grid)
    return card


def _sentence(text: str) -> str:
    shown = visible(text, limit=2_000)
    return shown[:1].upper() + shown[1:]
