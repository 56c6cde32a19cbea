"""One View under inspection: its messages, its policy as applied, its console, what was stopped.

Law: the page shows what the core recorded and carries wishes; it asks nothing itself. Every text of
an App is plain, hidden characters spelled out. Main thread; held by the inspector pane.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QTabWidget, QWidget

from mcphost.domain.exchange import as_json, exchange_json, whole_message
from mcphost.domain.text import one_line, visible
from mcphost.domain.view import ChannelEntry, IncidentKind, ViewReport
from ui.models.exchange import time_text
from ui.panes.inspector_messages import InspectorMessages
from ui.widgets.badge import Badge
from ui.widgets.buttons import SecondaryButton
from ui.widgets.code_view import CodeView
from ui.widgets.heading import Heading
from ui.widgets.icons import Icon
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_SHOWN = 200_000
_LOG = "notifications/message"


class InspectorDetail(QWidget):
    """`copy_wanted` carries text for the clipboard, `save_wanted` the whole exchange as text,
    `replay_wanted` the `ViewReport` to play again.
    """

    copy_wanted = Signal(str)
    save_wanted = Signal(str)
    replay_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: ViewReport | None = None
        outer = column(self, spacing=SPACE.md)
        outer.setContentsMargins(SPACE.xl, SPACE.lg, SPACE.xl, SPACE.lg)
        self._head = self._build_head()
        outer.addLayout(self._head)
        self._facts = PlainLabel(tone="secondary", size="sm", selectable=True)
        outer.addWidget(self._facts)
        self.tabs = QTabWidget()
        self.messages = InspectorMessages()
        self.messages.copy_wanted.connect(self.copy_wanted)
        self.policy = CodeView(wrap=True, numbers=False, label="Policy as applied")
        self.console = CodeView(wrap=True, numbers=False, label="Console of the App")
        self.console.setPlaceholderText("The App has reported no error and logged nothing.")
        self.stopped = CodeView(wrap=True, numbers=False, label="Blocked requests and incidents")
        self.stopped.setPlaceholderText("Nothing was blocked, and nothing went wrong.")
        self.tabs.addTab(self.messages, "Messages")
        for view, name in (
            (self.policy, "Policy"),
            (self.console, "Console"),
            (self.stopped, "Blocked"),
        ):
            self.tabs.addTab(view, name)
        outer.addWidget(self.tabs, 1)

    def show_report(self, report: ViewReport) -> None:
        """Show *report*, of the same View as before or of another."""
        fresh = self._report is None or self._report.view != report.view
        before, self._report = self._report, report
        self.messages.show_report(report, fresh=fresh)
        if before is not None and not fresh and _quiet(before) == _quiet(report):
            return
        self._title.setText(one_line(report.app, limit=80) or "An App that has not named itself")
        self._state.set_state(*(("ended", "neutral") if report.closed else ("live", "success")))
        self._facts.setText(facts_of(report))
        console, stopped = console_text(report), stopped_text(report)
        for view, text in (
            (self.policy, policy_text(report)),
            (self.console, console),
            (self.stopped, stopped),
        ):
            if view.toPlainText() != text:
                view.set_code(text)
        self.tabs.setTabText(2, _counted("Console", console))
        self.tabs.setTabText(3, _counted("Blocked", stopped))

    def show_narrow(self, narrow: bool) -> None:
        """Whether there is little room: then what stands side by side stands below each other."""
        ways = QBoxLayout.Direction
        self._head.setDirection(ways.TopToBottom if narrow else ways.LeftToRight)
        self.messages.show_narrow(narrow)

    def _build_head(self) -> QHBoxLayout:
        whole = row(spacing=SPACE.sm)
        names, line = row(spacing=SPACE.sm), row(spacing=SPACE.sm)
        self._title = Heading("", level="md")
        names.addWidget(self._title, 1)
        self._state = Badge()
        names.addWidget(self._state)
        whole.addLayout(names, 1)
        whole.addLayout(line)
        self.copy = SecondaryButton("Copy all", icon_name=Icon.COPY)
        self.copy.clicked.connect(self._on_copy_clicked)
        line.addWidget(self.copy)
        self.save = SecondaryButton("Save…")
        self.save.clicked.connect(self._on_save_clicked)
        line.addWidget(self.save)
        self.replay = SecondaryButton("Replay…", icon_name=Icon.PLAY)
        self.replay.setToolTip("Play this exchange to a changed template, without its server")
        self.replay.clicked.connect(self._on_replay_clicked)
        line.addWidget(self.replay)
        line.addStretch(1)
        return whole

    def _on_copy_clicked(self) -> None:
        if self._report is not None:
            self.copy_wanted.emit(as_json(exchange_json(self._report)))

    def _on_save_clicked(self) -> None:
        if self._report is not None:
            self.save_wanted.emit(as_json(exchange_json(self._report)))

    def _on_replay_clicked(self) -> None:
        if self._report is not None:
            self.replay_wanted.emit(self._report)


def facts_of(report: ViewReport) -> str:
    """Who it is and how it went, in two lines."""
    ready = report.initialized_ms
    shook = "no handshake yet" if ready is None else f"handshake after {ready:g} ms"
    who = f"{report.server} · {one_line(report.tool, limit=80)} · {shook}"
    who += f" · height {report.height} px"
    if report.closed:
        who += f" · ended: {one_line(report.closed, limit=200)}"
    uri = one_line(report.template_uri, limit=200)
    return f"{who}\nTemplate {uri}"


def policy_text(report: ViewReport) -> str:
    """What the engine enforces for this View."""
    parts = [
        ("Template, SHA-256", report.content_digest),
        ("Content-Security-Policy", report.csp.replace("; ", ";\n")),
        ("Permissions-Policy", report.permissions_policy.replace(", ", ",\n")),
        ("Sandbox of the frame", report.sandbox),
        ("Grants in force", "\n".join((*report.granted, *report.permissions)) or "none"),
        ("Stopped for want of", "\n".join(report.wanted) or "nothing"),
    ]
    return "\n\n".join(f"{name}\n{visible(text)}" for name, text in parts)


def console_text(report: ViewReport) -> str:
    """Error lines of the engine's console, and what the App logged through its channel."""
    lines = [
        (ms, f"error  {one_line(each.detail, limit=400)}")
        for ms, each in report.incidents
        if each.kind is IncidentKind.CONSOLE_ERROR
    ]
    lines += [(each.ms, _logged(each)) for each in report.entries if each.method == _LOG]
    return _timed(lines)


def stopped_text(report: ViewReport) -> str:
    """Everything but console lines: blocked requests and incidents, then refused requests."""
    lines = [
        (ms, f"{each.kind.value.replace('_', ' ')}: {one_line(each.detail, limit=400)}")
        for ms, each in report.incidents
        if each.kind is not IncidentKind.CONSOLE_ERROR
    ]
    denied = [f"refused: {one_line(text, limit=400)}" for text in report.denials]
    return "\n".join(part for part in (_timed(lines), *denied) if part)


def _logged(entry: ChannelEntry) -> str:
    """One line of the App's own log (`notifications/message`)."""
    message = whole_message(entry)
    params = None if message is None else message.get("params")
    if not isinstance(params, Mapping):
        return f"log  (message no. {entry.number} was not kept whole)"
    level, data = params.get("level", "info"), params.get("data")
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, default=dict)
    return f"{one_line(str(level), limit=20)}  {one_line(text, limit=400)}"


def _timed(lines: list[tuple[float, str]]) -> str:
    text = "\n".join(f"{time_text(ms):>10}  {line}" for ms, line in sorted(lines))
    return visible(text, limit=_SHOWN)


def _counted(name: str, text: str) -> str:
    return f"{name} ({len(text.splitlines())})" if text else name


def _quiet(report: ViewReport) -> tuple[object, ...]:
    """What the rest of the page shows besides messages."""
    return (
        report.app,
        report.closed,
        report.initialized_ms,
        report.height,
        report.incidents,
        report.denials,
        report.wanted,
        report.permissions,
        len(report.entries),
    )
