"""A frame of a third party inside an App: loaded with the grant only, and with nothing of ours.

The stranger is a real HTTP server, reached through the real proxy; unencrypted, so that it needs no
certificate.
"""

from __future__ import annotations

import asyncio
import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mcphost.domain.template import DeclaredUi
from mcphost.domain.view import IncidentKind
from mcphost.egress.proxy import EgressProxy, Streams
from mcphost.policy.csp import app_policy
from mcphost.policy.origins import OriginPattern
from mcphost.policy.snapshot import Grants, PolicySnapshot
from mcphost.runtime import Runtime
from tests.helpers.egress import PUBLIC
from tests.helpers.engine import Opener, snapshot_of
from ui.sandbox.network import close_network, set_proxy

pytestmark = pytest.mark.engine

HOST = "frame.example"
STRANGER = b"""<!doctype html><script>
const may = name => document.featurePolicy.allowsFeature(name);
for (const upper of [top, parent]) upper.postMessage({id: 666, method: 'ping'}, '*');
let reached = 'nothing';
try { reached = top.document.title } catch { }
try { reached = parent.document.title } catch { }
parent.postMessage([typeof qt, typeof QWebChannel, reached, may('camera'), may('geolocation'),
  may('clipboard-write')].map(String), '*');
</script>"""
APP = f"""<iframe src="http://{HOST}/" style="width:100px;height:50px"></iframe><script>
addEventListener('message', e => Array.isArray(e.data) && parent.postMessage(e.data, '*'));
parent.postMessage(['up', document.featurePolicy.allowsFeature('geolocation')], '*');
</script>"""


class Stranger(http.server.ThreadingHTTPServer):
    """Serves its one page; *asked* counts."""

    asked = 0


class _Page(http.server.BaseHTTPRequestHandler):
    server: Stranger

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(STRANGER)))
        self.end_headers()
        self.wfile.write(STRANGER)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    async def resolve(_host: str, _port: int) -> tuple[str, ...]:
        return (PUBLIC,)

    async def dial(_address: str, _port: int) -> Streams:
        return await asyncio.open_connection("127.0.0.1", server.server_port)

    runtime = Runtime()
    runtime.start()
    with Stranger(("127.0.0.1", 0), _Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        proxy = EgressProxy(
            allow=lambda _view, host, _port: host == HOST, resolve=resolve, dial=dial
        )
        address = runtime.submit(proxy.start()).result(timeout=10)
        set_proxy(address.port, address.secret)
        yield server
        runtime.submit(proxy.stop()).result(timeout=10)
        server.shutdown()
    runtime.stop(10)
    close_network()


def with_frame() -> PolicySnapshot:
    """The rights of an App that was granted the frame, and may ask for permissions itself."""
    origin = (OriginPattern(scheme="http", host=HOST, port=80),)
    names = ("camera", "geolocation", "clipboard-write")
    snapshot = snapshot_of(DeclaredUi(permissions=names), Grants(permissions=names))
    csp = app_policy(frame=origin).serialise()
    return replace(snapshot, app_csp=csp, granted=origin, frames=origin)


def test_a_granted_frame_is_shown_and_reaches_neither_channel_nor_permissions(
    open_view: Opener, stranger: Stranger
) -> None:
    view = open_view(APP, with_frame())
    assert view.message(0) == ["up", True]
    found = view.message(1)
    assert found == ["undefined", "undefined", "nothing", "false", "false", "false"]
    assert stranger.asked == 1
    assert not any("666" in text for text in view.texts)


def test_a_frame_that_nobody_granted_is_not_even_asked_for(
    open_view: Opener, stranger: Stranger
) -> None:
    view = open_view(APP)
    view.saw(IncidentKind.POLICY_STOPPED, "frame-src")
    assert view.message(0) == ["up", False]
    assert stranger.asked == 0
