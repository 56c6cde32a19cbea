"""What opening one View costs, beside plain `QWebEngineView.setHtml` of the same page.

Times are seconds of this machine and compared only with each other, within one run. Needs the
engine and npm.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile
from PySide6.QtWebEngineWidgets import QWebEngineView
from pytestqt.qtbot import QtBot

from tests.helpers.engine import WAIT, OpenView, launch_of
from tests.helpers.npm_sdk import view_sdk
from tests.helpers.processes import process_tree

PAGE_BYTES = 600_000
_START = """
const app = new sdk.App({name: 'cost', version: '1'}, {}, {autoResize: true});
document.body.append('an App of 600 kB');
app.connect();
"""


def bundled_app() -> str:
    """A page of 600 kB: the official SDK with all it needs, an App, and the rest as more script."""
    return filled(f"<body><script type=module>{view_sdk()}{_START}</script>")


def filled(page: str) -> str:
    """*page* with more script, up to `PAGE_BYTES`."""
    line = "globalThis.rest = (globalThis.rest ?? 0) + 1;\n"
    missing = max(PAGE_BYTES - len(page.encode()), 0)
    return f"{page}<script>{line * (missing // len(line))}</script>"


class _QuietPage(QWebEnginePage):
    def javaScriptConsoleMessage(self, *_message: object) -> None:  # noqa: N802
        """Without a host the App complains."""


def plain_seconds(qtbot: QtBot, html: str, profile: QWebEngineProfile) -> float:
    """From `setHtml` in a new plain view to the end of its loading."""
    loaded: list[bool] = []
    started = time.perf_counter()
    view = QWebEngineView()
    page = _QuietPage(profile, view)
    page.loadFinished.connect(loaded.append)
    view.setPage(page)
    view.resize(400, 300)
    view.show()
    page.setHtml(f"<!doctype html><meta charset=utf-8>{html}")
    qtbot.waitUntil(lambda: bool(loaded), timeout=WAIT)
    taken = time.perf_counter() - started
    assert loaded == [True]
    page.deleteLater()
    view.close()
    view.deleteLater()
    qtbot.wait(50)
    return taken


class InitializedView:
    """One View, opened and answered until it has said `initialized`."""

    def __init__(self, qtbot: QtBot, html: str) -> None:
        launch = launch_of(html)
        started = time.perf_counter()
        self._open = OpenView(qtbot, launch)
        self._open.widget.text_received.connect(self._answer)
        self._ready = 0.0
        self._open.start()
        self._open.until(lambda: bool(self._ready))
        self.seconds = self._ready - started

    def close(self) -> None:
        """Tear it down."""
        self._open.close()

    def _answer(self, text: str, _at: float) -> None:
        message: Any = json.loads(text)
        if message.get("method") == "ui/notifications/initialized":
            self._ready = time.perf_counter()
        if message.get("method") != "ui/initialize":
            return
        result = {
            "protocolVersion": message["params"]["protocolVersion"],
            "hostInfo": {"name": "host", "version": "1"},
            "hostCapabilities": {},
            "hostContext": {},
        }
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        self._open.widget.post(json.dumps(answer))


def private_megabytes() -> float:
    """What this process and everything it started has for itself (the kernel shows no more of a
    renderer to an ordinary user: its proportional share is unreadable).
    """
    return sum(map(_private, process_tree(os.getpid()))) / 1_000


def _private(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it has just ended
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))
