"""Nothing a View tries reaches even a listener on this very computer; without us it would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from mcphost.policy.csp import app_policy
from mcphost.policy.origins import OriginPattern
from mcphost.policy.snapshot import Grants
from tests.helpers.canary_net import CanaryNet
from tests.helpers.engine import Opener, snapshot_of
from tests.hostile.vectors import LAST, VECTORS, page

pytestmark = pytest.mark.engine

TCP_NAMES = tuple(name for name in (*VECTORS, *LAST) if name != "udp")


@pytest.fixture
def net() -> Iterator[CanaryNet]:
    with CanaryNet((*TCP_NAMES, "page")) as listening:
        yield listening


OFTEN_SILENT = {
    "anchor-blank",
    "window-open",
    "embed",
    "icon",
    "shared-worker-websocket",
}
"""What does not always fire in the control's plain set-up, for want of a window or of time."""


def test_an_unguarded_view_reaches_the_listener(net: CanaryNet, qtbot: QtBot) -> None:
    net.page = f"<!doctype html>{page(net.ports, settle_ms=9_000)}".encode()
    environ = {name: value for name, value in os.environ.items() if "QTWEBENGINE" not in name}
    url = f"http://127.0.0.1:{net.ports['page']}/"
    command = [sys.executable, "-m", "tests.helpers.unguarded", url, "20"]
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as control:
        expected = set(VECTORS) - OFTEN_SILENT
        try:
            qtbot.waitUntil(lambda: expected <= set(net.hits), timeout=60_000)
        finally:
            control.kill()
    assert len(expected) > 30


def test_p4_no_vector_leaves_a_view(net: CanaryNet, open_view: Opener) -> None:
    view = open_view(page(net.ports, settle_ms=4_000))
    view.message(1)
    assert net.hits == {}
    assert view.message(1) == {"tried": len(VECTORS)}


def test_p4_no_vector_leaves_a_view_whose_policy_and_filter_are_wide_open(
    net: CanaryNet, open_view: Opener
) -> None:
    """The floor alone: the engine's switches, with CSP and interceptor wide open."""
    open_to = tuple(
        OriginPattern(scheme=scheme, host="127.0.0.1", port=port)
        for port in net.ports.values()
        for scheme in ("http", "ws")
    )
    csp = app_policy(connect=open_to, resource=open_to, frame=open_to).serialise()
    wide = replace(snapshot_of(), app_csp=csp, granted=open_to, frames=open_to)
    view = open_view(page(net.ports, settle_ms=4_000), wide)
    view.message(0)
    assert net.hits == {}


PACKED = ("fetch", "xhr", "websocket", "import", "scripts", "events")
"""What a worker that lies packed in an address tries, each at a listener of its own."""


def test_p4_a_script_from_an_address_that_an_app_made_reaches_nobody(open_view: Opener) -> None:
    """With its grant it runs; what it may reach stays what the App may reach."""
    with CanaryNet(PACKED) as listening:
        at = {name: f"127.0.0.1:{port}" for name, port in listening.ports.items()}
        tries = f"""const tried = [];
          const go = (name, what) => {{ try {{ what(); }} catch {{}} tried.push(name); }};
          go('fetch', () => fetch('http://{at["fetch"]}/').catch(() => 0));
          go('xhr', () => {{ const x = new XMLHttpRequest();
            x.open('GET', 'http://{at["xhr"]}/'); x.send(); }});
          go('websocket', () => new WebSocket('ws://{at["websocket"]}/'));
          go('import', () => import('http://{at["import"]}/a.js').catch(() => 0));
          go('scripts', () => importScripts('http://{at["scripts"]}/a.js'));
          go('events', () => new EventSource('http://{at["events"]}/'));
          setTimeout(() => postMessage(tried.length), 1500);"""
        script = json.dumps(tries)
        view = open_view(
            f"""<script>const code = {script}, heard = [];
            const blob = URL.createObjectURL(new Blob([code], {{type: 'text/javascript'}}));
            for (const address of [blob, 'data:text/javascript,' + encodeURIComponent(code)])
              new Worker(address).onmessage = e => heard.push(e.data) === 2
                && parent.postMessage(heard, '*');</script>""",
            snapshot_of(None, Grants(made_scripts=True)),
        )
        assert view.message() == [6, 6]
        assert not listening.hits


def test_the_listener_counts(net: CanaryNet, qtbot: QtBot) -> None:
    import socket

    with socket.create_connection(("127.0.0.1", net.ports["fetch"])) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        qtbot.waitUntil(lambda: net.hits["fetch"] == 1, timeout=5_000)
