"""The one message path between a View and the host: text, both ways, and nothing else.

Law: (1) the web channel lives in `ApplicationWorld` of the host page only, because it exposes
`deleteLater` and every property of what is registered on it; (2) the relay script checks source,
origin, rate and size before anything reaches Python, and Python checks size again; (3) what the
host posts before the channel is up waits, boundedly. Main thread; owned by `assembly`.
"""

from __future__ import annotations

import json
import time

from PySide6.QtCore import QFile, QIODevice, QObject, Signal, Slot
from PySide6.QtWebChannel import QWebChannel
from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineScript

from mcphost.assets import asset_text
from mcphost.domain.errors import HostBugError
from ui.sandbox.budgets import ViewBudget
from ui.sandbox.theme import Theme

HOST_WORLD = QWebEngineScript.ScriptWorldId.ApplicationWorld.value
_TOO_LONG = -32000
_LIBRARY = ":/qtwebchannel/qwebchannel.js"


class _HostEnd(QObject):
    """What the relay script sees. Its names are the relay's, not Python's."""

    to_view = Signal(str)
    mount = Signal(str, str, str)
    themed = Signal(str, str)

    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)
        self._channel = channel

    @Slot(str)
    def from_view(self, text: str) -> None:
        self._channel.take(text)

    @Slot()
    def ready(self) -> None:
        self._channel.open()

    @Slot(int)
    def dropped(self, count: int) -> None:
        self._channel.note_dropped(count)

    @Slot(int, int, bool)
    def too_long(self, length: int, id: int, asks: bool) -> None:
        self._channel.refuse_length(length, id, asks=asks)


class Channel(QObject):
    """The host's end of one View's channel."""

    text_received = Signal(str, float)
    """One serialised message and the monotonic second of its arrival."""
    opened = Signal()
    message_refused = Signal(str)
    flooded = Signal(str)

    def __init__(self, page: QWebEnginePage, budget: ViewBudget) -> None:
        super().__init__(page)
        self._budget = budget
        self.dropped = 0
        """Messages that were over the rate."""
        self._open = False
        self.mounted = False
        self._waiting: list[str] = []
        self._theme: Theme | None = None
        self._end = _HostEnd(self)
        self._web_channel = QWebChannel(self)
        self._web_channel.registerObject("host", self._end)
        page.setWebChannel(self._web_channel, HOST_WORLD)
        page.scripts().insert(_relay_script(budget))

    def post(self, text: str) -> None:
        """Send one serialised message to the View."""
        if self._open:
            self._end.to_view.emit(text)
        elif len(self._waiting) < self._budget.max_waiting:
            self._waiting.append(text)
        else:
            raise HostBugError("too many messages posted to a View that is not up yet")

    def mount(self, origin: str, *, title: str = "", narrowing: str = "") -> None:
        """Give the App frame its address and *title*. It happens once; before it no message is
        taken or posted. *narrowing* is a policy that the host page has to be given first.
        """
        self.mounted = True
        self._end.mount.emit(origin, title, narrowing)

    def set_theme(self, theme: Theme) -> None:
        """Tell the host page which colours the window has."""
        self._theme = theme
        if self._open:
            self._end.themed.emit(theme.scheme, theme.background)

    def open(self) -> None:
        """The relay is up."""
        if self._open:
            return
        self._open = True
        if self._theme is not None:
            self.set_theme(self._theme)
        for text in self._waiting:
            self._end.to_view.emit(text)
        self._waiting.clear()
        self.opened.emit()

    def take(self, untrusted_text: str) -> None:
        """One message has come from the View."""
        if len(untrusted_text) > self._budget.max_length:
            self.refuse_length(len(untrusted_text))
            return
        self.text_received.emit(untrusted_text, time.monotonic())

    def refuse_length(self, length: int, id: int = 0, *, asks: bool = False) -> None:
        """A message was too long to be moved. When it *asks* the View is told so; when it was an
        answer, an error stands for it: nobody waits for what does not come.
        """
        why = f"a message of {length} characters (limit {self._budget.max_length})"
        self.message_refused.emit(why)
        if not id:
            return
        what = "this request" if asks else "its answer"
        error = {"code": _TOO_LONG, "message": f"{what} was not taken: {why}"}
        stand_in = json.dumps({"jsonrpc": "2.0", "id": id, "error": error})
        if asks:
            self.post(stand_in)
        else:
            self.text_received.emit(stand_in, time.monotonic())

    def note_dropped(self, count: int) -> None:
        """The relay dropped messages over the rate."""
        if not self.dropped:
            rate = self._budget.per_second
            self.message_refused.emit(f"messages over the rate of {rate} per second")
        before, self.dropped = self.dropped, self.dropped + count
        if before < self._budget.max_dropped <= self.dropped:
            self.flooded.emit(f"{self.dropped} messages over the allowed rate")


def _relay_script(budget: ViewBudget) -> QWebEngineScript:
    config = json.dumps(
        {
            "burst": budget.burst,
            "perSecond": budget.per_second,
            "maxLength": budget.max_length,
            "lengthPerMessage": budget.length_per_message,
            "maxWaiting": budget.max_waiting,
        }
    )
    relay = asset_text("sandbox/relay.js").replace("RELAY_CONFIG", config)
    script = QWebEngineScript()
    script.setName("relay")
    script.setSourceCode(f"{_channel_library()};\n{relay}")
    script.setWorldId(HOST_WORLD)
    script.setInjectionPoint(QWebEngineScript.InjectionPoint.DocumentReady)
    script.setRunsOnSubFrames(False)
    return script


def _channel_library() -> str:
    file = QFile(_LIBRARY)
    if not file.open(QIODevice.OpenModeFlag.ReadOnly):
        raise HostBugError("Qt's web channel library is missing: the installation is broken")
    return bytes(file.readAll().data()).decode()
