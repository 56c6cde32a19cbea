"""The kill switch in the window: one press in the sidebar, and a strip while it is on.

Law: turning it on asks nothing and waits for nothing; what the window shows is what the core says
is stopped, so a switch that was turned elsewhere is shown too; resuming is one press as well. The
flag of a single View is not shown: its App is closed, and opening it again is enough. Main thread;
placed by the main window.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mcphost.domain.events import KillSwitchChanged
from mcphost.domain.kill import ALL, Kill, KillKind, KillScope
from ui.models.lines import who_text
from ui.panes.core import Core
from ui.widgets.banner import Banner
from ui.widgets.buttons import DangerButton
from ui.widgets.icons import Icon
from ui.widgets.layouts import clear, column

SHORTCUT = "Ctrl+Shift+K"


class KillSwitchState(QObject):
    """What is stopped, as the core last said, and the two things a person can do about it."""

    changed = Signal()

    def __init__(self, core: Core, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self.kills: tuple[Kill, ...] = ()
        core.happened.connect(self._on_event)
        core.run(core.host.kills(), self, done=self._on_kills)

    @property
    def everything(self) -> bool:
        """Whether everything is stopped."""
        return any(kill.scope == ALL for kill in self.kills)

    def stop(self, scope: KillScope = ALL) -> None:
        """Stop *scope* now."""
        self._core.host.pull(scope)
        self._core.run(self._core.host.kill(scope), self)

    def resume(self, scope: KillScope) -> None:
        """Let *scope* go on."""
        self._core.run(self._core.host.resume(scope), self)

    def _on_kills(self, kills: tuple[Kill, ...]) -> None:
        shown = tuple(kill for kill in kills if kill.scope.kind is not KillKind.VIEW)
        if shown != self.kills:
            self.kills = shown
            self.changed.emit()

    def _on_event(self, event: object) -> None:
        if isinstance(event, KillSwitchChanged):
            self._on_kills(event.kills)


class KillButton(DangerButton):
    """“Stop everything”; while everything is stopped it only says so."""

    def __init__(self, state: KillSwitchState, parent: QWidget | None = None) -> None:
        super().__init__("", icon_name=Icon.STOP, parent=parent)
        self._state = state
        self.setMinimumHeight(36)
        self.clicked.connect(self._on_clicked)
        state.changed.connect(self._on_changed)
        keys = QShortcut(QKeySequence(SHORTCUT), self)
        keys.setContext(Qt.ShortcutContext.ApplicationShortcut)
        keys.activated.connect(state.stop)
        self._on_changed()

    def _on_changed(self) -> None:
        stopped = self._state.everything
        self.setText("Stopped" if stopped else "Stop everything")
        self.setEnabled(not stopped)
        self.setToolTip(
            "Resume by the strip at the top"
            if stopped
            else f"Stop Apps, models, servers and mcphost itself at once ({SHORTCUT})"
        )

    def _on_clicked(self) -> None:
        self._state.stop()


class KillStrip(QWidget):
    """One line for each thing that is stopped: what, who, and the way back."""

    def __init__(self, state: KillSwitchState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._lines: QVBoxLayout = column(self)
        state.changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        clear(self._lines)
        for kill in self._state.kills:
            banner = Banner(_words(kill), level="error", action="Resume")
            banner.triggered.connect(lambda scope=kill.scope: self._state.resume(scope))
            self._lines.addWidget(banner)
        self.setVisible(bool(self._state.kills))


def _words(kill: Kill) -> str:
    stopped = kill.scope.words
    ends = "Nothing is sent and no App opens" if kill.scope == ALL else "Nothing of it is sent"
    return (
        f"The kill switch is on for {stopped} (turned on by {who_text(kill.who)}, {kill.how}). "
        f"{ends} until you resume, also after a restart."
    )
