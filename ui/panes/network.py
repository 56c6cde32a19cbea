"""Whom Apps talk to: a line at the bottom of the sidebar, and the list behind it.

Law: what is listed comes from the filtering proxy, not from any App; each line has its own "stop",
and each App that may reach it another. It is asked anew every second while it is shown. Main
thread.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mcphost.domain.kill import KillKind, KillScope
from mcphost.domain.network import HostTalk, Talker
from mcphost.domain.text import one_line
from ui.models.lines import size_text
from ui.panes.core import Core
from ui.widgets.buttons import DangerButton, SecondaryButton
from ui.widgets.heading import Heading
from ui.widgets.icons import Icon, icon
from ui.widgets.layouts import clear, column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.theme import Theme
from ui.widgets.tokens import SPACE

LOOK_MS = 1_000


class NetworkPill(QToolButton):
    """How many connections Apps have open now; a press opens the list."""

    def __init__(self, core: Core, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self.setProperty("variant", "nav")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(18, 18))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(36)
        self.setToolTip("Whom Apps talk to")
        self.clicked.connect(self._on_clicked)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_MS)
        self._on_hosts(())

    def _look(self) -> None:
        if self.isVisible():
            self._core.run(self._core.host.network(), self, done=self._on_hosts)

    def _on_hosts(self, hosts: tuple[HostTalk, ...]) -> None:
        count = sum(talk.open for talk in hosts)
        text = Theme.current().colors.text
        self.setText(f"App network: {count or 'quiet'}")
        self.setIcon(icon(Icon.LINK, text.warning if count else text.secondary))

    def _on_clicked(self) -> None:
        NetworkDialog(self._core, self.window()).open()


class NetworkDialog(QDialog):
    """Every host of this run, with its Apps and bytes."""

    def __init__(self, core: Core, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._shown: tuple[HostTalk, ...] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Network of Apps")
        self.resize(640, 480)
        outer = column(self, spacing=SPACE.md, margin=SPACE.xl)
        outer.addWidget(Heading("Network of Apps", level="md"))
        outer.addWidget(
            PlainLabel(
                "Apps reach only what you granted, and only through mcphost. Stopping a host cuts "
                "its connections and holds until this program ends, or you allow it again.",
                tone="secondary",
            )
        )
        inside = QWidget()
        self._lines: QVBoxLayout = column(inside, spacing=SPACE.lg)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        outer.addWidget(area, 1)
        close = SecondaryButton("Close")
        close.clicked.connect(self.accept)
        outer.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        timer = QTimer(self)
        timer.timeout.connect(self._look)
        timer.start(LOOK_MS)
        self._look()

    def _look(self) -> None:
        self._core.run(self._core.host.network(), self, done=self._on_hosts)

    def _on_hosts(self, hosts: tuple[HostTalk, ...]) -> None:
        if hosts == self._shown:
            return  # a button under the pointer is not taken away for nothing
        self._shown = hosts
        clear(self._lines)
        if not hosts:
            self._lines.addWidget(
                PlainLabel("No App has talked to anybody in this run.", tone="secondary")
            )
        for talk in hosts:
            self._lines.addLayout(self._line(talk))
        self._lines.addStretch(1)

    def _line(self, talk: HostTalk) -> QVBoxLayout:
        whole = column(spacing=SPACE.xs)
        head: QHBoxLayout = row(spacing=SPACE.md)
        words = column(spacing=2)
        words.addWidget(PlainLabel(one_line(f"{talk.host}:{talk.port}", limit=260), strong=True))
        words.addWidget(PlainLabel(_state(talk), tone="secondary", size="sm"))
        head.addLayout(words, 1)
        button = SecondaryButton("Allow again") if talk.stopped else DangerButton("Stop")
        button.setAccessibleName(f"{button.text()}: {talk.host}")
        button.clicked.connect(lambda _checked=False: self._turn(talk))
        head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        whole.addLayout(head)
        for app in talk.apps:
            whole.addLayout(self._app(app))
        return whole

    def _app(self, app: Talker) -> QHBoxLayout:
        line = row(spacing=SPACE.md)
        line.addSpacing(SPACE.lg)
        line.addWidget(PlainLabel(f"App of {app.server} may reach it", size="sm"), 1)
        stop = SecondaryButton("Stop this App")
        stop.setAccessibleName(f"Stop the App of {app.server}")
        stop.clicked.connect(lambda _checked=False: self._stop_app(app))
        line.addWidget(stop)
        return line

    def _turn(self, talk: HostTalk) -> None:
        host = self._core.host
        work = host.let_host(talk.host) if talk.stopped else host.stop_host(talk.host)
        self._core.run(work, self, done=lambda _none: self._look())

    def _stop_app(self, app: Talker) -> None:
        scope = KillScope(kind=KillKind.VIEW, ident=app.view)
        self._core.host.pull(scope)
        self._core.run(self._core.host.kill(scope), self, done=lambda _none: self._look())


def _state(talk: HostTalk) -> str:
    bytes_ = f"{size_text(talk.sent)} sent, {size_text(talk.received)} received"
    if talk.stopped:
        return f"Stopped by you · {bytes_}"
    if not talk.open:
        refused = f" · refused {talk.refused} times" if talk.refused else ""
        return f"Nothing open · {bytes_}{refused}"
    many = "1 connection" if talk.open == 1 else f"{talk.open} connections"
    since = time.strftime("%H:%M:%S", time.localtime(talk.since))
    return f"{many} since {since} · {bytes_}"
