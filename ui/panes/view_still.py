"""The last picture of an App that made room for others.

Law: it is a picture: nothing in it can be pressed, it is drawn pale, and the host's words stand
with it. It is kept packed, since a long conversation may have many. Main thread; held by a
`ViewFrame`.
"""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

_PALE = 0.45


class StillPicture(QWidget):
    """As high as the App was; a null *image* is an empty place."""

    def __init__(self, image: QImage, height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._packed = _packed(image)
        self.setFixedHeight(height)
        self.setAccessibleName("The last picture of this App")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it at its own size, cut where it does not fit."""
        image = QImage()
        if image.loadFromData(self._packed, "PNG"):  # pyright: ignore[reportArgumentType, reportCallIssue]
            image.setDevicePixelRatio(self.devicePixelRatioF())
            painter = QPainter(self)
            painter.setOpacity(_PALE)
            painter.drawImage(0, 0, image)
            painter.end()


def _packed(image: QImage) -> QByteArray:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.isNull():
        image.save(buffer, "PNG")  # pyright: ignore[reportArgumentType, reportCallIssue]
    buffer.close()
    return data
