"""A sandbox without an engine: the surface of `SandboxView`, and what was asked of it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from mcphost.policy.launch import ViewLaunch


class StandInView(QWidget):
    """Draws nothing, remembers everything."""

    text_received = Signal(str, float)
    gesture_seen = Signal(float)
    permission_wanted = Signal(int, object, float)
    incident = Signal(object)

    def __init__(self, launch: ViewLaunch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.launch = launch
        self.started = False
        self.closed = False
        self.frozen = False
        self.posted: list[str] = []
        self.answers: list[tuple[int, bool]] = []
        self.setFixedHeight(120)

    def start(self) -> None:
        self.started = True

    def post(self, text: str) -> None:
        assert self.started
        self.posted.append(text)

    def freeze(self) -> None:
        self.frozen = True

    def thaw(self) -> None:
        self.frozen = False

    def answer_permission(self, number: int, *, allowed: bool) -> None:
        self.answers.append((number, allowed))

    def set_height(self, height: int) -> None:
        self.setFixedHeight(height)

    def fill(self) -> None:
        self.setMinimumHeight(0)
        self.setMaximumHeight((1 << 24) - 1)

    def grab_view(self) -> QImage:
        picture = QImage(40, 20, QImage.Format.Format_RGB32)
        picture.fill(0xFF3366)
        return picture

    def close_view(self) -> None:
        self.closed = True


class StandInMaker:
    """Makes stand-ins and keeps them."""

    def __init__(self) -> None:
        self.made: list[StandInView] = []

    def __call__(self, launch: ViewLaunch, parent: QWidget) -> StandInView:
        self.made.append(StandInView(launch, parent))
        return self.made[-1]
