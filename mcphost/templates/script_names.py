"""Names in scripts that a reviewer should hear about, and the finding each leads to. Data only."""

from __future__ import annotations

import re
from typing import Final

from mcphost.templates.tool_names import CALLERS, METHOD

GLOBALS: Final[dict[str, str]] = {
    "eval": "script-eval",
    "Function": "script-eval",
    "execScript": "script-eval",
    "WebAssembly": "script-wasm",
    "Worker": "script-worker",
    "SharedWorker": "script-worker",
    "importScripts": "script-worker",
    "RTCPeerConnection": "script-webrtc",
    "webkitRTCPeerConnection": "script-webrtc",
    "fetch": "script-network",
    "XMLHttpRequest": "script-network",
    "WebSocket": "script-network",
    "EventSource": "script-network",
    "WebTransport": "script-network",
    "localStorage": "script-storage",
    "sessionStorage": "script-storage",
    "indexedDB": "script-storage",
    "import": "script-import",
}
"""Names of the global object, and `import` where it is called."""

NOT_USED: Final[dict[str, tuple[str, ...]]] = {
    "Function": ("member_expression", "binary_expression"),
    "Worker": ("member_expression", "binary_expression"),
}
"""Where a name is only looked at: `Function.prototype`, `x instanceof Worker`."""

MEMBERS: Final[dict[str, str]] = {
    "document.write": "script-write",
    "document.writeln": "script-write",
    "document.cookie": "script-storage",
    "serviceWorker.register": "script-worker",
    "navigator.sendBeacon": "script-network",
    "window.open": "script-navigation",
    "location.assign": "script-navigation",
    "location.replace": "script-navigation",
    "location.reload": "script-navigation",
}

SINKS: Final = frozenset({"innerHTML", "outerHTML", "srcdoc", "insertAdjacentHTML"})
TIMERS: Final = frozenset({"setTimeout", "setInterval"})
PERMISSIONS: Final[dict[str, frozenset[str]]] = {
    "getUserMedia": frozenset({"camera", "microphone"}),
    "geolocation": frozenset({"geolocation"}),
    "getCurrentPosition": frozenset({"geolocation"}),
    "watchPosition": frozenset({"geolocation"}),
}


def _words() -> re.Pattern[bytes]:
    """Every place worth a look. Common words count only behind the owner that makes them rare."""
    alone = {*GLOBALS, *SINKS, *TIMERS, *PERMISSIONS, *CALLERS} - {"import"}
    behind = [
        rf"(?<={re.escape(owner)}\.){re.escape(name)}"
        for owner, _, name in (full.partition(".") for full in MEMBERS)
    ]
    parts = (
        r"\bimport(?=\s*\()",
        *behind,
        r"(?<=clipboard\.)write(?:Text)?",
        rf"\b(?:{'|'.join(sorted(alone))})\b",
        rf"(?<=[\"'`]){METHOD}(?=[\"'`])",
    )
    return re.compile("|".join(parts).encode())


WORDS: Final = _words()
