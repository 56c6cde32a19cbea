"""How one View is shown: what it is now, and what it may become.

Law: (1) the mode is what the window told last, never what a View claims. (2) A View is never put
into a mode that its App does not name, or that the window does not offer; an App that names none
stays inline by itself, and a person may still show it larger. (3) One that is allowed becomes true
when the window says so, and nobody waits longer than `SETTLE_SECONDS` for it.

Loop thread. Owned by `ViewController`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mcphost.domain.events import Event, ViewModeAllowed
from mcphost.domain.ids import ViewId
from mcphost.domain.view import DisplayMode

SETTLE_SECONDS = 2.0


class ViewModes:
    """The display modes of one View."""

    def __init__(self, view: ViewId, events: Callable[[Event], None]) -> None:
        self._view = view
        self._events = events
        self.current = DisplayMode.INLINE
        self._offered: tuple[DisplayMode, ...] = (DisplayMode.INLINE,)
        self._named: tuple[DisplayMode, ...] | None = None
        self._told = asyncio.Event()

    def name(self, modes: tuple[DisplayMode, ...] | None) -> None:
        """The App says in which *modes* it can be shown; None when it says nothing."""
        self._named = modes

    def tell(self, current: DisplayMode, offered: tuple[DisplayMode, ...]) -> None:
        """The window says how the View is shown now, and how it could be."""
        self.current, self._offered = current, offered
        self._told.set()

    def may_become(self, untrusted_mode: str) -> bool:
        """Whether asking for this mode could change anything."""
        if untrusted_mode == self.current.value or untrusted_mode not in set(DisplayMode):
            return False
        mode = DisplayMode(untrusted_mode)
        return mode in self._offered and (mode is DisplayMode.INLINE or mode in (self._named or ()))

    async def change(self, mode: DisplayMode) -> None:
        """Have the window show it as *mode*; afterwards `current` is what came of it."""
        self._told.clear()
        self._events(ViewModeAllowed(view=self._view, mode=mode))
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                while self.current is not mode:
                    await self._told.wait()
                    self._told.clear()
        except TimeoutError:
            return
