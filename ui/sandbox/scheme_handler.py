"""Serves the two documents of one View and nothing else.

Law: (1) one handler object for each profile, serving exactly one App, since an opaque initiator
cannot be told apart; (2) GET, exact scheme, host and path; (3) a request body is never touched
(reading a large one never returns); (4) `Origin-Agent-Cluster` is never sent: from a custom scheme
it crashes the process. Called by the engine on the main thread.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QUrl
from PySide6.QtWebEngineCore import QWebEngineUrlRequestJob, QWebEngineUrlSchemeHandler

from mcphost.domain.view import IncidentKind
from mcphost.policy.snapshot import APP_SCHEME, HOST_SCHEME
from ui.sandbox.host_page import host_page
from ui.sandbox.rights import Rights
from ui.sandbox.theme import Theme

_MIME = QByteArray(b"text/html;charset=utf-8")
_Document = tuple[bytes, tuple[tuple[str, str], ...]]


class DocumentHandler(QWebEngineUrlSchemeHandler):
    """The whole web server of one View."""

    def __init__(
        self, rights: Rights, *, theme: Theme, report: Callable[[IncidentKind, str], None]
    ) -> None:
        super().__init__()
        self._rights = rights
        self._theme = theme
        self._report = report

    def requestStarted(self, job: QWebEngineUrlRequestJob) -> None:
        """Answer one request."""
        if job.requestMethod() != b"GET":
            self._report(IncidentKind.REQUEST_BLOCKED, "a request that is not a GET")
            job.fail(QWebEngineUrlRequestJob.Error.RequestDenied)
            return
        document = self._find(job.requestUrl(), job.initiator())
        if document is None:
            detail = f"{job.requestUrl().toString()} (not part of the template)"
            self._report(IncidentKind.REQUEST_BLOCKED, detail)
            job.fail(QWebEngineUrlRequestJob.Error.UrlNotFound)
            return
        _reply(job, *document)

    def _find(self, url: QUrl, initiator: QUrl) -> _Document | None:
        snapshot, launch = self._rights.snapshot, self._rights.launch
        if url.path() not in {"", "/"} or url.hasQuery() or url.port() != -1:
            return None
        match url.scheme():
            case scheme if scheme == HOST_SCHEME:
                if url.host() != snapshot.host_nonce or not initiator.isEmpty():
                    return None
                page = host_page(snapshot, title=self._rights.title, theme=self._theme)
                return page, snapshot.host_headers()
            case scheme if scheme == APP_SCHEME and url.host() == snapshot.app_host:
                return None if launch is None else (launch.html, snapshot.app_headers())
            case _:
                return None


def _reply(job: QWebEngineUrlRequestJob, body: bytes, headers: tuple[tuple[str, str], ...]) -> None:
    job.setAdditionalResponseHeaders(listed_headers(headers))  # pyright: ignore[reportArgumentType]
    device = QBuffer(job)
    device.setData(QByteArray(body))
    device.open(QIODevice.OpenModeFlag.ReadOnly)
    job.reply(_MIME, device)


def listed_headers(pairs: tuple[tuple[str, str], ...]) -> dict[QByteArray, list[QByteArray]]:
    """The headers in the one form that arrives whole."""
    # WORKAROUND(PySide6 6.11.3): each value must be a list. The type stub asks for a plain
    # QByteArray, which sends one header for each byte: the CSP is then off, silently.
    # Test: test_headers_in_the_form_of_the_stub_are_noticed. Re-check with every PySide6 release.
    return {QByteArray(name.encode()): [QByteArray(value.encode())] for name, value in pairs}
