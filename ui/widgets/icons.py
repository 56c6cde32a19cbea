"""Our own icons, drawn from `resources/icons/*.svg` in a given colour.

Law: an icon is named by a member of `Icon`, never by a string from outside; what was drawn once is
kept, because a change of theme asks for the same few pictures thousands of times. A kept picture is
shared: nobody draws on it. Main thread; called by widgets and panes.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QLabel, QWidget

from mcphost.assets import asset_text

_SIDES = (16, 20, 24, 32, 40, 48, 64)
_KEPT = 1_024


class Icon(StrEnum):
    """Every icon there is; the value is the file's name."""

    ACTIVITY = "activity"
    APP = "app"
    CHAT = "chat"
    CHECK = "check"
    CHEVRON_DOWN = "chevron-down"
    CHEVRON_RIGHT = "chevron-right"
    CLOSE = "close"
    COPY = "copy"
    CORNER = "corner"
    ERROR = "error"
    EXPAND = "expand"
    EYE = "eye"
    INFO = "info"
    INLINE = "inline"
    INSPECTOR = "inspector"
    LINK = "link"
    LOCK = "lock"
    MODEL = "model"
    PLAY = "play"
    PLUS = "plus"
    QUESTION = "question"
    REFRESH = "refresh"
    REVIEW = "review"
    SEARCH = "search"
    SEND = "send"
    SERVERS = "servers"
    SETTINGS = "settings"
    STOP = "stop"
    TOOL = "tool"
    TRASH = "trash"
    USER = "user"
    WARNING = "warning"


@lru_cache(maxsize=_KEPT)
def icon(name: Icon, color: str, *, checked: str | None = None) -> QIcon:
    """*name* in *color*, and in *checked* where a button is checked; sharp at any scale."""
    drawn = QIcon()
    for side in _SIDES:
        drawn.addPixmap(icon_pixmap(name, color, side), QIcon.Mode.Normal, QIcon.State.Off)
        if checked is not None:
            drawn.addPixmap(icon_pixmap(name, checked, side), QIcon.Mode.Normal, QIcon.State.On)
    return drawn


@lru_cache(maxsize=_KEPT)
def icon_pixmap(name: Icon, color: str, side: int, *, ratio: float = 1.0) -> QPixmap:
    """*name* as a pixmap of *side* logical pixels for a screen of *ratio*."""
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", color).encode()))
    renderer.render(painter, QRectF(0, 0, pixmap.width(), pixmap.height()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


class IconLabel(QLabel):
    """A still icon. Decoration: screen readers skip it."""

    def __init__(
        self, name: Icon, color: str, *, side: int = 20, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._side = side
        self.setFixedSize(side, side)
        self.draw(color)

    def draw(self, color: str) -> None:
        """Draw again in *color*, after a change of theme."""
        ratio = self.devicePixelRatioF()
        self.setPixmap(icon_pixmap(self._name, color, self._side, ratio=max(ratio, 2.0)))


@cache
def _source(name: Icon) -> str:
    return asset_text(f"icons/{name.value}.svg")
