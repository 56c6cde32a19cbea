"""Brings an App back that made room for others, once a person looks at its place again.

Law: (1) nobody pressed anything, so the core is told that it comes back by itself: it may draw and
do nothing else until it is used. (2) It must have been out of sight first, or two dozen Apps that
are all in sight would push each other out for ever. (3) One that passes by while the conversation
scrolls is not opened. Main thread; held by the stage.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer

from mcphost.domain.ids import ConversationId, ItemId
from ui.panes.core import Core
from ui.panes.view_frame import ViewFrame

LOOK_MS = 400
LOOKS = 2
"""In sight at so many looks in a row."""


@dataclass(slots=True)
class _Resting:
    conversation: ConversationId
    item: ItemId
    frame: ViewFrame
    left: bool = False
    """It has been out of sight."""
    looks: int = 0


class Returns(QObject):
    """Watches the places of Apps that made room."""

    def __init__(self, core: Core, parent: QObject) -> None:
        super().__init__(parent)
        self._core = core
        self._resting: list[_Resting] = []
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK_MS)
        self._looking.timeout.connect(self._look)

    def watch(self, conversation: ConversationId, item: ItemId, frame: ViewFrame) -> None:
        """The App of *frame* has just made room."""
        resting = _Resting(conversation, item, frame, left=not _in_sight(frame))
        self._resting.append(resting)
        self._looking.start()

    def _look(self) -> None:
        self._resting = [each for each in self._resting if each.frame.resting]
        for resting in self._resting:
            if not _in_sight(resting.frame):
                resting.left, resting.looks = True, 0
            elif resting.left:
                resting.looks += 1
                if resting.looks == LOOKS:
                    self._bring_back(resting)
        if not self._resting:
            self._looking.stop()

    def _bring_back(self, resting: _Resting) -> None:
        frame = resting.frame
        self._core.run(
            self._core.host.open_view(resting.conversation, resting.item, returned=True),
            self,
            failed=lambda error: frame.unmount(str(error)),
        )


def _in_sight(frame: ViewFrame) -> bool:
    return (
        frame.isVisible()
        and frame.isEnabled()
        and not frame.window().isMinimized()
        and not frame.visibleRegion().isEmpty()
    )
