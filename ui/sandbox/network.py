"""The engine's only way out: our filtering proxy on this computer. Main thread.

Law: (1) the system's proxy settings are never used, and without a proxy of ours the way leads to a
port where nobody listens; (2) the engine itself knows no password of the proxy: each page answers
with the one of its View, which its profile keeps, so that the proxy knows whose a connection is,
also where no other hook sees one. Names do not resolve in the engine at all (`environment`).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from PySide6.QtNetwork import QAuthenticator, QNetworkProxy, QNetworkProxyFactory, QTcpSocket

from mcphost.domain.ids import ViewId
from mcphost.policy.proxy_pass import proxy_password
from ui.sandbox.environment import PROXY_NAME

_NOBODY_LISTENS = 1
_NOBODY = "nobody"
_ANSWER_MS = 1_000
_secret = ""


def set_proxy(port: int, secret: str) -> None:
    """Send everything the engine may load to the filtering proxy on loopback *port*."""
    global _secret
    _secret = secret
    QNetworkProxyFactory.setUseSystemConfiguration(False)
    kind = QNetworkProxy.ProxyType.HttpProxy
    QNetworkProxy.setApplicationProxy(QNetworkProxy(kind, PROXY_NAME, port))


def sign(asked: QAuthenticator, view: ViewId) -> None:
    """Answer the proxy, which wants to know whose a connection is."""
    asked.setUser(view)
    asked.setPassword(proxy_password(_secret, view))


def close_network() -> None:
    """No way out: every request that passes the other guards ends at a dead port."""
    set_proxy(_NOBODY_LISTENS, "")


def ensure_closed_or_proxied() -> None:
    """Close the network unless `set_proxy` has been called."""
    if QNetworkProxy.applicationProxy().hostName() != PROXY_NAME:
        close_network()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyAnswers:
    """HTTP status codes; 0: it did not answer."""

    stranger: int
    """To somebody without a password."""
    ungranted: int
    """To a View, for a host that nobody granted it."""


def ask_proxy() -> ProxyAnswers:
    """Ask the proxy in force for what it must refuse. Two seconds at most."""
    proxy = QNetworkProxy.applicationProxy()
    known = f"{_NOBODY}:{proxy_password(_secret, _NOBODY)}"
    pair = base64.b64encode(known.encode()).decode()
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
