"""The request interceptor of one View: the second lock behind CSP.

Law: the first statement blocks and only the last one unblocks, because the engine lets a request
out when this code raises, and when Python drops its reference to the interceptor (the owner keeps
it as long as the profile lives). Called synchronously by the engine on the main thread.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QUrl
from PySide6.QtWebEngineCore import QWebEngineUrlRequestInfo, QWebEngineUrlRequestInterceptor

from mcphost.domain.view import IncidentKind
from ui.sandbox.rights import Rights

_DEFAULT_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}
_FRAMES = frozenset(
    {
        QWebEngineUrlRequestInfo.ResourceType.ResourceTypeMainFrame,
        QWebEngineUrlRequestInfo.ResourceType.ResourceTypeNavigationPreloadMainFrame,
    }
)


class Interceptor(QWebEngineUrlRequestInterceptor):
    """Lets out what the rights allow. *seen* counts calls: zero means it is not installed."""

    def __init__(self, rights: Rights, report: Callable[[IncidentKind, str], None]) -> None:
        super().__init__()
        self._rights = rights
        self._report = report
        self.seen = 0

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        """Decide one request."""
        info.block(True)
        self.seen += 1
        url = info.requestUrl()
        ruling = self._rights.snapshot.decide_request(
            scheme=url.scheme(),
            host=host_of(url),
            port=port_of(url),
            main_frame=info.resourceType() in _FRAMES,
        )
        if not ruling.allowed:
            self._report(IncidentKind.REQUEST_BLOCKED, f"{url.toString()} ({ruling.rule})")
            return
        info.block(False)


def host_of(url: QUrl) -> str:
    """The host *url* means, as the engine sends it: never with the letters that Qt shows."""
    return url.host(QUrl.ComponentFormattingOption.FullyEncoded).lower()


def port_of(url: QUrl) -> int:
    """The port *url* means."""
    return url.port(_DEFAULT_PORTS.get(url.scheme(), -1))
