"""What a server says while it works on a call, on standard error.

Law: one line for each new word, never more than one a second; the words are the server's, made
harmless. Called on the loop thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from mcphost.cli.session import say
from mcphost.domain.conversation import ServerWork, ToolRun
from mcphost.domain.events import Event, ItemChanged
from mcphost.domain.text import one_line

_EVERY = 1.0


def say_work(clock: Callable[[], float] = time.monotonic) -> Callable[[Event], None]:
    """An event sink that says what servers say."""
    told, at = "", float("-inf")

    def sink(event: Event) -> None:
        nonlocal told, at
        if not isinstance(event, ItemChanged) or not isinstance(event.item, ToolRun):
            return
        text = "" if event.item.work is None else words(event.item.work)
        if text and text != told and clock() - at >= _EVERY:
            told, at = text, clock()
            say(text)

    return sink


def words(work: ServerWork) -> str:
    """*work* in one line; empty when it says nothing."""
    said = one_line(work.message, limit=200)
    far = "" if work.total is None or work.done is None else f"{work.done:g} of {work.total:g}"
    lead = "working at the server" if work.task else "running at the server"
    rest = ", ".join(part for part in (far, said) if part)
    if not rest:
        return f"{lead}…" if work.task else ""
    return f"{lead}: {rest}"
