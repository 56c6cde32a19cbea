"""A core that is as busy as 20 Apps can make it, and a tap at each way out of it.

The taps and what pours into the proxy are processes of their own, as servers and renderers are.
"""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.events import KillSwitchChanged
from mcphost.domain.ids import ViewId
from mcphost.egress.proxy import EgressProxy, Streams
from mcphost.host import DEMO_KEY
from mcphost.policy.proxy_pass import proxy_password
from mcphost.storage.running import running
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import approve_all, join_demo, open_app, say
from tests.helpers.core import Core, core
from tests.helpers.fixed_budgets import Fixed
from tests.helpers.taps import Tap, pouring

VIEWS = 20
PERMIT = "permit(principal, action, resource);"
PUBLIC = "93.184.216.34"


@dataclass(slots=True)
class Busy:
    """A core with its taps. *views* are those that call their server in a tight loop."""

    core: Core
    home: Path
    server: AppServer
    taps: dict[str, Tap]
    views: list[ViewId] = field(default_factory=list[ViewId])

    def fill(self) -> None:
        """Open Apps until there are 20, and see the demo server's program run."""
        self.views[:] = [open_app(self.core, self.server.key, "busy") for _ in range(VIEWS)]

    @property
    def group(self) -> int:
        """The process group of the demo server."""
        (here,) = running(self.home / "running")
        return next(group for group, name in here.groups.items() if name == "demo")

    def last_byte(self) -> float:
        return max(tap.last for tap in self.taps.values())


@contextmanager
def busy_core(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Busy]:
    """Everything at once: an HTTP server, a program, Apps that call and Apps that fetch."""
    with (
        AppServer(Thing(name="busy", app=True), key="shop") as server,
        Tap(None) as sink,
        Tap(int(server.url.rsplit(":", 1)[1].partition("/")[0])) as wire,
    ):
        _open_proxy_to(sink, monkeypatch)
        _lift_budgets(monkeypatch)
        server.url = server.url.replace(f":{wire.to}", f":{wire.port}")
        with core(home, policy=PERMIT) as made:
            made.run(made.host.add_server(server.config))
            made.run(made.host.connect(server.key))
            approve_all(made)
            join_demo(made)
            busy = Busy(made, home, server, {"http": wire, "proxy": sink})
            with _calling(busy), _fetching(busy), _running_tools(busy):
                yield busy


def _open_proxy_to(sink: Tap, monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(_host: str, _port: int) -> tuple[str, ...]:
        return (PUBLIC,)

    async def dial(_address: str, _port: int) -> Streams:
        return await asyncio.open_connection("127.0.0.1", sink.port)

    def make(**kept: Any) -> EgressProxy:
        granted = {**kept, "allow": lambda *_asked: True}
        return EgressProxy(**granted, resolve=resolve, dial=dial)

    monkeypatch.setattr("mcphost.host.compose.EgressProxy", make)


def _lift_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch is to end what is under way; the budgets would have held most of it back."""
    lifted = Fixed()
    monkeypatch.setattr("mcphost.host.limit_book.LimitBook.of", lambda _book, _key: lifted)


@contextmanager
def _forever(work: Callable[[], None], name: str) -> Iterator[None]:
    over = threading.Event()

    def loop() -> None:
        while not over.wait(0.02):
            work()

    thread = threading.Thread(target=loop, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)


@contextmanager
def _calling(busy: Busy) -> Iterator[None]:
    """Every View calls its tool in a tight loop, as an App with a timer does."""
    count = 0

    def work() -> None:
        nonlocal count
        for view in tuple(busy.views):
            count += 1
            params = {"name": "busy", "arguments": {"n": count}}
            say(busy.core, view, {"id": f"c{count}", "method": "tools/call", "params": params})

    with _forever(work, "calls"):
        yield


@contextmanager
def _running_tools(busy: Busy) -> Iterator[None]:
    """The person's own runs on the local program go on as well."""

    async def one() -> None:
        talk = await busy.core.host.new_conversation("busy")
        await busy.core.host.run_tool(talk, DEMO_KEY, "garden_overview", {})

    def work() -> None:
        busy.core.runtime.submit(one()).exception(60)

    with _forever(work, "runs"):
        yield


@contextmanager
def _fetching(busy: Busy) -> Iterator[None]:
    """Tunnels through the proxy that send without a pause, and open again when they are cut."""
    port, secret = busy.core.run(busy.core.host.proxy_credentials())
    pair = base64.b64encode(f"x:{proxy_password(secret, 'x')}".encode()).decode()
    with pouring(port, f"Proxy-Authorization: Basic {pair}"):
        yield


def switched_on(event: KillSwitchChanged) -> bool:
    return bool(event.kills)
