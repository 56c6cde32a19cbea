"""The engine's only way out: our filtering proxy on this computer. Main thread.

Law: the system's proxy settings are never used, and without a proxy of ours the way leads to a
port where nobody listens. Names do not resolve in the engine at all (`environment`).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from PySide6.QtNetwork import QNetworkProxy, QNetworkProxyFactory, QTcpSocket

from ui.sandbox.environment import PROXY_NAME

_NOBODY_LISTENS = 1
_ANSWER_MS = 1_000


def set_proxy(port: int, user: str, password: str) -> None:
    """Send everything the engine may load to the filtering proxy on loopback *port*."""
    QNetworkProxyFactory.setUseSystemConfiguration(False)
    kind = QNetworkProxy.ProxyType.HttpProxy
    QNetworkProxy.setApplicationProxy(QNetworkProxy(kind, PROXY_NAME, port, user, password))


def close_network() -> None:
    """No way out: every request that passes the other guards ends at a dead port."""
    set_proxy(_NOBODY_LISTENS, "", "")


def ensure_closed_or_proxied() -> None:
    """Close the network unless `set_proxy` has been called."""
    if QNetworkProxy.applicationProxy().hostName() != PROXY_NAME:
        close_network()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyAnswers:
    """HTTP status codes; 0: it did not answer."""

    stranger: int
    """To somebody without its password."""
    ungranted: int
    """To the engine, for a host that nobody granted."""


def ask_proxy() -> ProxyAnswers:
    """Ask the proxy in force for what it must refuse. Two seconds at most."""
    proxy = QNetworkProxy.applicationProxy()
    pair = base64.b64encode(f"{proxy.user()}:{proxy.password()}".encode()).decode()
    ask = "CONNECT nobody-granted-this.invalid:443 HTTP/1.1\r\n"
    return ProxyAnswers(
        stranger=_status(proxy.port(), f"{ask}\r\n"),
        ungranted=_status(proxy.port(), f"{ask}Proxy-Authorization: Basic {pair}\r\n\r\n"),
    )


def _status(port: int, request: str) -> int:
    socket = QTcpSocket()
    socket.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
    socket.connectToHost("127.0.0.1", port)
    if not socket.waitForConnected(_ANSWER_MS):
        return 0
    socket.write(request.encode())
    socket.waitForReadyRead(_ANSWER_MS)
    words = bytes(socket.readLine(100).data()).split()
    socket.abort()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
