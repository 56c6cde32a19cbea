"""The two URL schemes of the sandbox. Registered once, before `QApplication`, on the main thread.

Law: secure, CORS-enabled, fetchable, with a host part; never local, never able to register a
service worker (its WebSockets would bypass the interceptor), never exempt from CSP.
"""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QCoreApplication
from PySide6.QtWebEngineCore import QWebEngineUrlScheme

from mcphost.domain.errors import HostBugError
from mcphost.policy.snapshot import APP_SCHEME, HOST_SCHEME
from ui.sandbox.environment import require_prepared

_FLAG = QWebEngineUrlScheme.Flag
_FLAGS = _FLAG.SecureScheme | _FLAG.CorsEnabled | _FLAG.FetchApiAllowed


def register_schemes() -> None:
    """Register `mcpapp` and `mcphost`. Calling it again changes nothing.

    Raises `HostBugError` when it is too late: after `QApplication`, or in an unprepared process.
    """
    require_prepared()
    if schemes_registered():
        return
    if QCoreApplication.instance() is not None:
        raise HostBugError("register_schemes() must run before QApplication is made")
    for name in (APP_SCHEME, HOST_SCHEME):
        scheme = QWebEngineUrlScheme(QByteArray(name.encode()))
        scheme.setSyntax(QWebEngineUrlScheme.Syntax.Host)
        scheme.setFlags(_FLAGS)
        QWebEngineUrlScheme.registerScheme(scheme)


def schemes_registered() -> bool:
    """Whether both schemes are known to the engine with exactly our flags."""
    return all(
        QWebEngineUrlScheme.schemeByName(QByteArray(name.encode())).flags() == _FLAGS
        for name in (APP_SCHEME, HOST_SCHEME)
    )
