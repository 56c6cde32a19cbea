"""The engine's one way out is the proxy, and the proxy lets out only what was granted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtNetwork import QNetworkProxy, QNetworkProxyFactory

from mcphost.domain.template import DeclaredUi
from mcphost.egress.proxy import EgressProxy, Streams
from mcphost.policy.snapshot import Grants, PolicySnapshot
from mcphost.runtime import Runtime
from tests.helpers.engine import Opener, snapshot_of
from ui.sandbox.network import close_network, ensure_closed_or_proxied, set_proxy

pytestmark = pytest.mark.engine

SAY = "const say = params => parent.postMessage({params}, '*');"
API, EVIL = "https://api.example.com", "https://evil.example.com"


class Wires:
    """What the proxy was asked for and where it would have connected; nothing leaves."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.views: set[str] = set()
        self.hosts: set[str] = set()
        self.dialled: list[tuple[str, int]] = []

    def allow(self, view: str, host: str, port: int) -> bool:
        self.asked.append(host)
        self.views.add(view)
        return host == "api.example.com" or view == "another"

    async def resolve(self, host: str, port: int) -> tuple[str, ...]:
        self.hosts.add(host)
        return ("93.184.216.34",)

    async def dial(self, address: str, port: int) -> Streams:
        self.dialled.append((address, port))
        raise ConnectionRefusedError


@pytest.fixture
def wires() -> Iterator[Wires]:
    runtime, wires = Runtime(), Wires()
    runtime.start()
    proxy = EgressProxy(allow=wires.allow, resolve=wires.resolve, dial=wires.dial)
    address = runtime.submit(proxy.start()).result(timeout=10)
    set_proxy(address.port, address.secret)
    yield wires
    runtime.submit(proxy.stop()).result(timeout=10)
    runtime.stop(10)
    close_network()


def granted() -> PolicySnapshot:
    domains = (API,)
    return snapshot_of(DeclaredUi(connect_domains=domains), Grants(connect_domains=domains))


def test_a_granted_origin_reaches_the_proxy_under_the_name_of_its_view(
    open_view: Opener, wires: Wires
) -> None:
    fetches = f"fetch('{API}/').catch(() => 0).then(() => fetch('{EVIL}/')).catch(() => say('end'))"
    views = [open_view(f"<script>{SAY} {fetches}</script>", granted()) for _ in range(2)]
    for view in views:
        view.message()
    views[0].until(lambda: len(wires.views) > 1)
    assert wires.views == {view.id for view in views}
    assert set(wires.dialled) == {("93.184.216.34", 443)}
    assert set(wires.asked) == {"api.example.com"}


def test_no_view_reaches_what_another_was_granted_where_no_hook_sees_it(
    open_view: Opener, wires: Wires
) -> None:
    """The profile knows its password by then, so that the engine shows it for whatever follows."""
    turn = "{urls: 'turn:turn.example.com:443?transport=tcp', username: 'a', credential: 'b'}"
    behind = f"""const kept = new RTCPeerConnection({{iceServers: [{turn}]}});
      kept.createDataChannel('x'); kept.createOffer().then(o => kept.setLocalDescription(o));
      document.head.innerHTML = '<link rel=preconnect href={EVIL}>';"""
    page = f"<script>fetch('{API}/').catch(() => {{ {behind} }})</script>"
    view = open_view(page, granted())
    view.until(lambda: {"evil.example.com", "turn.example.com"} <= set(wires.asked))
    assert wires.views == {view.id}
    assert wires.hosts == {"api.example.com"}


def test_what_no_hook_can_see_ends_at_the_proxy(open_view: Opener, wires: Wires) -> None:
    hints = f"<link rel=preconnect href='{EVIL}'><link rel=dns-prefetch href='{EVIL}'>"
    view = open_view(f"{hints}<script>{SAY} setTimeout(say, 1500, 'up')</script>")
    view.message()
    assert wires.dialled == []


def test_the_proxy_of_the_system_is_never_used() -> None:
    QNetworkProxyFactory.setUseSystemConfiguration(True)
    try:
        set_proxy(1, "")
        assert not QNetworkProxyFactory.usesSystemConfiguration()
    finally:
        QNetworkProxyFactory.setUseSystemConfiguration(False)
        close_network()


def test_without_a_proxy_of_ours_the_way_out_is_closed() -> None:
    QNetworkProxy.setApplicationProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
    ensure_closed_or_proxied()
    proxy = QNetworkProxy.applicationProxy()
    assert (proxy.hostName(), proxy.port()) == ("mcp-proxy.invalid", 1)
