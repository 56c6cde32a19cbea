"""Notices that the clipboard changed just after a hand was seen in a View.

A page may write to the clipboard after any real press, of a key or of any button
(`execCommand('copy')`), whether that is a gesture or not; the engine has no way to refuse it. So it
is told: which App, and that one should look before pasting. What is on the clipboard is not read,
and who wrote it is not known: it may have been another program. Main thread; one for each View.
"""

from __future__ import annotations

import time
from typing import ClassVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

ACTIVATION = 5.0
"""Seconds after a press in which Chromium lets a page copy."""


class ClipboardWatch(QObject):
    """Says when the clipboard changed while its View was the last one touched."""

    changed = Signal(str)
    _touched: ClassVar[tuple[object, float]] = (None, 0.0)
    """The watch of the View that was touched last, in this process, and when."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        QGuiApplication.clipboard().dataChanged.connect(self._on_data_changed)

    def touched(self, at: float) -> None:
        """A hand was seen in the View at *at* (monotonic seconds)."""
        ClipboardWatch._touched = (self, at)

    def _on_data_changed(self) -> None:
        last, at = ClipboardWatch._touched
        if last is self and time.monotonic() - at <= ACTIVATION:
            self.changed.emit("look at what you paste next")
