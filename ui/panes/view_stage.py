"""Mounts Views where their runs are shown, carries their text, and tears them down.

Law: (1) nothing is mounted unless the isolation self-test passed; while it runs, Views wait; when
it failed, the core is told, which tells the person and the model. (2) A View is known by the id
under which its sandbox was mounted; no message says who it is. (3) Every sandbox mounted here is
closed here, once. (4) One App at most stands outside its card; what a person does about it needs no
leave, and an App is shown only as it says it can be. Main thread; held by the chat pane.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QResizeEvent

from mcphost.domain.app_grant import WantedGrant
from mcphost.domain.errors import ConsentRefused, McpHostError
from mcphost.domain.events import (
    AppWantsGrant,
    ViewClosed,
    ViewEnding,
    ViewInitialized,
    ViewModeAllowed,
    ViewOpened,
    ViewPosted,
    ViewResized,
)
from mcphost.domain.ids import ConversationId, ItemId, ViewId
from mcphost.domain.view import DisplayMode, IncidentKind, ViewIncident
from mcphost.policy.launch import ViewLaunch
from ui.panes.core import Core
from ui.panes.isolation import Isolation, IsolationState
from ui.panes.surroundings import START_HEIGHT, surroundings
from ui.panes.view_frame import ViewFrame
from ui.panes.view_overlay import ViewOverlay
from ui.panes.view_return import Returns
from ui.panes.view_slot import MountedView, SandboxMaker, make_sandbox
from ui.widgets.theme import Theme

SETTLE_MS = 120
FrameFinder = Callable[[ConversationId, ItemId], "ViewFrame | None"]


@dataclass(slots=True)
class _Staged:
    """One View from its opening to its end."""

    opened: ViewOpened
    frame: ViewFrame | None = None
    mounted: MountedView | None = None
    mode: DisplayMode = DisplayMode.INLINE
    modes: tuple[DisplayMode, ...] = ()
    """How it may be shown; nothing is offered before its handshake."""
    waiting: list[str] = field(default_factory=list[str])


class ViewStage(QObject):
    """Keeps every View of every conversation."""

    def __init__(
        self,
        core: Core,
        isolation: Isolation,
        find_frame: FrameFinder,
        overlay: ViewOverlay,
        *,
        make: SandboxMaker = make_sandbox,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._core = core
        self._isolation = isolation
        self._find_frame = find_frame
        self._overlay = overlay
        self._make = make
        self._returns = Returns(core, self)
        self._conversation: ConversationId | None = None
        self._staged: dict[ViewId, _Staged] = {}
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._on_settled)
        isolation.changed.connect(self.settle_waiting)
        overlay.mode_wanted.connect(self._on_mode_wanted_outside)
        overlay.resized.connect(self._settle.start)
        Theme.current().changed.connect(self._on_theme_changed)
        core.happened.connect(self._on_event)
        core.posted.connect(self._on_posted)

    def live(self) -> int:
        """How many sandboxes are mounted."""
        return sum(1 for staged in self._staged.values() if staged.mounted is not None)

    def settle_waiting(self) -> None:
        """Try again to mount what could not be mounted yet."""
        for view in list(self._staged):
            self._try_mount(view)

    def close_all(self, reason: str) -> None:
        """Tear down whatever is still mounted; at shutdown the core may be gone already."""
        for view in list(self._staged):
            self._end(view, reason)

    def show_conversation(self, conversation: ConversationId | None) -> None:
        """*conversation* is open now: an App of another that stands outside waits out of sight."""
        self._conversation = conversation
        outside = self._outside()
        if outside is not None:
            self._overlay.setVisible(outside.opened.conversation == conversation)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A frame got another width: its App is told, once it has settled. One that is only about
        to shake hands is not to begin with the width of a card that was not laid out yet.
        """
        if isinstance(event, QResizeEvent) and event.size().width() != event.oldSize().width():
            for staged in self._staged.values():
                if staged.frame is watched and not staged.modes:
                    self._tell(staged)
            self._settle.start()
        return super().eventFilter(watched, event)

    def _on_event(self, event: object) -> None:
        match event:
            case ViewOpened():
                self._staged[event.view] = _Staged(opened=event)
                self._try_mount(event.view)
            case ViewResized():
                staged = self._staged.get(event.view)
                if staged is not None and staged.mounted is not None:
                    staged.mounted.set_height(event.height)
            case AppWantsGrant():
                self._on_wanted(event.wanted)
            case ViewInitialized():
                self._on_ready(event)
            case ViewModeAllowed():
                self._show_as(event.view, event.mode, by_person=False)
            case ViewEnding():
                staged = self._staged.get(event.view)
                if staged is not None and staged.mounted is not None:
                    staged.mounted.wake()
            case ViewClosed():
                self._end(event.view, event.reason, discarded=event.discarded)
            case _:
                return

    def _on_posted(self, event: ViewPosted) -> None:
        staged = self._staged.get(event.view)
        if staged is None:
            return
        if staged.mounted is None:
            staged.waiting.append(event.text)
        else:
            if event.wakes:
                staged.mounted.rouse()
            staged.mounted.post(event.text)

    def _try_mount(self, view: ViewId) -> None:
        staged = self._staged[view]
        if staged.mounted is not None:
            return
        match self._isolation.state:
            case IsolationState.CHECKING:
                return
            case IsolationState.OFF:
                del self._staged[view]
                self._refuse(view, f"isolation could not be shown: {self._isolation.reason}")
                return
            case IsolationState.ON:
                pass
        staged.frame = self._find_frame(staged.opened.conversation, staged.opened.item)
        if staged.frame is None:
            return
        self._mount(view, staged, staged.frame)

    def _mount(self, view: ViewId, staged: _Staged, frame: ViewFrame) -> None:
        launch = cast(ViewLaunch, staged.opened.launch)
        mounted = MountedView(self._core, view, self._make(launch, frame))
        staged.mounted = mounted
        frame.mount(mounted.widget, bordered=launch.border is not False)
        frame.installEventFilter(self)
        frame.mode_wanted.connect(partial(self._on_mode_wanted, view))
        mounted.set_height(START_HEIGHT)
        self._tell(staged)
        mounted.start(staged.waiting)
        staged.waiting.clear()

    def _on_ready(self, event: ViewInitialized) -> None:
        staged = self._staged.get(event.view)
        if staged is None or staged.frame is None:
            return
        staged.frame.bar.say_starting(False)
        named = event.modes
        staged.modes = tuple(
            mode
            for mode in DisplayMode
            if named is None or mode in named or mode is DisplayMode.INLINE
        )
        staged.frame.bar.offer(staged.mode, staged.modes)

    def _on_mode_wanted(self, view: ViewId, mode: DisplayMode) -> None:
        """A person pressed a button of the host."""
        self._show_as(view, mode)
        staged = self._staged.get(view)
        if staged is not None and staged.frame is not None and mode is DisplayMode.INLINE:
            staged.frame.bar.focus_button()

    def _on_mode_wanted_outside(self, mode: DisplayMode) -> None:
        outside = self._outside()
        if outside is not None:
            self._on_mode_wanted(outside.opened.view, mode)

    def _show_as(self, view: ViewId, mode: DisplayMode, *, by_person: bool = True) -> None:
        """An App that changed its place by itself does not take the keyboard from where it is."""
        staged = self._staged.get(view)
        if staged is None or staged.mounted is None or staged.frame is None:
            return
        if mode is not staged.mode and mode in (*staged.modes, DisplayMode.INLINE):
            keyboard = by_person or mode is DisplayMode.FULLSCREEN or staged.mounted.has_keyboard
            outside = self._outside()
            if outside is not None and (outside is not staged or mode is DisplayMode.INLINE):
                self._bring_back(outside)
            if mode is not DisplayMode.INLINE:
                staged.mode = mode
                staged.mounted.fill()
                here = staged.opened.conversation == self._conversation
                self._overlay.take(staged.frame, mode, staged.modes, shown=here)
            if keyboard:
                staged.mounted.widget.setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell(staged)

    def _bring_back(self, staged: _Staged) -> None:
        """Into its card, as high as it was there."""
        staged.mode = DisplayMode.INLINE
        self._overlay.give_back()
        if staged.mounted is not None and staged.frame is not None:
            staged.mounted.stand_inline()
            staged.frame.bar.offer(staged.mode, staged.modes)
            self._tell(staged)

    def _outside(self) -> _Staged | None:
        return next((s for s in self._staged.values() if s.mode is not DisplayMode.INLINE), None)

    def _tell(self, staged: _Staged) -> None:
        """The core learns how and where the App is drawn, and tells the App."""
        if staged.mounted is None or staged.frame is None:
            return
        inline = staged.mode is DisplayMode.INLINE
        size = staged.mounted.widget.size()
        width = staged.frame.view_width() if inline else size.width()
        height = 0 if inline else size.height()
        modes = tuple(DisplayMode)
        staged.mounted.tell(surroundings(width, mode=staged.mode, height=height, modes=modes))

    def _on_wanted(self, wanted: WantedGrant) -> None:
        staged = self._staged.get(wanted.view)
        if staged is not None and staged.frame is not None:
            staged.frame.wants.say(wanted.grant, lambda: self._give(wanted))

    def _give(self, wanted: WantedGrant) -> None:
        """The person pressed the button: the core asks, and opens the App anew."""
        self._core.run(
            self._core.host.give_to_view(wanted.view, wanted.grant),
            self,
            failed=lambda error: self._on_not_given(wanted, error),
        )

    def _on_not_given(self, wanted: WantedGrant, error: McpHostError) -> None:
        staged = self._staged.get(wanted.view)
        refused = isinstance(error, ConsentRefused) and error.how == "denied"
        if staged is not None and staged.frame is not None and not refused:
            staged.frame.wants.trouble(wanted.grant, str(error))

    def _refuse(self, view: ViewId, why: str) -> None:
        fact = ViewIncident(kind=IncidentKind.SANDBOX_REFUSED, detail=why)
        self._core.post(self._core.host.view_incident, view, fact)

    def _end(self, view: ViewId, reason: str, *, discarded: bool = False) -> None:
        staged = self._staged.pop(view, None)
        if staged is None or staged.frame is None:
            return
        frame = staged.frame
        frame.removeEventFilter(self)
        if self._overlay.frame is frame:
            self._overlay.let_go()
        still = staged.mounted.picture() if discarded and staged.mounted is not None else None
        frame.unmount(reason, still=still)
        if staged.mounted is not None:
            staged.mounted.close()
        if discarded:
            self._returns.watch(staged.opened.conversation, staged.opened.item, frame)

    def _on_theme_changed(self, _mode: object) -> None:
        self._settle.start()

    def _on_settled(self) -> None:
        for staged in self._staged.values():
            self._tell(staged)
