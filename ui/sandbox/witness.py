"""Hears from the engine what it stopped in the App frame: a policy violation, WebGL that is off.

Law: (1) the script runs in a world of its own and reports events of the engine alone; (2) its word
is random for each View and never in the App's reach, so that no console line of an App passes for
it; (3) what it says is untrusted text, bounded here and by the incident book. Main thread; owned by
`page`.
"""

from __future__ import annotations

import json
import secrets
from typing import cast

from PySide6.QtWebEngineCore import QWebEngineScript

from mcphost.assets import asset_text
from mcphost.domain.text import one_line
from mcphost.domain.view import IncidentKind
from mcphost.policy.snapshot import APP_SCHEME
from ui.sandbox.budgets import Noise
from ui.sandbox.environment import webgl_possible
from ui.sandbox.incidents import IncidentBook
from ui.sandbox.rights import Rights

WITNESS_WORLD = QWebEngineScript.ScriptWorldId.UserWorld.value
MOST = 100
"""Reports of one document: a person is shown a few."""
_LONGEST = 2_000


class Witness:
    """One View's witness. *script* goes into its page."""

    def __init__(self, rights: Rights, book: IncidentBook) -> None:
        self._rights = rights
        self._book = book
        self._word = secrets.token_hex(16)
        self.script = _script(self._word)

    def heard(self, untrusted_message: str) -> bool:
        """Whether a console line was the witness's; then it is on the book."""
        if not untrusted_message.startswith(self._word):
            return False
        match _parsed(untrusted_message[len(self._word) : _LONGEST]):
            case ["canvas", "webgl"] if self._rights.snapshot.webgl and not webgl_possible():
                self._book.record(IncidentKind.NEEDS_RESTART, "WebGL")
            case [str(where), str(what)]:
                stopped = f"{one_line(where, limit=40)} {one_line(what, limit=250)}"
                self._book.record(IncidentKind.POLICY_STOPPED, stopped)
            case _:
                self._book.count(Noise.CONSOLE)
        return True


def _parsed(text: str) -> list[object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return cast("list[object]", value) if isinstance(value, list) else []


def _script(word: str) -> QWebEngineScript:
    config = json.dumps({"apps": f"{APP_SCHEME}://", "word": word, "most": MOST})
    script = QWebEngineScript()
    script.setName("witness")
    script.setSourceCode(asset_text("sandbox/witness.js").replace("WITNESS_CONFIG", config))
    script.setWorldId(WITNESS_WORLD)
    script.setInjectionPoint(QWebEngineScript.InjectionPoint.DocumentCreation)
    script.setRunsOnSubFrames(True)
    return script
