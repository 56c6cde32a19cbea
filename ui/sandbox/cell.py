"""The profile of one View with its two Python guards, and the order in which they die.

Law: (1) a profile serves one View and is off the record, unless the View was launched with a folder
of its own, which then no other living profile has; (2) the handler and the interceptor live
at least as long as the profile: the engine lets requests out when Python drops an interceptor;
(3) the profile dies after its page (page → view → next turn → profile), also when the program ends
with Views open; the other order crashes. Main thread; made by `assembly`.
"""

from __future__ import annotations

from pathlib import Path

import shiboken6
from PySide6.QtCore import QByteArray, QCoreApplication
from PySide6.QtWebEngineCore import (
    QWebEngineDownloadRequest,
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineProfileBuilder,
)

from mcphost.domain.errors import HostBugError
from mcphost.domain.view import IncidentKind
from mcphost.policy.launch import ViewLaunch
from mcphost.policy.snapshot import APP_SCHEME, HOST_SCHEME
from ui.sandbox.incidents import IncidentBook
from ui.sandbox.interceptor import Interceptor
from ui.sandbox.rights import Rights
from ui.sandbox.scheme_handler import DocumentHandler
from ui.sandbox.settings import apply_settings
from ui.sandbox.theme import Theme

_living: set[Cell] = set()


class Cell:
    """A profile, its handler and its interceptor, kept alive until the page is gone."""

    def __init__(self, rights: Rights, book: IncidentBook, *, theme: Theme) -> None:
        _end_with_the_application()
        self._book = book
        self._page: QWebEnginePage | None = None
        launch = rights.launch
        self.storage = None if launch is None else launch.storage
        self.profile = _profile(launch)
        self.handler = DocumentHandler(rights, theme=theme, report=book.record)
        self.interceptor = Interceptor(rights, book.record)
        ask = QWebEngineProfile.PersistentPermissionsPolicy.AskEveryTime
        self.profile.setPersistentPermissionsPolicy(ask)
        self.profile.setHttpAcceptLanguage("en")
        for scheme in (APP_SCHEME, HOST_SCHEME):
            self.profile.installUrlSchemeHandler(QByteArray(scheme.encode()), self.handler)
        self.profile.setUrlRequestInterceptor(self.interceptor)
        self.profile.downloadRequested.connect(self._on_download_requested)
        apply_settings(self.profile.settings(), webgl=rights.snapshot.webgl)
        _living.add(self)

    def outlive(self, page: QWebEnginePage) -> None:
        """Die when *page* has died, however that happens."""
        self._page = page
        page.destroyed.connect(self._on_page_destroyed)

    def end_now(self) -> None:
        """Delete page and profile at once, in order: the event loop will not turn again."""
        if self._page is not None and shiboken6.isValid(self._page):
            self._page.destroyed.disconnect(self._on_page_destroyed)
            shiboken6.delete(self._page)
        if shiboken6.isValid(self.profile):
            shiboken6.delete(self.profile)
        _living.discard(self)

    def _on_page_destroyed(self) -> None:
        self.profile.destroyed.connect(lambda: _living.discard(self))
        self.profile.deleteLater()

    def _on_download_requested(self, request: QWebEngineDownloadRequest) -> None:
        request.cancel()
        self._book.record(IncidentKind.DOWNLOAD_REFUSED, request.url().toString())


def is_free(storage: Path | None) -> bool:
    """Whether no living profile has *storage*: one dies a little later than its View."""
    return storage is None or all(cell.storage != storage for cell in _living)


def living_cells() -> int:
    """How many profiles have not died yet. The tests hold it at zero."""
    return len(_living)


def _profile(launch: ViewLaunch | None) -> QWebEngineProfile:
    if launch is None or launch.storage is None:
        return QWebEngineProfile()
    builder = QWebEngineProfileBuilder()
    builder.setPersistentStoragePath(str(launch.storage))
    builder.setCachePath(str(launch.storage))
    builder.setHttpCacheType(QWebEngineProfile.HttpCacheType.MemoryHttpCache)
    builder.setPersistentCookiesPolicy(
        QWebEngineProfile.PersistentCookiesPolicy.NoPersistentCookies
    )
    profile = builder.createProfile(launch.storage.parent.name)
    if profile is None:  # pyright: ignore[reportUnnecessaryComparison]  # the stub leaves it out
        raise HostBugError("two Views were given one storage")
    return profile


def _end_with_the_application() -> None:
    """Connected before the first profile exists, so that it runs before the engine's own end."""
    application = QCoreApplication.instance()
    if application is None:
        raise HostBugError("a View needs the application object")
    if not application.property("sandbox_ends_views"):
        application.setProperty("sandbox_ends_views", True)
        application.aboutToQuit.connect(_on_about_to_quit)


def _on_about_to_quit() -> None:
    for cell in tuple(_living):
        cell.end_now()
