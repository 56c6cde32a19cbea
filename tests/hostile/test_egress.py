"""The engine's one way out is the proxy, and the proxy lets out only what was granted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtNetwork import QNetworkProxy, QNetworkProxyFactory

from mcphost.domain.template import DeclaredUi
from mcphost.egress.proxy import EgressProxy, Streams
from mcphost.policy.snapshot import Grants
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
        self.dialled: list[tuple[str, int]] = []

    def allow(self, host: str, port: int) -> bool:
        self.asked.append(host)
        return host == "api.example.com"

    async def resolve(self, host: str, port: int) -> tuple[str, ...]:
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
    set_proxy(address.port, address.user, address.password)
    yield wires
    runtime.submit(proxy.stop()).result(timeout=10)
    runtime.stop(10)
    close_network()


def test_a_granted_origin_reaches_the_proxy_with_our_credentials(
    open_view: Opener, wires: Wires
) -> None:
    domains = (API,)
    snapshot = snapshot_of(DeclaredUi(connect_domains=domains), Grants(connect_domains=domains))
    fetches = f"fetch('{API}/').catch(() => 0).then(() => fetch('{EVIL}/')).catch(() => say('end'))"
    view = open_view(f"<script>{SAY} {fetches}</script>", snapshot)
    view.message()
    view.until(lambda: bool(wires.dialled))
    assert set(wires.dialled) == {("93.184.216.34", 443)}
    assert set(wires.asked) == {"api.example.com"}


def test_what_no_hook_can_see_ends_at_the_proxy(open_view: Opener, wires: Wires) -> None:
    hints = f"<link rel=preconnect href='{EVIL}'><link rel=dns-prefetch href='{EVIL}'>"
    view = open_view(f"{hints}<script>{SAY} setTimeout(say, 1500, 'up')</script>")
    view.message()
    assert wires.dialled == []


def test_the_proxy_of_the_system_is_never_used() -> None:
    QNetworkProxyFactory.setUseSystemConfiguration(True)
    try:
        set_proxy(1, "", "")
        assert not QNetworkProxyFactory.usesSystemConfiguration()
    finally:
        QNetworkProxyFactory.setUseSystemConfiguration(False)
        close_network()


def test_without_a_proxy_of_ours_the_way_out_is_closed() -> None:
    QNetworkProxy.setApplicationProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
    ensure_closed_or_proxied()
    proxy = QNetworkProxy.applicationProxy()
    assert (proxy.hostName(), proxy.port()) == ("mcp-proxy.invalid", 1)
