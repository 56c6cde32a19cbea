"""Prompts and resources: choose a server and what it offers, fill it in, look, then use it.

Law: names and descriptions are the server's words, shown as plain text; what comes back is shown
before it is used. The panel only collects and shows: the core decides. Main thread; held by the
composer.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from functools import partial
from typing import Any

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QListView, QScrollArea, QVBoxLayout, QWidget

from mcphost.domain.errors import McpHostError
from mcphost.domain.ids import ServerKey
from mcphost.domain.offers import (
    OfferList,
    Prompt,
    PromptText,
    Resource,
    ResourceContents,
    ResourceTemplate,
)
from mcphost.domain.summaries import Link, ServerSummary
from mcphost.domain.text import one_line, visible
from ui.models.offers import Offer, offer_ident, offer_kind, offer_model, offers_of
from ui.models.records import Role
from ui.panes.core import Core
from ui.panes.direct_mode import none_online
from ui.panes.offer_form import OfferForm
from ui.panes.offer_result import OfferResult
from ui.panes.row_delegate import row_list
from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
from ui.widgets.buttons import PrimaryButton
from ui.widgets.empty_state import EmptyState
from ui.widgets.heading import Heading
from ui.widgets.icons import Icon
from ui.widgets.layouts import clear, column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_HEIGHT = 340
_WIDTH = 264


class OfferPanel(QWidget):
    """`prompt_used` carries a `PromptText`, `attach_wanted` a `ResourceContents`."""

    prompt_used = Signal(object)
    attach_wanted = Signal(object)

    def __init__(self, core: Core, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._has_model = False
        self._found = OfferList()
        self._chosen: Offer | None = None
        self._form: OfferForm | None = None
        self._starting: list[str] = []
        self._looking = False
        """Whether a result is shown, which a list that arrives must not take away."""
        self._offers = offer_model(self)
        self._filtered = QSortFilterProxyModel(self)
        self._filtered.setSourceModel(self._offers)
        self._filtered.setFilterRole(Role.SEARCH)
        self._filtered.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFixedHeight(_HEIGHT)
        outer = row(self, spacing=SPACE.lg)
        outer.addLayout(self._build_left(), 0)
        self._right = column(spacing=SPACE.sm)
        outer.addLayout(self._right, 1)
        self._say_nothing()

    def show_model(self, has_model: bool) -> None:
        """Whether there is a model that a prompt could be sent to."""
        self._has_model = has_model

    def show_servers(self, servers: Iterable[ServerSummary]) -> None:
        """Offer the servers that are online; keep the choice where possible."""
        known = list(servers)
        online = [s for s in known if s.link is Link.ONLINE]
        starting = [s.config.title for s in known if s.link is Link.CONNECTING]
        changed, self._starting = starting != self._starting, starting
        before = self._server()
        self._servers.blockSignals(True)
        self._servers.clear()
        for summary in online:
            self._servers.addItem(one_line(summary.config.title, limit=60), summary.config.key)
        wanted = self._servers.findData(before)
        self._servers.setCurrentIndex(max(wanted, 0) if online else -1)
        self._servers.blockSignals(False)
        if self._server() != before and self.isVisible():
            self.refresh()
        elif changed and not online:
            self._say_nothing()

    def refresh(self) -> None:
        """Ask the server that is chosen what it offers: because a person opened this."""
        server = self._server()
        self._offers.replace_all(())
        self._found = OfferList()
        self._say_nothing()
        if server is not None:
            self._core.run(
                self._core.host.offers(server),
                self,
                done=partial(self._on_offers, server),
                failed=self._say_trouble,
            )

    def show_contents(self, contents: ResourceContents) -> None:
        """Show what a resource came to that no list need name."""
        self.list.clearSelection()
        self._chosen = None
        self._show_result(None, contents)

    def _build_left(self) -> QVBoxLayout:
        left = column(spacing=SPACE.sm)
        self._servers = QComboBox()
        self._servers.setAccessibleName("Server")
        self._servers.setFixedWidth(_WIDTH)
        self._servers.currentIndexChanged.connect(self._on_server_changed)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a prompt or a resource")
        self.search.setAccessibleName("Find a prompt or a resource")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filtered.setFilterFixedString)
        self.list: QListView = row_list("Prompts and resources")
        self.list.setFixedWidth(_WIDTH)
        self.list.setModel(self._filtered)
        self.list.selectionModel().currentChanged.connect(self._on_current_changed)
        left.addWidget(self._servers)
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        return left

    def _server(self) -> ServerKey | None:
        return self._servers.currentData()

    def _on_server_changed(self, _row: int) -> None:
        self.refresh()

    def _on_offers(self, server: ServerKey, found: OfferList) -> None:
        if server != self._server():
            return
        self._found = found
        self._offers.replace_all(offers_of(found))
        if not self._looking:
            self._say_nothing()

    def _on_current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        offer = current.data(Role.RECORD)
        if isinstance(offer, Prompt | Resource | ResourceTemplate):
            self._show_offer(offer)

    def _say_nothing(self) -> None:
        self._chosen = self._form = None
        self._looking = False
        clear(self._right)
        for note in self._found.notes:
            self._right.addWidget(Banner(visible(note, limit=500), level="warning"))
        if self._servers.count() == 0:
            words = none_online(self._starting)
        elif self._offers.rowCount() == 0:
            words = ("Nothing here", "This server offers no prompts and no resources.")
        else:
            words = (
                "Choose a prompt or a resource",
                "You see what the server gives before any of it is used.",
            )
        self._right.addWidget(EmptyState(*words, icon_name=Icon.PLUS), 1)

    def _show_offer(self, offer: Offer) -> None:
        self._chosen = offer
        self._form = None
        self._looking = False
        clear(self._right)
        head = row()
        head.addWidget(Heading(one_line(offer.title, limit=80), level="xs"))
        head.addWidget(Badge(offer_kind(offer), "neutral"))
        head.addStretch(1)
        go = PrimaryButton("Show" if isinstance(offer, Prompt) else "Read", icon_name=Icon.EYE)
        go.clicked.connect(self._on_go_pressed)
        head.addWidget(go)
        self._right.addLayout(head)
        inside = QWidget()
        body = column(inside, spacing=SPACE.md)
        body.setContentsMargins(0, 0, SPACE.md, 0)
        body.addWidget(PlainLabel(one_line(offer_ident(offer), limit=400), tone="tertiary"))
        if offer.description:
            body.addWidget(PlainLabel(visible(offer.description, limit=4_000), tone="secondary"))
        if not isinstance(offer, Resource):
            self._form = OfferForm(self._core, offer, completes=self._found.completes)
            body.addWidget(self._form)
        body.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        self._right.addWidget(area, 1)

    def _on_go_pressed(self) -> None:
        offer, form = self._chosen, self._form
        if offer is None:
            return
        if form is not None and form.problems():
            form.reveal_problems()
            return
        self._core.run(
            self._work(offer, form.texts() if form else {}),
            self,
            done=partial(self._show_result, offer),
            failed=self._say_trouble,
        )

    def _work(self, offer: Offer, texts: dict[str, str]) -> Coroutine[Any, Any, object]:
        match offer:
            case Prompt():
                return self._core.host.prompt(offer.server, offer.name, texts)
            case Resource():
                return self._core.host.read_resource(offer.server, offer.uri)
            case ResourceTemplate():
                return self._core.host.fill_template(offer, texts)

    def _show_result(self, offer: Offer | None, found: PromptText | ResourceContents) -> None:
        if offer is not self._chosen:
            return
        self._form = None
        self._looking = True
        clear(self._right)
        result = OfferResult(found, has_model=self._has_model)
        result.used.connect(partial(self._on_used, found))
        result.left.connect(partial(self._leave, offer))
        self._right.addWidget(result, 1)
        result.setFocus()

    def _leave(self, offer: Offer | None) -> None:
        if offer is None:
            self._say_nothing()
        else:
            self._show_offer(offer)

    def _on_used(self, found: PromptText | ResourceContents) -> None:
        if isinstance(found, PromptText):
            self.prompt_used.emit(found)
        else:
            self.attach_wanted.emit(found)

    def _say_trouble(self, error: McpHostError) -> None:
        banner = Banner(visible(str(error), limit=1_000), level="error", closable=True)
        self._right.insertWidget(0, banner)
