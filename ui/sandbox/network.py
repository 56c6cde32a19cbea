"""The engine's only way out: our filtering proxy on this computer. Main thread.

Law: the system's proxy settings are never used, and without a proxy of ours the way leads to a
port where nobody listens. Names do not resolve in the engine at all (`environment`).
"""

from __future__ import annotations

from PySide6.QtNetwork import QNetworkProxy, QNetworkProxyFactory

from ui.sandbox.environment import PROXY_NAME

_NOBODY_LISTENS = 1


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
