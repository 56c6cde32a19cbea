"""A granted host, the whole way: a person allows it, the App in the real engine reaches it through
the product's proxy, its bytes are counted, and taking the grant back cuts what is open.

Only the outermost wire is ours: what would go to a public address ends at a listener of the test.
"""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.app_grant import AppGrant, AppGrantKind
from mcphost.domain.ids import ViewId
from mcphost.domain.network import HostTalk
from mcphost.domain.template import TemplatePin
from mcphost.egress.proxy import EgressProxy, Streams
from mcphost.host import compose
from mcphost.policy.proxy_pass import proxy_password
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import join, run_tool
from tests.helpers.core import Core, core
from tests.helpers.egress import PUBLIC
from tests.helpers.engine import self_test as the_self_test
from tests.helpers.live_app import SHAKE_HANDS, live_app
from ui.sandbox.network import close_network, set_proxy

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("self_test")]
self_test = the_self_test

HOST = "api.example.com"
GRANT = AppGrant(kind=AppGrantKind.CONNECT, host=f"https://{HOST}")
PAGE = f"""<!doctype html><script>{SHAKE_HANDS}
ready.then(() => fetch('https://{HOST}/'.replace('api', 'other')))
  .catch(() => fetch('https://{HOST}/')).then(() => tell('answered'), () => tell('cut'));
</script>"""


class Far:
    """The far end: takes what comes, answers nothing, and notes how it ended."""

    def __init__(self) -> None:
        self._server: asyncio.Server
        self.dialled: list[tuple[str, int]] = []
        self.came = 0
        self.ended = False

    async def resolve(self, host: str, port: int) -> tuple[str, ...]:
        return (PUBLIC,)

    async def dial(self, address: str, port: int) -> Streams:
        self.dialled.append((address, port))
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return await asyncio.open_connection(*self._server.sockets[0].getsockname())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                self.came += len(data)
        except ConnectionError:
            pass
        finally:
            writer.close()
            self._server.close()
            self.ended = True


@contextmanager
def granted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Far, Core, TemplatePin, ViewId]]:
    """The far end, a core whose App may reach it, the App's pin, and its View."""
    far = Far()
    wired: Any = partial(EgressProxy, resolve=far.resolve, dial=far.dial)
    monkeypatch.setattr(compose, "EgressProxy", wired)
    with AppServer(Thing(name="look", app=True)) as server, core(tmp_path) as made:
        server.html, server.meta = PAGE, {"csp": {"connectDomains": [f"https://{HOST}"]}}
        join(made, server)
        [review] = made.run(made.host.templates())
        made.run(made.host.give_app_grant(review.pin, GRANT))
        view = run_tool(made, server.key, "look").view
        assert view is not None
        yield far, made, review.pin, view


def talk(made: Core) -> HostTalk:
    [line] = made.run(made.host.network())
    return line


def test_a_granted_host_is_reached_counted_and_cut_when_the_grant_is_taken_back(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with granted(tmp_path, monkeypatch) as (far, made, pin, view):
        set_proxy(*made.run(made.host.proxy_credentials()))
        with live_app(qtbot, made, view) as app:
            app.until(lambda: far.came > 100)  # a TLS greeting, untouched
            line = talk(made)
            assert (line.host, line.port, line.open, line.sent) == (HOST, 443, 1, far.came)
            assert [each.view for each in line.apps] == [view]
            made.run(made.host.take_back_app_grant(pin, GRANT))
            app.until(lambda: far.ended)
            app.until(lambda: app.over)
        assert far.dialled == [(PUBLIC, 443)]
        assert (talk(made).open, talk(made).apps) == (0, ())
        close_network()


def ask(made: Core, view: str) -> int:
    """What the program's own proxy answers *view*."""
    port, secret = made.run(made.host.proxy_credentials())
    pair = base64.b64encode(f"{view}:{proxy_password(secret, view)}".encode()).decode()
    head = f"CONNECT {HOST}:443 HTTP/1.1\r\nProxy-Authorization: Basic {pair}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        wire.sendall(head.encode())
        return int(wire.recv(1_000).split()[1])


def test_a_stranger_to_the_grant_is_refused_by_the_proxy_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with granted(tmp_path, monkeypatch) as (far, made, _pin, view):
        assert (ask(made, "another"), far.dialled) == (403, [])
        assert (ask(made, view), far.dialled) == (200, [(PUBLIC, 443)])
