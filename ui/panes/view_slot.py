"""The one place where a pane gets a sandbox, so that tests can put a stand-in there, and the wires
between a sandbox and the core.

Law: the web engine is imported when the first View opens, never by importing a pane. A stand-in
has the signals and methods of `SandboxView` and is a QWidget. Main thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from mcphost.domain.ids import ViewId
from mcphost.domain.view import Presence, ViewEnvironment, ViewIncident
from mcphost.policy.launch import ViewLaunch
from ui.panes.core import Core
from ui.panes.surroundings import START_HEIGHT

if TYPE_CHECKING:
    from ui.sandbox.sandbox_view import SandboxView


LOOK_MS = 500
"""How often the window looks whether a View is still seen; each press looks as well."""


FREEZE_SECONDS = 30
"""Unseen for so long, an App sleeps: its timers stop, and what comes for it waits."""


class SandboxMaker(Protocol):
    """Makes the sandbox of one View."""

    def __call__(self, launch: ViewLaunch, parent: QWidget) -> SandboxView:
        """A sandbox, not yet started."""
        ...


def make_sandbox(launch: ViewLaunch, parent: QWidget) -> SandboxView:
    """The real sandbox."""
    from ui.sandbox.sandbox_view import SandboxView

    return SandboxView(launch, parent)


def drawn_by(sandbox: QWidget) -> QWidget:
    """The innermost widget of *sandbox*, which draws the App: to Qt, what holds it is covered."""
    inner = sandbox.focusProxy()
    return sandbox if inner is None else drawn_by(inner)


class MountedView(QObject):
    """One sandbox in the window: carries its text, gestures and incidents to the core."""

    def __init__(self, core: Core, view: ViewId, sandbox: SandboxView) -> None:
        super().__init__()
        self._core = core
        self._view = view
        self._sandbox = sandbox
        sandbox.text_received.connect(self._on_text_received)
        sandbox.gesture_seen.connect(self._on_gesture_seen)
        sandbox.permission_wanted.connect(self._on_permission_wanted)
        sandbox.incident.connect(self._on_incident)
        self._presence = Presence()
        self._height, self._filling = START_HEIGHT, False
        self._sleepy = QTimer(self, singleShot=True, interval=FREEZE_SECONDS * 1_000)
        self._sleepy.timeout.connect(sandbox.freeze)
        self._looking = QTimer(self)  # nothing tells a widget that it was scrolled out of sight
        self._looking.setInterval(LOOK_MS)
        self._looking.timeout.connect(self.look)

    @property
    def widget(self) -> QWidget:
        """The sandbox as a widget."""
        return self._sandbox

    @property
    def has_keyboard(self) -> bool:
        """Whether what is typed now goes to the App."""
        focus = QApplication.focusWidget()
        return focus is not None and self._sandbox.isAncestorOf(focus)

    def start(self, waiting: list[str]) -> None:
        """Load the App, then pass on what came for it before it was mounted."""
        self._sandbox.start()
        self._looking.start()
        self._sleepy.start()
        for text in waiting:
            self._sandbox.post(text)

    def post(self, text: str) -> None:
        """Pass a message to the App."""
        self._sandbox.post(text)

    def set_height(self, height: int) -> None:
        """Exactly the height the core allowed, inline; elsewhere it is kept for the return."""
        self._height = height
        if not self._filling:
            self._sandbox.set_height(height)

    def fill(self) -> None:
        """Take whatever room there is."""
        self._filling = True
        self._sandbox.fill()

    def stand_inline(self) -> None:
        """Be as high again as the core allowed."""
        self._filling = False
        self._sandbox.set_height(self._height)

    def picture(self) -> QImage:
        """What was drawn last."""
        return self._sandbox.grab_view()

    def tell(self, environment: ViewEnvironment) -> None:
        """Tell the core where the App is drawn."""
        self._core.post(self._core.host.view_environment, self._view, environment)

    def wake(self) -> None:
        """Let it go on although nobody sees it: it is asked to put its things away."""
        self._sleepy.stop()
        self._sandbox.thaw()

    def rouse(self) -> None:
        """Let it go on for a while although nobody sees it: it is asked something."""
        self._sandbox.thaw()
        if not self._presence.visible:
            self._sleepy.start()

    def close(self) -> None:
        """Tear the sandbox down, then delete its widget."""
        self._looking.stop()
        self._sleepy.stop()
        self._sandbox.close_view()
        self.widget.hide()
        self.widget.deleteLater()
        self.deleteLater()

    def _on_text_received(self, text: str, received: float) -> None:
        self._core.post(self._core.host.view_text, self._view, text, received)

    def look(self) -> None:
        """Tell the core how much of the App a person sees, when that has changed."""
        shown = (
            self._sandbox.isVisible()
            and self._sandbox.isEnabled()  # what lies under an App of full size is not
            and not self._sandbox.window().isMinimized()
            and not drawn_by(self._sandbox).visibleRegion().isEmpty()
        )
        presence = Presence(visible=shown, focused=shown and self.has_keyboard)
        if shown:
            self._sleepy.stop()
            self._sandbox.thaw()
        elif self._presence.visible:
            self._sleepy.start()
        if presence != self._presence:
            self._presence = presence
            self._core.post(self._core.host.view_presence, self._view, presence)

    def _on_gesture_seen(self, at: float) -> None:
        self.look()  # before the press, so that what follows from it is decided by what was seen
        self._core.post(self._core.host.view_gesture, self._view, at)

    def _on_permission_wanted(self, number: int, names: tuple[str, ...], at: float) -> None:
        self._core.run(
            self._core.host.view_permission(self._view, names, at),
            self,
            done=lambda allowed: self._sandbox.answer_permission(number, allowed=allowed is True),
            failed=lambda _error: self._sandbox.answer_permission(number, allowed=False),
        )

    def _on_incident(self, fact: ViewIncident) -> None:
        self._core.post(self._core.host.view_incident, self._view, fact)
