"""Keeping one server's subscription open, as long as its connection lives.

Law: (1) what is wanted is asked for, what is not granted is said; (2) a subscription that ends is
opened again after a random time that grows with each failure, and given up after `ATTEMPTS` of
them, which is said; (3) whatever may have been missed meanwhile is read again, after the new
subscription stands, so that nothing falls between; (4) another wish first stands beside the old
one and then replaces it. Randomness and time are arguments. Loop thread; held by `host.fleet`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from random import SystemRandom
from typing import Final

from mcphost.domain.errors import McpHostError, PolicyDenied, ServerRefused
from mcphost.domain.json import JsonObject
from mcphost.protocol.subscriptions import Acknowledged, Filter, wanted, words

ATTEMPTS: Final = 16
"""Failures in a row after which nobody listens any more."""
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 300.0
SETTLED: Final = 30.0
"""Seconds that a subscription must have lasted for its end not to count as a failure in a row."""
ACKNOWLEDGE: Final = 2.0
"""Seconds that connecting waits for a server to acknowledge."""
PATIENCE: Final = 30.0
"""Seconds a server has to acknowledge."""
_NO_SUCH_METHOD: Final = -32601
_chance = SystemRandom().random


def pause(failures: int, chance: float) -> float:
    """Full jitter: anything from nothing to twice as much as after the failure before."""
    return chance * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures, 32))


class Ears:
    """Listens to one connection."""

    def __init__(
        self,
        *,
        listen: Callable[[Filter], Awaitable[None]],
        alive: Callable[[], bool],
        note: Callable[[str], None],
        missed: Callable[[], None],
        chance: Callable[[], float] = _chance,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patience: float = PATIENCE,
    ) -> None:
        """*listen* returns when the server ends the subscription in order, and raises when it is
        lost. *note* gets what a person should read, or nothing when all is well. *missed* is called
        when something may have changed unheard.
        """
        self._listen = listen
        self._alive = alive
        self._note = note
        self._missed = missed
        self._chance = chance
        self._clock = clock
        self._sleep = sleep
        self._seconds = patience
        self._wanted = Filter()
        self._task: asyncio.Task[None] | None = None
        self._before: list[asyncio.Task[None]] = []
        self._timers: dict[Filter, asyncio.Timeout] = {}
        self._heard = asyncio.Event()
        self._gap = False

    def want(self, wish: Filter) -> None:
        """Listen for *wish* from now on; nothing happens when that is done already."""
        if wish == self._wanted:
            return
        self._wanted = wish
        self._heard = asyncio.Event()
        if self._task is not None:
            self._before.append(self._task)
            self._task = None
        if wish:
            self._task = asyncio.create_task(self._keep(wish), name="listen")
        else:
            self._hang_up()

    async def hear(self, capabilities: JsonObject, resources: Iterable[str]) -> None:
        """Listen for what a server of *capabilities* can tell of its lists and of *resources*."""
        self.want(wanted(capabilities, resources))
        await self.ready(ACKNOWLEDGE)

    async def ready(self, seconds: float) -> None:
        """Wait until the server has acknowledged; after *seconds* it is to be too late, and what
        changes until it does counts as missed.
        """
        if self._task is None:
            return
        heard = asyncio.ensure_future(self._heard.wait())
        await asyncio.wait({heard, self._task}, timeout=seconds, return_when="FIRST_COMPLETED")
        heard.cancel()
        self._gap = self._gap or not self._heard.is_set()

    def acknowledged(self, said: Acknowledged) -> None:
        """The server has acknowledged a subscription."""
        timer = self._timers.get(said.asked)
        if said.asked != self._wanted or timer is None or timer.expired():
            return
        timer.reschedule(None)
        self._hang_up()
        self._heard.set()
        missing = self._wanted.without(said.granted)
        self._note(f"it does not tell when {words(missing)} changes" if missing else "")
        if self._gap:
            self._gap = False
            self._missed()

    async def stop(self) -> None:
        """Hang up and listen no more."""
        tasks = [*self._before] if self._task is None else [*self._before, self._task]
        self._task, self._wanted = None, Filter()
        self._hang_up()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _hang_up(self) -> None:
        """The subscriptions of before are not needed any more."""
        for task in self._before:
            task.cancel()
        self._before.clear()

    async def _keep(self, wish: Filter) -> None:
        failures = 0
        while True:
            began = self._clock()
            try:
                why = await self._once(wish)
            except _NeverAgain as end:
                if self._wanted == wish:
                    self._note(str(end))
                return
            if self._wanted != wish or not self._alive():
                return
            self._gap = True
            failures = 1 if self._clock() - began >= SETTLED else failures + 1
            if failures > ATTEMPTS:
                self._note(
                    f"it is not heard any more ({why}): what it changes is noticed only after it "
                    "is connected again"
                )
                return
            await self._sleep(pause(failures - 1, self._chance()))

    async def _once(self, wish: Filter) -> str:
        """One subscription from its request to its end; why it ended."""
        try:
            async with asyncio.timeout(self._seconds) as timer:
                self._timers[wish] = timer
                await self._listen(wish)
        except TimeoutError:
            return "it does not acknowledge"
        except PolicyDenied as denied:
            raise _NeverAgain(f"what it changes is not heard: {denied}") from denied
        except ServerRefused as refusal:
            if refusal.code == _NO_SUCH_METHOD:
                raise _NeverAgain("it does not tell what it changes") from refusal
            return "it refuses"
        except McpHostError as error:
            return type(error).__name__
        finally:
            self._timers.pop(wish, None)
        return "it ends what it promised to tell"


class _NeverAgain(Exception):
    """Trying again is no use."""
