"""One frame that waits for the next App: its host page is loaded and its renderer runs.

Law: (1) it is made of the same parts in the same order as every other, and what is checked before
an App is mounted is checked when one is let in; (2) nothing untrusted was ever in it; (3) one that
has any trouble is thrown away, and the next App gets a frame of its own; (4) there is one at most,
only while a window keeps it, and none while everything is stopped. Main thread; one for the
process.
"""

from __future__ import annotations

import logging
from typing import Final

import shiboken6
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from mcphost.domain.view import ViewIncident
from mcphost.policy.launch import ViewLaunch
from ui.sandbox import readiness
from ui.sandbox.assembly import Assembly
from ui.sandbox.incidents import IncidentBook
from ui.sandbox.probe import probe_renderer, refusal_before_start
from ui.sandbox.rights import Rights

_log = logging.getLogger(__name__)
QUIET_MS: Final = 1_500
"""After an App was opened, before the next frame is made: the App comes first."""


class SpareFrame(QObject):
    """Makes, keeps and gives away."""

    _shared: SpareFrame | None = None

    def __init__(self) -> None:
        super().__init__()
        self._holder: QWidget | None = None
        self._assembly: Assembly | None = None
        self._resting = False
        self._timer = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._timer.timeout.connect(self.make)

    @classmethod
    def shared(cls) -> SpareFrame:
        """The one of this process."""
        if cls._shared is None:
            cls._shared = cls()
        return cls._shared

    def keep(self, window: QWidget) -> None:
        """Have a frame ready from now on, hidden in *window*, where Apps will be shown."""
        self.stop()  # a window that kept one before may be gone, and the frame with it
        self._holder = QWidget(window)
        self._holder.hide()
        self._timer.start()

    def stop(self) -> None:
        """Keep none any more."""
        self._timer.stop()
        self._throw_away()
        if self._holder is not None and shiboken6.isValid(self._holder):
            self._holder.deleteLater()
        self._holder = None

    def rest(self, resting: bool) -> None:
        """Everything is stopped: the frame ends, and there is none until that is over."""
        self._resting = resting
        if resting:
            self._timer.stop()
            self._throw_away()
        elif self._holder is not None:
            self._timer.start()

    @property
    def ready(self) -> bool:
        """Whether the next App that fits will find its frame up."""
        return self._assembly is not None and self._assembly.up

    def make(self) -> None:
        """Make the frame, unless there is one or no App may open anyway."""
        holder = self._holder
        if holder is None or not shiboken6.isValid(holder) or self._assembly is not None:
            return
        if self._resting or refusal_before_start() or readiness.refusal():
            return
        background = holder.palette().window().color()
        book = IncidentBook(self._on_incident)
        self._assembly = Assembly(Rights(), book, holder, background=background)
        self._assembly.load()

    def take(self, launch: ViewLaunch) -> Assembly | None:
        """The frame for *launch*, which has yet to be let in; None where it needs its own."""
        if self._holder is None:
            return None
        self._timer.start()
        assembly = self._assembly
        if assembly is None or not shiboken6.isValid(assembly) or not assembly.fits(launch):
            return None
        if assembly.up and not probe_renderer(assembly.pid).adequate:
            self._throw_away()  # its renderer has died, and the engine does not know it yet
            return None
        self._assembly = None
        return assembly

    def _on_incident(self, incident: ViewIncident) -> None:
        _log.info("the spare frame was thrown away: %s", incident.detail)
        self._throw_away()

    def _throw_away(self) -> None:
        assembly, self._assembly = self._assembly, None
        if assembly is not None and shiboken6.isValid(assembly):
            assembly.close()
