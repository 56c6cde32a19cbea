"""The configured servers: what each is, which protocol it speaks, what it offers, what is wrong.

Law: adding and removing are the person's own acts, confirmed in a native dialog. Main thread; held
by the main window.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMessageBox, QStackedWidget, QWidget

from mcphost.domain.budget import Choice
from mcphost.domain.errors import McpHostError
from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.server import ServerConfig, StdioCommand
from mcphost.domain.summaries import Link, ServerSummary
from mcphost.domain.text import one_line
from mcphost.domain.tool import Effect
from ui.dialogs.add_server import AddServerDialog
from ui.dialogs.server_budgets import ServerBudgetsDialog
from ui.models.records import Role
from ui.panes.core import Core
from ui.panes.known import Known
from ui.panes.list_column import ListColumn
from ui.panes.server_detail import ServerDetail, is_starting
from ui.widgets.empty_state import EmptyState
from ui.widgets.icons import Icon
from ui.widgets.layouts import row

LOG_MS: Final = 2_000
"""Between two looks at what a program writes while it is being started."""


class ServersPane(QWidget):
    """The list at the left, one server at the right."""

    def __init__(self, core: Core, known: Known, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._known = known
        self._shown: ServerKey | None = None
        line = row(self, spacing=0)
        self.list = ListColumn("Servers", known.servers, action="Add")
        self.list.action_pressed.connect(self.open_add)
        self.list.view.selectionModel().currentChanged.connect(self._on_current_changed)
        line.addWidget(self.list)
        self._stack = QStackedWidget()
        self._empty = EmptyState(
            "No servers",
            "Add the address of a Streamable HTTP server, or the command of a local one.",
            icon_name=Icon.SERVERS,
            action="Add a server",
        )
        self._empty.triggered.connect(self.open_add)
        self.detail = ServerDetail()
        self.detail.reconnect_pressed.connect(self._on_reconnect_pressed)
        self.detail.budgets_pressed.connect(self._on_budgets_pressed)
        self.detail.remove_pressed.connect(self._on_remove_pressed)
        self.detail.sign_in_pressed.connect(self._on_sign_in_pressed)
        self.detail.sign_out_pressed.connect(self._on_sign_out_pressed)
        self.detail.give_up_pressed.connect(self._on_give_up_pressed)
        self.detail.tool_accepted.connect(self._on_tool_accepted)
        self.detail.tool_classified.connect(self._on_tool_classified)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.detail)
        line.addWidget(self._stack, 1)
        self.followed = QTimer(self)
        self.followed.setInterval(LOG_MS)
        self.followed.timeout.connect(self._on_log_due)
        known.changed.connect(self._on_known_changed)
        self._on_known_changed()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, more of it goes to the server."""
        super().resizeEvent(event)
        self.detail.show_narrow(self.list.fit(event.size().width()))

    def open_add(self) -> None:
        """Ask for a server to add."""
        dialog = AddServerDialog(self._taken(), self.window())
        dialog.drafted.connect(self._on_config_chosen)
        dialog.open()

    def _taken(self) -> frozenset[str]:
        return frozenset(s.config.key for s in self._known.servers.records())

    def _on_config_chosen(self, config: ServerConfig, secret: str) -> None:
        self._core.run(
            self._core.host.add_server(config),
            self,
            done=lambda _none: self._keep_secret(config.key, secret),
            failed=self._on_failed,
        )

    def _keep_secret(self, key: ServerKey, secret: str) -> None:
        if not secret:
            self._on_added(key)
            return
        self._core.run(
            self._core.host.keep_client_secret(key, secret),
            self,
            done=lambda _none: self._on_added(key),
            failed=self._on_failed,
        )

    def _on_added(self, key: ServerKey) -> None:
        found = self._known.servers.row_of(key)
        if found is not None:
            self.list.view.setCurrentIndex(self._known.servers.index(found))
        self._connect_to(key)

    def _connect_to(self, key: ServerKey) -> None:
        # What goes wrong is said on the server's own line, by an event.
        self._core.run(self._core.host.connect(key), self, failed=lambda _error: None)

    def _on_current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        summary = current.data(Role.RECORD)
        if isinstance(summary, ServerSummary):
            self._show(summary)

    def _on_known_changed(self) -> None:
        records = self._known.servers.records()
        summary = None if self._shown is None else self._known.servers.find(self._shown)
        if summary is not None:
            self._show(summary)
            self.list.mark(summary.config.key)
        elif records:
            self._shown = None
            self.list.view.setCurrentIndex(self._known.servers.index(0))
            self._show(records[0])
        else:
            self._shown = None
            self._stack.setCurrentWidget(self._empty)

    def _show(self, summary: ServerSummary) -> None:
        self._shown = summary.config.key
        self._stack.setCurrentWidget(self.detail)
        if self.detail.show_server(summary, self._known.tools(summary.config.key)):
            self._ask_for_offers(summary)
            self._ask_for_log(summary)
        if is_starting(summary):
            self.followed.start()

    def _on_log_due(self) -> None:
        summary = None if self._shown is None else self._known.servers.find(self._shown)
        if summary is None or not is_starting(summary):
            self.followed.stop()
        elif self.isVisible():
            self._ask_for_log(summary)

    def _ask_for_log(self, summary: ServerSummary) -> None:
        key = summary.config.key
        if isinstance(summary.config.endpoint, StdioCommand):
            self._core.run(
                self._core.host.server_log(key),
                self,
                done=partial(self.detail.show_log, key),
                failed=self._on_failed,
            )

    def _ask_for_offers(self, summary: ServerSummary) -> None:
        key = summary.config.key
        if summary.link is Link.ONLINE and self.isVisible():
            self._core.run(
                self._core.host.offers(key),
                self,
                done=partial(self.detail.show_offers, key),
                failed=self._on_failed,
            )

    def showEvent(self, event: QShowEvent) -> None:
        """What the server offers is asked for when somebody looks."""
        super().showEvent(event)
        summary = None if self._shown is None else self._known.servers.find(self._shown)
        if summary is not None:
            self._ask_for_offers(summary)

    def _on_reconnect_pressed(self) -> None:
        if self._shown is not None:
            self._connect_to(self._shown)

    def _on_budgets_pressed(self) -> None:
        summary = None if self._shown is None else self._known.servers.find(self._shown)
        if summary is not None:
            dialog = ServerBudgetsDialog(summary.config, summary.limits, self.window())
            dialog.chosen.connect(self._on_budgets_chosen)
            dialog.open()

    def _on_budgets_chosen(self, key: str, choice: Choice) -> None:
        work = self._core.host.change_budgets(ServerKey(key), choice)
        self._core.run(work, self, failed=self._on_failed)

    def _on_sign_in_pressed(self) -> None:
        if self._shown is not None:
            self._core.run(self._core.host.sign_in(self._shown), self, failed=self._on_failed)

    def _on_sign_out_pressed(self) -> None:
        if self._shown is not None:
            self._core.run(self._core.host.sign_out(self._shown), self, failed=self._on_failed)

    def _on_tool_accepted(self, tool: str, seen: str) -> None:
        if self._shown is not None:
            work = self._core.host.accept_tool(self._shown, tool, Digest(seen))
            self._core.run(work, self, failed=self._on_failed)

    def _on_tool_classified(self, tool: str, effect: Effect) -> None:
        if self._shown is not None:
            work = self._core.host.classify_tool(self._shown, tool, effect)
            self._core.run(work, self, failed=self._on_failed)

    def _on_give_up_pressed(self) -> None:
        if self._shown is not None:
            self._core.run(self._core.host.give_up_sign_in(self._shown), self)

    def _on_remove_pressed(self) -> None:
        summary = None if self._shown is None else self._known.servers.find(self._shown)
        if summary is None:
            return
        key, title = summary.config.key, one_line(summary.config.title, limit=60)
        box = QMessageBox(self.window())
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("Remove a server")
        box.setText(f"Remove {title} ({key})?")
        box.setInformativeText(
            "Its open Apps are closed and it is forgotten. Its rows stay in the log."
        )
        remove = box.addButton("Remove", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole))
        remove.clicked.connect(lambda: self._remove(key))
        box.open()

    def _remove(self, key: ServerKey) -> None:
        work = self._core.host.remove_server(key)
        self._core.run(work, self, done=self._on_removed, failed=self._on_failed)

    def _on_removed(self, _none: object) -> None:
        self.list.view.setFocus()  # the button that was pressed is gone

    def _on_failed(self, error: McpHostError) -> None:
        self.detail.say_trouble(str(error))
