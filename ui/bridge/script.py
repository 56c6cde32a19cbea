"""A script drives the window from the loop thread: the headless commands and their tests.

Law: (1) the script is one coroutine on the loop thread; what it does to widgets runs on the main
thread, awaited. (2) Every wait is bounded and says what it waited for. (3) It sees the same events
as the window, in the same order.

`MainThread` is made on the main thread; its coroutines are awaited on the loop thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject

from mcphost.domain.errors import UserFacingError
from mcphost.domain.events import Event
from ui.bridge.lane import to_main_thread

T = TypeVar("T")
E = TypeVar("E")


class _Errand(Generic[T]):
    """One call to be made on the main thread, and the future of its outcome."""

    def __init__(self, begin: Callable[[Callable[[T], None]], object]) -> None:
        self._loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[T] = self._loop.create_future()
        self._begin = begin

    def run(self) -> None:
        """Main thread."""
        try:
            self._begin(self._settle)
        except Exception as error:  # noqa: BLE001  # carried to the awaiting script, not swallowed
            self._loop.call_soon_threadsafe(self._fail, error)

    def _settle(self, value: T) -> None:
        self._loop.call_soon_threadsafe(self._resolve, value)

    def _resolve(self, value: T) -> None:
        if not self.outcome.done():
            self.outcome.set_result(value)

    def _fail(self, error: Exception) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)


class MainThread(QObject):
    """Carries errands of a script to the main thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cross = to_main_thread(self._on_wanted)

    async def call(self, function: Callable[[], T], *, seconds: float = 30.0) -> T:
        """The result of *function*, run on the main thread."""
        return await self.answer(lambda done: done(function()), seconds=seconds)

    async def answer(
        self, begin: Callable[[Callable[[T], None]], object], *, seconds: float = 30.0
    ) -> T:
        """Run *begin* on the main thread; the value it hands to its callback, later."""
        errand = _Errand(begin)
        self._cross(errand)
        async with asyncio.timeout(seconds):
            return await errand.outcome

    def _on_wanted(self, errand: _Errand[object]) -> None:
        errand.run()


class Hearing:
    """An `EventSink` that passes events on and lets a script wait for one. Loop thread."""

    def __init__(self, onward: Callable[[Event], None]) -> None:
        self._onward = onward
        self._heard: list[Event] = []
        self._news: asyncio.Event | None = None

    def __call__(self, event: Event) -> None:
        """Remember *event* and pass it on."""
        self._heard.append(event)
        self._onward(event)
        if self._news is not None:
            self._news.set()

    @property
    def position(self) -> int:
        """How many events have been heard: pass it as *since* to wait for later ones only."""
        return len(self._heard)

    def after(self, event: Event) -> int:
        """The position just after *event*, found by identity."""
        for place, heard in enumerate(self._heard):
            if heard is event:
                return place + 1
        return len(self._heard)

    async def first(self, kind: type[E], *, since: int = 0, seconds: float, waiting_for: str) -> E:
        """The first event of *kind* after *since*. Raises `UserFacingError` when none comes."""
        self._news = self._news or asyncio.Event()
        try:
            async with asyncio.timeout(seconds):
                while True:
                    self._news.clear()
                    for event in self._heard[since:]:
                        if isinstance(event, kind):
                            return event
                    await self._news.wait()
        except TimeoutError as error:
            raise UserFacingError(f"waited {seconds:g} s in vain for {waiting_for}") from error


async def pause(seconds: float) -> None:
    """Let the window live for *seconds*."""
    await asyncio.sleep(seconds)
