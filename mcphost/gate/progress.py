"""`notifications/progress` of a call, as its card shows it.

Law: the server's words pass `one_line`; what is no number says nothing. A connection has dropped
late, repeated, decreasing and too frequent notifications before. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line
from mcphost.gate.watch import Watcher

MAX_MESSAGE = 300


def progress_for(watcher: Watcher) -> Callable[[JsonObject], None]:
    """`Exchange.on_progress` for a call that *watcher* shows."""

    def on_progress(params: JsonObject) -> None:
        message = params.get("message")
        words = one_line(message, limit=MAX_MESSAGE) if isinstance(message, str) else ""
        done, total = _number(params.get("progress")), _number(params.get("total"))
        watcher.progressed(words, done or 0.0, total)

    return on_progress


def _number(untrusted: Json) -> float | None:
    if isinstance(untrusted, bool) or not isinstance(untrusted, int | float):
        return None
    try:
        value = float(untrusted)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None
