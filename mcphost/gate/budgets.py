"""The budgets on the one path: of each View, and of each server whoever asks it.

Law: (1) asked after the kill switch and before a person is, and again right before a frame leaves,
where it is counted: a View, a model, a person and what is sent again count alike; (2) a View that
spends its own budget leaves that of its server to others; (3) no rule and no grant lifts a budget;
(4) every turn of a breaker is a row; (5) calls of an App's own tools count for its View alone; (6)
a changed number holds from the next frame on. What listening and following a task may cost is
bounded where they are. Loop thread.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.budget import USUAL, Budget
from mcphost.domain.decision import Decision, Verdict
from mcphost.domain.errors import BudgetSpent, ServerError, ServerRefused
from mcphost.domain.ids import ServerKey, ViewId
from mcphost.domain.ports import AuditSink
from mcphost.policy.breaker import Breaker, Meter
from mcphost.protocol.mcp import RESOURCES_SUBSCRIBE
from mcphost.protocol.subscriptions import LISTEN

RULE: Final = "budget"
COUNTED: Final = frozenset(
    {
        ActionKind.TOOL_CALL,
        ActionKind.RESOURCE_READ,
        ActionKind.PROMPT_GET,
        ActionKind.COMPLETE,
        ActionKind.APP_TOOL,
        ActionKind.CONNECT,
        ActionKind.LIST,
    }
)
_LISTENING: Final = frozenset({LISTEN, RESOURCES_SUBSCRIBE, "GET"})
"""Lists in name: they wait for the server as long as it is connected, and their pace is bounded."""
_MANY: Final = 256
"""Meters after which those that forgetting does not change are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A breaker is in another state now."""

    server: ServerKey
    view: ViewId | None
    """None: it is the server's own."""
    state: Breaker
    because: str
    seconds: float
    """For how long, when it is open."""

    def words(self, wall: float) -> str:
        """What is held back at *wall* (Unix seconds) and why; empty when nothing is."""
        match self.state:
            case Breaker.CLOSED:
                return ""
            case Breaker.HALF_OPEN:
                return f"Held back ({self.because}): one call is on trial."
            case Breaker.OPEN:
                until = time.strftime("%H:%M:%S", time.localtime(wall + self.seconds))
                return f"Calls are held back until {until}: {self.because}."


class Budgets:
    """All meters of this run."""

    def __init__(
        self,
        audit: AuditSink,
        clock: Callable[[], float],
        *,
        limits: Callable[[ServerKey], BudgetsOfServer] = lambda _: USUAL,
        on_turned: Callable[[Turned], None] = lambda _: None,
    ) -> None:
        """*limits* are the budgets of a server now, asked again for every frame."""
        self._audit = audit
        self._clock = clock
        self._limits = limits
        self._on_turned = on_turned
        self._meters: dict[tuple[ServerKey, ViewId | None], Meter] = {}

    def overrule(self, action: Action, asker: object, decision: Decision) -> Decision:
        """*decision* of the policy, or the refusal that stands in its place."""
        why = self._refusal(action, asker)
        if not why or decision.verdict is Verdict.DENY:
            return decision
        return decision.refused(RULE, why)

    def require(self, action: Action, asker: object) -> None:
        """Raise `BudgetSpent` while a breaker stops *action*."""
        if why := self._refusal(action, asker):
            raise spent(why)

    def spend(self, action: Action, asker: object, *, size: int, again: bool) -> None:
        """Count a request that is about to leave. Raises `BudgetSpent`: then it must not."""
        self.require(action, asker)
        for party, meter in self._of(action):
            with self._watching(party, meter):
                why = meter.spend(
                    self._clock(), asker, size=size, again=again, jitter=random.random()
                )
            if why:
                raise spent(f"{_name(party)}: {why}")

    def received(self, action: Action, size: int) -> None:
        """Count an answer."""
        for party, meter in self._of(action):
            with self._watching(party, meter):
                meter.received(self._clock(), size, random.random())

    @contextmanager
    def at_work(self, action: Action, asker: object) -> Generator[None]:
        """While a request waits for its answer. Raises `BudgetSpent` when too many do."""
        parties = self._of(action)
        for party, meter in parties:
            if why := meter.crowded():
                raise spent(f"{_name(party)}: {why}")
        for _, meter in parties:
            meter.begin()
        well: bool | None = None
        try:
            yield
            well = True
        except ServerRefused:
            well = True
            raise
        except ServerError:
            well = False
            raise
        finally:
            blamed = action.kind is ActionKind.APP_TOOL
            for party, meter in parties:
                ended = well if party[1] is None or blamed or well is None else True
                with self._watching(party, meter):
                    meter.end(self._clock(), asker, well=ended, jitter=random.random())

    def _refusal(self, action: Action, asker: object) -> str:
        for party, meter in self._of(action):
            if why := meter.refusal(self._clock(), asker):
                return f"{_name(party)}: {why}"
        return ""

    def _of(self, action: Action) -> list[tuple[tuple[ServerKey, ViewId | None], Meter]]:
        """The meters of *action*: its View's first, which is to stop before its server does."""
        if action.kind not in COUNTED or action.server is None or action.method in _LISTENING:
            return []
        limits = self._limits(action.server)
        server, view = (action.server, None), (action.server, action.view)
        if action.view is None:
            return [(server, self._meter(server, limits.server))]
        if action.kind is ActionKind.APP_TOOL:
            return [(view, self._meter(view, limits.app))]
        return [(view, self._meter(view, limits.app)), (server, self._meter(server, limits.server))]

    def _meter(self, party: tuple[ServerKey, ViewId | None], budget: Budget) -> Meter:
        meter = self._meters.get(party)
        if meter is None:
            if len(self._meters) >= _MANY:
                now = self._clock()
                self._meters = {p: m for p, m in self._meters.items() if not m.calm(now)}
            meter = self._meters[party] = Meter(budget)
        meter.budget = budget
        return meter

    @contextmanager
    def _watching(self, party: tuple[ServerKey, ViewId | None], meter: Meter) -> Generator[None]:
        before = (meter.state, meter.until)
        yield
        if (meter.state, meter.until) != before:
            self._tell(party, meter)

    def _tell(self, party: tuple[ServerKey, ViewId | None], meter: Meter) -> None:
        server, view = party
        seconds = meter.until - self._clock() if meter.state is Breaker.OPEN else 0.0
        turned = Turned(
            server=server,
            view=view,
            state=meter.state,
            because=meter.because,
            seconds=max(seconds, 0.0),
        )
        record = AuditRecord(
            kind=AuditKind.BREAKER_TURNED,
            data={
                "state": turned.state.value,
                "because": turned.because,
                "seconds": round(turned.seconds),
            },
            server=server,
            view=view,
        )
        self._audit.append_soon(record)
        self._on_turned(turned)


class BudgetsOfServer(Protocol):
    """What a server and each of its Apps may be asked (`domain.budget.Limits`)."""

    @property
    def server(self) -> Budget:
        """Everybody together, of the server."""
        ...

    @property
    def app(self) -> Budget:
        """Each running App of it."""
        ...


def spent(why: str) -> BudgetSpent:
    """The error, with what a person can do."""
    return BudgetSpent(f"Not sent. {why}. It goes on by itself; try again then.")


def _name(party: tuple[ServerKey, ViewId | None]) -> str:
    server, view = party
    return (
        f"Too much for the server {server}" if view is None else f"Too much for an App of {server}"
    )
