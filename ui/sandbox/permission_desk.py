"""Permissions that the engine asks for on behalf of the App: held open until the core has answered.

Law: (1) what may not be asked for in this View, or is asked for by any other frame than the App's,
is refused at once and reported; (2) at most `MAX_OPEN` wait; (3) each is answered once, and nothing
but a clear yes is a yes; what is never answered stays refused. Main thread; owned by `page`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWebEngineCore import QWebEnginePermission

from ui.sandbox.rights import Rights

MAX_OPEN = 4
_T = QWebEnginePermission.PermissionType
_NAMES: dict[QWebEnginePermission.PermissionType, tuple[str, ...]] = {
    _T.MediaVideoCapture: ("camera",),
    _T.MediaAudioCapture: ("microphone",),
    _T.MediaAudioVideoCapture: ("camera", "microphone"),
    _T.Geolocation: ("geolocation",),
    _T.ClipboardReadWrite: ("clipboard-write",),  # reading is off by Permissions-Policy, always
}


class PermissionDesk(QObject):
    """The open questions of one View."""

    wanted = Signal(int, object, float)
    """Number, names as the template declares them, and the monotonic second of the request."""

    def __init__(self, rights: Rights, refused: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._rights = rights
        self._refused = refused
        self._open: dict[int, QWebEnginePermission] = {}
        self._count = 0

    def take(self, permission: QWebEnginePermission) -> None:
        """The engine wants an answer, now or later."""
        names = _NAMES.get(permission.permissionType(), ())
        snapshot = self._rights.snapshot
        ours = permission.origin().toString().rstrip("/") == snapshot.app_origin
        askable = names and ours and snapshot.askable.issuperset(names)
        if not askable or len(self._open) >= MAX_OPEN:
            permission.deny()
            self._refused(permission.permissionType().name)
            return
        self._count += 1
        self._open[self._count] = permission
        self.wanted.emit(self._count, names, time.monotonic())

    def answer(self, number: int, *, allowed: bool) -> None:
        """The core has decided question *number*; a second answer counts for nothing."""
        permission = self._open.pop(number, None)
        if permission is None or not permission.isValid():
            return
        if allowed:
            permission.grant()
        else:
            permission.deny()
