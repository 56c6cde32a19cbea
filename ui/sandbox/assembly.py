"""One locked-down web view, put together in the only safe order. Main thread.

profile, handler, interceptor → page → view → channel → gesture watch → host page → renderer check
→ App. The App frame stays empty until the renderer's sandbox has been found adequate. A vacant one
(`rights`) stops after the host page, until an App is let in.
Teardown: page → view → next turn → profile.
"""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QColor
from PySide6.QtWebEngineCore import QWebEnginePage
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QWidget

from mcphost.domain.view import IncidentKind
from mcphost.policy.launch import ViewLaunch
from ui.sandbox import network
from ui.sandbox.budgets import ViewBudget
from ui.sandbox.cell import Cell
from ui.sandbox.channel import Channel
from ui.sandbox.clipboard import ClipboardWatch
from ui.sandbox.crowd_watch import CrowdWatch
from ui.sandbox.edge import Edge, refuse_drags
from ui.sandbox.fence import Fence
from ui.sandbox.gesture import GestureWatch
from ui.sandbox.heartbeat import Heartbeat
from ui.sandbox.incidents import IncidentBook
from ui.sandbox.limits import kill_renderer, limit_memory
from ui.sandbox.memory_watch import MemoryWatch
from ui.sandbox.page import LockedPage
from ui.sandbox.probe import SandboxReport, probe_renderer
from ui.sandbox.rights import Rights
from ui.sandbox.theme import theme_of
from ui.sandbox.vitals import ORDINARY, put_behind


class Assembly(QObject):
    """The engine parts of one View."""

    mounted = Signal()
    """The App frame has its address; its document is on the way."""

    def __init__(
        self,
        rights: Rights,
        book: IncidentBook,
        parent: QWidget,
        *,
        background: QColor,
        budget: ViewBudget | None = None,
    ) -> None:
        super().__init__(parent)
        network.ensure_closed_or_proxied()
        self._rights = rights
        self.book = book
        self._closing = False
        self._budget = budget or ViewBudget()
        self.report: SandboxReport | None = None
        self.up = False
        """Whether the host page is loaded and its channel open."""
        cell = Cell(rights, book, theme=theme_of(background))
        self.interceptor = cell.interceptor
        self.view = _bare_view(parent)
        self.page = LockedPage(cell.profile, rights, book, self.view)
        cell.outlive(self.page)
        self.page.setBackgroundColor(background)
        self.view.setPage(self.page)
        self.channel = Channel(self.page, self._budget)
        self.gestures = GestureWatch(self.view)
        self._edge = Edge(self.view)
        self._clipboard = ClipboardWatch(self.view)
        refuse_drags(self.page)
        self.heartbeat = Heartbeat(self.page, self._budget)
        self._connect()

    def load(self) -> None:
        """Load the host page; everything else follows."""
        self.page.load(QUrl(self._rights.snapshot.host_url))

    def fits(self, launch: ViewLaunch) -> bool:
        """Whether *launch* may be let in."""
        return not self._closing and self._rights.fits(launch)

    def let_in(self, launch: ViewLaunch) -> None:
        """Mount *launch* in a frame that was vacant, now or as soon as the host page is up."""
        self._rights.let_in(launch)
        self.page.setAudioMuted(not launch.snapshot.sound)
        if self.up:
            self._check_and_mount()

    def set_background(self, color: QColor) -> None:
        """Follow the theme."""
        self.page.setBackgroundColor(color)
        self.channel.set_theme(theme_of(color))

    @property
    def frozen(self) -> bool:
        """Whether the App is stopped where it is."""
        return self.page.lifecycleState() is not QWebEnginePage.LifecycleState.Active

    def freeze(self) -> None:
        """Stop the App where it is: no timer of it runs. What is posted waits in its renderer, in
        order. The engine freezes only what it takes for hidden.
        """
        self.page.setVisible(False)
        self.page.setLifecycleState(QWebEnginePage.LifecycleState.Frozen)

    def thaw(self) -> None:
        """Let the App go on."""
        self.page.setLifecycleState(QWebEnginePage.LifecycleState.Active)
        self.page.setVisible(self.view.isVisible())

    @property
    def pid(self) -> int:
        """The renderer's process."""
        return self.page.renderProcessPid()

    @property
    def refused(self) -> int:
        """How many things the App was refused, or were dropped, over its allowance."""
        return self.book.over + self.channel.dropped

    def set_held(self, held: bool) -> None:
        """The renderer is stopped for a moment, or runs again."""
        self.heartbeat.held = held

    def slow(self, why: str) -> None:
        """It is slowed down for the sake of others."""
        self.book.record(IncidentKind.THROTTLED, why)

    def end(self, why: str) -> None:
        """It is too loud to go on."""
        self.book.record(IncidentKind.FLOODED, why)

    def kill(self) -> None:
        """End the renderer now; nothing is reported for it."""
        self._closing = True
        self.heartbeat.stop()
        self._leave_watches()
        kill_renderer(self.page)

    def close(self) -> None:
        """Tear down. The profile follows by itself once the page has died."""
        self._closing = True
        self._leave_watches()
        Fence.shared().leave(self.view)
        if not shiboken6.isValid(self.page):
            return  # the application has ended and taken the page with it
        self.heartbeat.stop()
        self.page.deleteLater()
        self.view.close()
        self.view.deleteLater()
        self.deleteLater()

    def _connect(self) -> None:
        self.gestures.target_found.connect(self._edge.follow)
        self._edge.refused.connect(self._on_window_refused)
        self.gestures.hand_seen.connect(self._clipboard.touched)
        self.gestures.reinstall()
        self._clipboard.changed.connect(self._on_clipboard_changed)
        self.page.loadFinished.connect(self._on_load_finished)
        self.page.renderProcessTerminated.connect(self._on_renderer_terminated)
        self.page.lifecycleStateChanged.connect(self._on_lifecycle_changed)
        self.page.renderProcessPidChanged.connect(self._on_renderer_started)
        self.channel.opened.connect(self._on_channel_opened)
        self.channel.message_refused.connect(self._on_message_refused)
        self.channel.flooded.connect(self.end)
        self.heartbeat.missed.connect(self._on_heartbeat_missed)
        self.heartbeat.overran.connect(self._on_overran)
        self.heartbeat.slowed.connect(self.slow)

    def _on_renderer_started(self, pid: int) -> None:
        limit_memory(pid, self._budget.data_bytes)

    def _on_window_refused(self, what: str) -> None:
        self.book.record(IncidentKind.PERMISSION_REFUSED, what)

    def _on_clipboard_changed(self, what: str) -> None:
        self.book.record(IncidentKind.CLIPBOARD_CHANGED, what)

    def _on_channel_opened(self) -> None:
        """The host page and the relay are up."""
        self.up = True
        if self._rights.launch is None:
            self._check()
        else:
            self._check_and_mount()

    def _check(self) -> bool:
        """Whether the renderer is fit for an App; when it is not, that is reported."""
        self.report = probe_renderer(self.page.renderProcessPid())
        if self.interceptor.seen == 0:
            self.book.record(IncidentKind.SANDBOX_REFUSED, "the request filter is not in place")
        elif not self.report.adequate:
            self.book.record(IncidentKind.SANDBOX_REFUSED, self.report.sentence)
        else:
            return True
        return False

    def _check_and_mount(self) -> None:
        if self._check():
            put_behind(self.page.renderProcessPid(), ORDINARY)
            Fence.shared().guard(self.view, self._on_window_refused)
            rights = self._rights
            self.channel.mount(
                rights.snapshot.app_origin, title=rights.title, narrowing=rights.narrowing
            )
            self.heartbeat.start()
            self._join_watches()
            self.mounted.emit()

    def _join_watches(self) -> None:
        MemoryWatch.shared().join(self, self.page.renderProcessPid, self._on_overran)
        CrowdWatch.shared().join(self)
        # However that happens; a bound method would go with this object, which may go first.
        self.page.destroyed.connect(lambda: self._leave_watches())

    def _leave_watches(self) -> None:
        MemoryWatch.shared().leave(self)
        CrowdWatch.shared().leave(self)

    def _on_load_finished(self, loaded: bool) -> None:
        if not loaded and not self._closing:
            self.book.record(IncidentKind.LOAD_FAILED, "the host page did not load")

    def _on_renderer_terminated(
        self, status: QWebEnginePage.RenderProcessTerminationStatus, code: int
    ) -> None:
        self.heartbeat.stop()
        self._leave_watches()
        if not self._closing:
            detail = f"the renderer ended: {status.name}, code {code}"
            self.book.record(IncidentKind.RENDERER_GONE, detail)

    def _on_lifecycle_changed(self, state: QWebEnginePage.LifecycleState) -> None:
        """A frozen App is not a hung one. The engine also thaws it by itself, when it is shown."""
        self.heartbeat.set_asleep(state is not QWebEnginePage.LifecycleState.Active)

    def _on_message_refused(self, what: str) -> None:
        self.book.record(IncidentKind.REQUEST_BLOCKED, what)

    def _on_overran(self, what: str) -> None:
        self.book.record(IncidentKind.OVERRAN, what)

    def _on_heartbeat_missed(self, what: str) -> None:
        self.book.record(IncidentKind.HUNG, what)


def _bare_view(parent: QWidget) -> QWebEngineView:
    view = QWebEngineView(parent)
    view.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
    return view
