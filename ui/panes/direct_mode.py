"""Direct mode: choose a server and a tool, fill a form made from its schema, run it.

Law: names and descriptions are the server's words, shown as plain text. The form only collects; the
core checks and decides. Main thread; held by the composer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QListView, QScrollArea, QWidget

from mcphost.domain.events import AppToolsChanged
from mcphost.domain.ids import ConversationId, ServerKey
from mcphost.domain.summaries import Link, ServerSummary, ToolSummary
from mcphost.domain.text import one_line, visible
from ui.models.lines import EFFECT_TONES, app_words, tool_model, tool_title
from ui.models.records import Role
from ui.panes.core import Core
from ui.panes.row_delegate import row_list
from ui.widgets.badge import Badge
from ui.widgets.buttons import LinkButton, PrimaryButton
from ui.widgets.empty_state import EmptyState
from ui.widgets.heading import Heading
from ui.widgets.icons import Icon
from ui.widgets.layouts import clear, column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.schema_form import SchemaForm
from ui.widgets.tokens import SPACE

_HEIGHT = 320
_LEFT = 264
_ANY = 16_777_215
_CHOOSE = (
    "Choose a tool",
    "Its form appears here. What you run goes down the same guarded path as everything a model or "
    "an App asks for.",
)


class DirectMode(QWidget):
    """`run_wanted` carries a `ToolSummary` and the arguments."""

    run_wanted = Signal(object, object)

    def __init__(self, core: Core, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._chosen: ToolSummary | None = None
        self._wished: tuple[ServerKey, str] | None = None
        self._conversation: ConversationId | None = None
        self._form: SchemaForm | None = None
        self._tools = tool_model(self)
        self._filtered = QSortFilterProxyModel(self)
        self._filtered.setSourceModel(self._tools)
        self._filtered.setFilterRole(Role.SEARCH)
        self._filtered.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFixedHeight(_HEIGHT)
        outer = row(self, spacing=SPACE.lg)
        self._narrow = False
        self._starting: list[str] = []
        self._left = self._build_left()
        outer.addWidget(self._left, 0)
        self._beside = QWidget()
        beside = column(self._beside, spacing=SPACE.sm)
        self._back = LinkButton("All tools")
        self._back.clicked.connect(self._on_back_pressed)
        beside.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
        self._right = column(spacing=SPACE.sm)
        beside.addLayout(self._right, 1)
        outer.addWidget(self._beside, 1)
        self._show_nothing()
        core.happened.connect(self._on_event)

    def show_conversation(self, conversation: ConversationId | None) -> None:
        """Offer what the live Apps of *conversation* offer themselves, beside their servers'."""
        if conversation != self._conversation:
            self._conversation = conversation
            self._fetch()

    def show_servers(self, servers: Iterable[ServerSummary]) -> None:
        """Offer the servers that are online; keep the choice where possible."""
        known = list(servers)
        online = [s for s in known if s.link is Link.ONLINE]
        starting = [s.config.title for s in known if s.link is Link.CONNECTING]
        before = self._server()
        self._servers.blockSignals(True)
        self._servers.clear()
        for summary in online:
            self._servers.addItem(one_line(summary.config.title, limit=60), summary.config.key)
        wanted = self._servers.findData(before)
        self._servers.setCurrentIndex(max(wanted, 0) if online else -1)
        self._servers.blockSignals(False)
        changed, self._starting = starting != self._starting, starting
        if self._server() != before:
            self._on_server_changed()
        elif changed and not online:
            self._show_nothing()

    def show_narrow(self, narrow: bool) -> None:
        """Whether there is little room: then the list and the form have it in turns."""
        if narrow == self._narrow:
            return
        self._narrow = narrow
        self._left.setMinimumWidth(0 if narrow else _LEFT)
        self._left.setMaximumWidth(_ANY if narrow else _LEFT)
        self._share()

    def _share(self) -> None:
        """Who has the room: both, or in a narrow window the form, once a tool is chosen."""
        form = not self._narrow or self._chosen is not None or self._servers.count() == 0
        self._back.setVisible(self._narrow and self._servers.count() > 0)
        self._beside.setVisible(form)
        self._left.setVisible(not self._narrow or not form)

    def _on_back_pressed(self) -> None:
        """To the list again; what was typed into the form is given up."""
        self._list.selectionModel().clear()
        self._show_nothing()
        self._list.setFocus()

    def choose(self, server: ServerKey, tool: str) -> None:
        """Select *tool* of *server*, as soon as its tools are known."""
        self._wished = (server, tool)
        row_of_server = self._servers.findData(server)
        if row_of_server >= 0 and row_of_server != self._servers.currentIndex():
            self._servers.setCurrentIndex(row_of_server)
        else:
            self._grant_wish()

    def _build_left(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(_LEFT)
        left = column(side, spacing=SPACE.sm)
        self._servers = QComboBox()
        self._servers.setAccessibleName("Server")
        self._servers.currentIndexChanged.connect(self._on_server_changed)
        self._search = QLineEdit()
        self._search.setPlaceholderText("Find a tool")
        self._search.setAccessibleName("Find a tool")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._filtered.setFilterFixedString)
        self._list: QListView = row_list("Tools")
        self._list.setModel(self._filtered)
        self._list.selectionModel().currentChanged.connect(self._on_tool_changed)
        self._list.clicked.connect(self._on_tool_pressed)
        self._list.activated.connect(self._on_tool_pressed)
        left.addWidget(self._servers)
        left.addWidget(self._search)
        left.addWidget(self._list, 1)
        return side

    def _server(self) -> ServerKey | None:
        return self._servers.currentData()

    def _on_server_changed(self, _row: int = 0) -> None:
        self._tools.replace_all(())
        self._show_nothing()
        self._fetch()

    def _on_event(self, event: object) -> None:
        if isinstance(event, AppToolsChanged) and event.conversation == self._conversation:
            self._fetch()

    def _fetch(self) -> None:
        server = self._server()
        if server is not None:
            work = self._core.host.callable_tools(server, self._conversation)
            self._core.run(work, self, done=partial(self._on_tools, server))

    def _on_tools(self, server: ServerKey, tools: list[ToolSummary]) -> None:
        if server != self._server():
            return
        self._tools.replace_all(tools)
        self._grant_wish()

    def _grant_wish(self) -> None:
        if self._wished is None or self._wished[0] != self._server():
            return
        found = self._tools.row_of(self._wished[1])
        if found is None:
            return
        self._wished = None
        self._search.clear()
        index = self._filtered.mapFromSource(self._tools.index(found))
        self._list.setCurrentIndex(index)
        self._list.scrollTo(index)
        self._on_tool_pressed(index)

    def _on_tool_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        """Beside the list its tool is shown at once; in its place only when it is pressed, or a
        keyboard could not go past the first.
        """
        if not self._narrow:
            self._on_tool_pressed(current)

    def _on_tool_pressed(self, current: QModelIndex) -> None:
        summary = current.data(Role.RECORD)
        if isinstance(summary, ToolSummary) and summary is not self._chosen:
            self._show_tool(summary)

    def _show_nothing(self) -> None:
        self._chosen = self._form = None
        clear(self._right)
        title, text = _CHOOSE if self._servers.count() else none_online(self._starting)
        self._right.addWidget(EmptyState(title, text, icon_name=Icon.TOOL))
        self._share()

    def _show_tool(self, summary: ToolSummary) -> None:
        self._chosen = summary
        clear(self._right)
        head = row()
        head.addWidget(Heading(tool_title(summary), level="xs"))
        head.addWidget(Badge(summary.effect.value, EFFECT_TONES[summary.effect]))
        head.addStretch(1)
        run = PrimaryButton("Run", icon_name=Icon.PLAY)
        run.clicked.connect(self._on_run_pressed)
        head.addWidget(run)
        self._right.addLayout(head)
        inside = QWidget()
        body = column(inside, spacing=SPACE.md)
        body.setContentsMargins(0, 0, SPACE.md, 0)
        if summary.app is not None:
            body.addWidget(PlainLabel(app_words(summary.app), tone="secondary"))
        body.addWidget(PlainLabel(visible(summary.tool.description, limit=4_000), tone="secondary"))
        self._form = SchemaForm(summary.tool.input_schema)
        body.addWidget(self._form)
        body.addStretch(1)
        area = QScrollArea()
        area.setAccessibleName("Form of the tool")
        area.setWidgetResizable(True)
        area.setWidget(inside)
        self._right.addWidget(area, 1)
        self._share()

    def _on_run_pressed(self) -> None:
        if self._chosen is None or self._form is None:
            return
        if self._form.problems():
            self._form.reveal_problems()
            return
        self.run_wanted.emit(self._chosen, self._form.value())


def none_online(starting: Sequence[str]) -> tuple[str, str]:
    """What is said while no server is online: a title and a sentence. *starting* are the titles of
    those that are on their way.
    """
    if not starting:
        return "No server is online", "Add or reconnect one under Servers."
    names = one_line(", ".join(starting), limit=120)
    if len(starting) == 1:
        return (
            "A server is starting",
            f"{names} is being connected. What it offers appears here then.",
        )
    return (
        "Servers are starting",
        f"{names} are being connected. What they offer appears here then.",
    )
