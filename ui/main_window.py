"""The main window: places the panes beside the sidebar and carries wishes between them.

Law: no pane knows another; what one wants of another is a signal that is connected here. Closing
the window asks for the shutdown (`closing`), which closes it when everything is in order. Main
thread; made by `ui.app`.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from mcphost.domain.conversation import ToolRun
from mcphost.domain.events import ProblemReported
from mcphost.domain.ids import ConversationId, ViewId
from mcphost.domain.summaries import ToolSummary
from mcphost.domain.template import TemplateReview
from mcphost.domain.text import visible
from ui.panes.activity_pane import ActivityPane
from ui.panes.chat_pane import ChatPane
from ui.panes.core import Core
from ui.panes.grants_pane import GrantsPane
from ui.panes.inspector_pane import InspectorPane
from ui.panes.isolation import Isolation, IsolationPill
from ui.panes.kill_control import KillButton, KillStrip, KillSwitchState
from ui.panes.known import Known
from ui.panes.network import NetworkPill
from ui.panes.review_pane import ReviewPane
from ui.panes.servers_pane import ServersPane
from ui.panes.settings_pane import SettingsPane
from ui.panes.view_slot import SandboxMaker, make_sandbox
from ui.widgets.banner import Banner
from ui.widgets.heading import Heading
from ui.widgets.icons import Icon
from ui.widgets.layouts import clear, column, row
from ui.widgets.sidebar import Sidebar
from ui.widgets.tokens import SPACE

PLACES = (
    ("chat", "Chat", Icon.CHAT),
    ("review", "Review", Icon.REVIEW),
    ("activity", "Activity", Icon.ACTIVITY),
    ("servers", "Servers", Icon.SERVERS),
    ("grants", "Grants", Icon.LOCK),
    ("settings", "Settings", Icon.SETTINGS),
    ("inspector", "Inspector", Icon.INSPECTOR),
)
_MOST_NOTES = 3


class MainWindow(QMainWindow):
    """`closing` is emitted once, when the person closes the window."""

    closing = Signal()

    def __init__(
        self,
        core: Core,
        isolation: Isolation,
        *,
        make: SandboxMaker = make_sandbox,
    ) -> None:
        super().__init__()
        self._asked_to_close = False
        self._may_close = False
        self.setWindowTitle("mcphost")
        self.resize(QSize(1280, 860))
        self.setMinimumSize(QSize(900, 600))
        self.known = Known(core, self)
        self.kill = KillSwitchState(core, self)
        self.sidebar = self._build_sidebar(core, isolation)
        self.chat = ChatPane(core, isolation, self.known, make=make)
        self.review = ReviewPane(core, self.known)
        self.activity = ActivityPane(core)
        self.servers = ServersPane(core, self.known)
        self.grants = GrantsPane(core)
        self.settings = SettingsPane(core)
        self.inspector = InspectorPane(core)
        self._panes: dict[str, QWidget] = {
            "chat": self.chat,
            "review": self.review,
            "activity": self.activity,
            "servers": self.servers,
            "grants": self.grants,
            "settings": self.settings,
            "inspector": self.inspector,
        }
        self._place()
        self._connect(core)
        self.known.load()
        self.show_place("chat")

    def show_place(self, key: str) -> None:
        """Show the pane *key* of `PLACES`."""
        self.sidebar.select(key)

    def fit_into(self, room: QSize) -> None:
        """Be no larger than *room*, the free part of the screen; not even where it is small."""
        self.setMinimumSize(self.minimumSize().boundedTo(room))
        self.resize(self.size().boundedTo(room))

    def close_for_good(self) -> None:
        """Close without asking again: the shutdown is done."""
        self._may_close = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask for the shutdown first; the window goes when it is done."""
        if self._may_close:
            event.accept()
            return
        event.ignore()
        if not self._asked_to_close:
            self._asked_to_close = True
            self.setEnabled(False)
            self.setWindowTitle("mcphost: closing…")
            self.closing.emit()

    def say(self, text: str, level: str = "warning") -> None:
        """Say something that belongs to no pane, on top of all."""
        if self._notes.count() >= _MOST_NOTES:
            clear(self._notes)
        self._notes.addWidget(Banner(visible(text, limit=1_000), level=level, closable=True))

    def _build_sidebar(self, core: Core, isolation: Isolation) -> Sidebar:
        sidebar = Sidebar()
        sidebar.top.setContentsMargins(SPACE.md, SPACE.xs, 0, 0)
        sidebar.top.addWidget(Heading("mcphost", level="sm"))
        for number, (key, text, icon) in enumerate(PLACES, start=1):
            sidebar.add_place(key, text, icon, f"Ctrl+{number}")
        sidebar.bottom.addWidget(KillButton(self.kill))
        sidebar.bottom.addWidget(NetworkPill(core))
        sidebar.bottom.addWidget(IsolationPill(isolation))
        return sidebar

    def _place(self) -> None:
        middle = QWidget()
        line: QHBoxLayout = row(middle, spacing=0)
        line.addWidget(self.sidebar)
        right: QVBoxLayout = column(spacing=0)
        note_line = row(margin=0)
        note_line.setContentsMargins(SPACE.lg, SPACE.sm, SPACE.lg, 0)
        self._notes: QVBoxLayout = column(spacing=SPACE.xs)
        above: QVBoxLayout = column(spacing=SPACE.xs)
        above.addWidget(KillStrip(self.kill))
        above.addLayout(self._notes)
        note_line.addLayout(above)
        right.addLayout(note_line)
        self._stack = QStackedWidget()
        for pane in self._panes.values():
            self._stack.addWidget(pane)
        right.addWidget(self._stack, 1)
        line.addLayout(right, 1)
        self.setCentralWidget(middle)

    def _connect(self, core: Core) -> None:
        self.sidebar.selected.connect(self._on_selected)
        self.known.changed.connect(self._on_known_changed)
        self.chat.review_wanted.connect(self._on_review_wanted)
        self.chat.inspector_wanted.connect(self._on_inspector_wanted)
        self.chat.settings_wanted.connect(self._on_settings_wanted)
        self.review.use_wanted.connect(self._on_use_wanted)
        self.inspector.replay_opened.connect(self._on_replay_opened)
        self.inspector.review_wanted.connect(self._on_template_wanted)
        self.settings.model_changed.connect(self.chat.show_model)
        core.troubled.connect(self.say)
        core.happened.connect(self._on_event)

    def _on_selected(self, key: str) -> None:
        self._stack.setCurrentWidget(self._panes[key])

    def _on_known_changed(self) -> None:
        self.sidebar.button("review").set_count(self.known.pending())

    def _on_review_wanted(self, run: ToolRun | None) -> None:
        self.show_place("review")
        self.review.show_template_of(run)

    def _on_inspector_wanted(self, view: ViewId) -> None:
        self.inspector.inspect(view)
        self.show_place("inspector")

    def _on_use_wanted(self, tool: ToolSummary) -> None:
        self.show_place("chat")
        self.chat.use(tool)

    def _on_replay_opened(self, conversation: ConversationId) -> None:
        self.show_place("chat")
        self.chat.open_new(conversation)

    def _on_template_wanted(self, review: TemplateReview) -> None:
        self.show_place("review")
        self.review.show_template(review)

    def _on_settings_wanted(self) -> None:
        self.show_place("settings")

    def _on_event(self, event: object) -> None:
        if isinstance(event, ProblemReported):
            self.say(event.text)
