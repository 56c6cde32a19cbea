"""A whole core in a test: runtime, host and the built-in demo server, without Qt.

`core(...)` is a context manager; everything it starts has ended when it is left.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from mcphost.domain.consent import (
    Answer,
    ConsentAnswer,
    ConsentRequest,
    ElicitationAction,
    ElicitationAnswer,
    ElicitationRequest,
)
from mcphost.domain.events import Event
from mcphost.domain.json import Json
from mcphost.domain.ports import EventSink, LinkOpener
from mcphost.host import Host, HostSettings
from mcphost.runtime import Runtime
from mcphost.storage.paths import Paths

T = TypeVar("T")
E = TypeVar("E")
SECONDS = 60.0


@dataclass(slots=True)
class TestPerson:
    """A broker that answers as told and remembers what it was asked."""

    __test__ = False
    answer: Answer = Answer.ALLOW
    form: dict[str, Json] = field(default_factory=dict[str, Json])
    present: bool = True
    consents: list[ConsentRequest] = field(default_factory=list[ConsentRequest])
    elicitations: list[ElicitationRequest] = field(default_factory=list[ElicitationRequest])

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        self.consents.append(request)
        return ConsentAnswer(request=request.id, answer=self.answer, digest=request.digest)

    async def ask_elicitation(self, request: ElicitationRequest) -> ElicitationAnswer:
        self.elicitations.append(request)
        return ElicitationAnswer(
            request=request.id, action=ElicitationAction.ACCEPT, content=self.form
        )


@dataclass(slots=True)
class Core:
    """A started host."""

    runtime: Runtime
    host: Host
    person: TestPerson
    events: list[Event]
    opened: list[str]
    _news: threading.Condition

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runtime.submit(work).result(SECONDS)

    def post(self, call: Callable[..., object], *args: object) -> None:
        self.runtime.post(call, *args)

    def wait(self, kind: type[E], when: Callable[[E], bool] = lambda _event: True) -> E:
        """The first event of *kind* that fits, waited for at most `SECONDS`."""

        def found() -> E | None:
            for event in self.events:
                if isinstance(event, kind) and when(event):
                    return event
            return None

        with self._news:
            assert self._news.wait_for(lambda: found() is not None, SECONDS), kind.__name__
        event = found()
        assert event is not None
        return event

    def seen(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """The rows of this run of one kind, parsed."""
        parsed = [json.loads(row) for row in self.run(self.host.run_rows())]
        return [row for row in parsed if row["kind"] == kind]


@contextmanager
def core(
    home: Path,
    *,
    person: TestPerson | None = None,
    policy: str = "",
    automation: bool = False,
    initialize_seconds: float = 10.0,
    opener: LinkOpener | None = None,
    downloads: Path | None = None,
    also: EventSink | None = None,
) -> Iterator[Core]:
    """*also* hears every event too, on the loop thread."""
    runtime = Runtime()
    runtime.start()
    news = threading.Condition()
    events: list[Event] = []
    opened: list[str] = []
    who = person or TestPerson()

    def hear(event: Event) -> None:
        with news:
            events.append(event)
            news.notify_all()
        if also is not None:
            also(event)

    files: tuple[Path, ...] = ()
    if policy:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = home / "test.cedar"
        file.write_text(policy, encoding="utf-8")
        files = (file,)
    settings = HostSettings(
        runtime=runtime,
        paths=Paths.under(home),
        broker=who,
        events=hear,
        opener=opener or opened.append,
        policy_files=files,
        automation=automation,
        initialize_seconds=initialize_seconds,
        downloads=downloads,
    )
    try:
        host = runtime.submit(Host.create(settings)).result(SECONDS)
        try:
            runtime.submit(host.start(connect=False)).result(SECONDS)
            yield Core(runtime, host, who, events, opened, news)
        finally:
            runtime.submit(host.stop()).result(SECONDS)
    finally:
        runtime.stop()
